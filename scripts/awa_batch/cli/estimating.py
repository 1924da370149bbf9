"""Say what a submission would cost, and refuse one that costs too much."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.cli.options import say
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.text import Command, Field, Text

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cost import Estimate
    from awa_batch.request import JobRequest


def say_estimate(clients: Clients, requests: Sequence[JobRequest]) -> None:
    """Say what requests would cost where there is something to tell it by; nothing where AWS does not answer."""
    with contextlib.suppress(AwaBatchError):
        found = _estimated(clients, requests)
        if found.total is not None:
            say(f"{_text(found)}{_of_aws(clients)}.")


def refuse_above(clients: Clients, requests: Sequence[JobRequest], most: float) -> None:
    """Refuse requests that would cost more than ``most`` US dollars, or of which nothing tells. Raises UsageError."""
    found = _estimated(clients, requests)
    if found.total is None:
        has_account = clients.contract.target.has_account
        fixes: dict[str | None, Text] = {
            "limit": ("Give ", Field("timeout"), ", which bounds it, or leave --max-cost out."),
            "price": ("Read AWS's prices with ", Command("prices update"), ", or leave --max-cost out."),
            None: ("Leave --max-cost out.",),
        }
        lacks = None if found.lacks == "price" and not has_account else found.lacks
        raise UsageError(f"--max-cost {most:g}: what this costs cannot be told: {found.basis}.", fix=fixes[lacks])
    if found.total.high > most:
        raise UsageError(
            f"--max-cost {most:g}: {_text(found)}.", fix="Submit less or smaller jobs, or raise --max-cost."
        )
    say(f"{_text(found)}{_of_aws(clients)}, below --max-cost {most:g}.")


def _estimated(clients: Clients, requests: Sequence[JobRequest]) -> Estimate:
    from awa_batch.cost import Machines, estimate, prices_of

    prices = prices_of(clients.contract.environment, clients.contract.region)
    return estimate(clients, requests, prices, Machines(clients))


def _text(found: Estimate) -> str:
    how = "At most" if found.is_bound else "About"
    return f"{how} {found.total} by {found.basis}{'' if found.is_bound else ', one attempt each'}"


def _of_aws(clients: Clients) -> str:
    return "" if clients.contract.target.has_account else ", if it were on AWS"
