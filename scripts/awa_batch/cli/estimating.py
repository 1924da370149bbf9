"""Say what a submission would cost, and refuse one that costs too much."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.cli.options import say
from awa_batch.cost.estimate import NO_LIMIT
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.text import Command, Field

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
        raise UsageError(
            f"--max-cost {most:g}: what this costs cannot be told: {found.basis}.",
            fix=("Give ", Field("timeout"), ", which bounds it, or leave --max-cost out.")
            if found.basis == NO_LIMIT
            else ("Read AWS's prices with ", Command("prices update"), ", or leave --max-cost out."),
        )
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
    return f"{'At most' if found.is_bound else 'About'} {found.total} by {found.basis}"


def _of_aws(clients: Clients) -> str:
    return "" if clients.contract.target.has_account else ", if it were on AWS"
