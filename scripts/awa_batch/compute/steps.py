"""The steps of a roll, as changes of what the file says of a pool's generations. Nothing here asks anything.

A roll is under way while a generation says whom it replaces (``replaces``). How far it is follows from the states.
"""

from __future__ import annotations

import re
from typing import Literal

from awa_batch.errors import UsageError
from awa_batch.terraform.generations import Pool
from awa_batch.text import Field

Phase = Literal["idle", "standby", "beside", "draining"]
"""idle: no roll; standby: the new one is to be made or tried; beside: it takes jobs, in front of the old ones;
draining: the old ones are off the queues, and go when they have no jobs."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
"""A generation's name, as the modules take it."""


def newcomer(pool: Pool) -> str | None:
    """Return the generation that replaces others; None where no roll is under way."""
    return next((name for name, said in sorted(pool.items()) if said.get("replaces")), None)


def leaving(pool: Pool) -> list[str]:
    """Return the generations that are being replaced and are still there."""
    new = newcomer(pool)
    return [name for name in pool[new]["replaces"] if name in pool] if new else []


def phase(pool: Pool) -> Phase:
    """Return how far the roll of a pool is."""
    new = newcomer(pool)
    if new is None:
        return "idle"
    if pool[new]["state"] == "standby":
        return "standby"
    return "beside" if any(pool[name]["state"] == "active" for name in leaving(pool)) else "draining"


def begun(pool: Pool, name: str) -> Pool:
    """Return the pool with a new generation on standby, in the place of all that are active. Raises UsageError."""
    if not NAME.fullmatch(name):
        raise UsageError(
            Field("generation", name),
            " is no name of a generation.",
            fix="Use at most 31 lower-case letters, digits and hyphens.",
        )
    if name in pool or name < max(pool):
        raise UsageError(
            Field("generation", name),
            f" does not come after {max(pool)} in the order of names, which says what is newest.",
            fix=f"Use a later name, such as {next_name(pool)}.",
        )
    active = sorted(other for other, said in pool.items() if said["state"] == "active")
    return {**pool, name: {"state": "standby", "replaces": active}}


def promoted(pool: Pool, *, swap: bool) -> Pool:
    """Return the pool with the new generation on the queues; ``swap``: the old ones go off in the same moment."""
    new = newcomer(pool)
    assert new is not None  # noqa: S101 - asked of a pool in a roll
    found = _with(pool, [new], "active")
    return drained(found) if swap else found


def drained(pool: Pool) -> Pool:
    """Return the pool with the old generations off the queues."""
    return _with(pool, leaving(pool), "draining")


def finished(pool: Pool) -> Pool:
    """Return the pool without the old generations."""
    old = leaving(pool)
    return {
        name: {key: value for key, value in said.items() if key != "replaces"}
        for name, said in pool.items()
        if name not in old
    }


def taken_back(pool: Pool) -> Pool:
    """Return the pool as the old generations have it again.

    One on standby is taken out. One that takes jobs is drained instead, as the old ones would have been: the roll is
    under way in the other direction from then on.
    """
    new = newcomer(pool)
    assert new is not None  # noqa: S101 - asked of a pool in a roll
    old = leaving(pool)
    if pool[new]["state"] == "standby" or not old:
        return {name: said for name, said in pool.items() if name != new or not old}
    found = _with(_with(pool, old, "active"), [new], "draining")
    found[new].pop("replaces")
    found[max(old)]["replaces"] = [new]
    return found


def next_name(pool: Pool) -> str:
    """Return a name after all others: ``b`` after ``a``, ``za`` after ``z``; of other names ``2026-11-b``."""
    last = max(pool)
    if re.fullmatch(r"z*[a-y]|.+-[a-y]", last):
        return last[:-1] + chr(ord(last[-1]) + 1)
    return f"{last}a" if re.fullmatch(r"z+|.+-z+", last) else f"{last}-b"


def _with(pool: Pool, names: list[str], state: str) -> Pool:
    return {name: {**said, "state": state} if name in names else dict(said) for name, said in pool.items()}
