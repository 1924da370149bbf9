"""Open an environment for whoever works with its jobs: the command line, or a program through `awa_batch.connect`."""

from __future__ import annotations

import os

from awa_batch.applied.contract import FILE_VARIABLE, load_contract
from awa_batch.batch.clients import Clients
from awa_batch.batch.memory import give_memory
from awa_batch.environment.local import LocalEnvironment
from awa_batch.history.forgotten import EVENTS, Forgotten
from awa_batch.target import target_of
from awa_batch.text import Say


def open_clients(
    environment: str,
    *,
    profile: str | None = None,
    patience: float | None = None,
    rebuild: bool = False,
    waits_itself: bool = False,
    say: Say = lambda _: None,
) -> Clients:
    """Return the clients of an environment, whose calls wait through outages unless the caller ``waits_itself``.

    ``patience`` is in seconds; None: as the environment's target says. With ``rebuild`` ENV=local is built anew where
    its server is gone. ``say`` gets what people should know. Raises NotAppliedError, UsageError, CallError.
    """
    from awa_batch.batch.patience import Outage, Waiting, patiently

    target = target_of(environment)
    endpoint_url = None
    if not (target.is_lasting or os.environ.get(FILE_VARIABLE)):
        endpoint_url = LocalEnvironment().open(say, rebuild=rebuild)
        named = os.environ.get("AWS_ENDPOINT_URL", endpoint_url).rstrip("/")
        if named != endpoint_url:  # perhaps of a server that is gone: `awa-batch local env` exported it
            say(f"AWS_ENDPOINT_URL={named} is not the local AWS of this clone: {endpoint_url} is used.")
    bound = target.watch_intervals.outage_bound if patience is None else patience
    contract = patiently(lambda: load_contract(environment, profile=profile), Outage(bound, say))
    waiting = None if waits_itself else Waiting(bound, say)
    clients = Clients(contract, profile=profile, endpoint_url=endpoint_url, patience=patience, waiting=waiting)
    if EVENTS in contract.log_groups:
        give_memory(clients.batch, Forgotten(clients))
    return clients
