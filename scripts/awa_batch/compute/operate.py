"""A roll as people ask for it: which pools, with what, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.compute import steps
from awa_batch.compute.images import pools_with_newer_images
from awa_batch.compute.roll import Roll
from awa_batch.compute.site import PoolKey, Site, TerraformSite, probe_definition
from awa_batch.errors import UsageError
from awa_batch.terraform.generations import check_takes_generations
from awa_batch.text import Field, Say

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.terraform.root import Root


_POOL = re.compile(r"((ec2|fargate)/)?[a-z0-9][a-z0-9_-]{0,30}")


@dataclass(frozen=True)
class Chosen:
    """What was asked for: pools (``ec2/on_demand``, or ``on_demand`` of both platforms; none: all) and how."""

    pools: tuple[str, ...] = ()
    ami: bool = False
    keep_old: bool = False
    back: bool = False
    name: str | None = None


def check_names(chosen: Chosen) -> None:
    """Refuse names that can be none, before anything is asked. Raises UsageError."""
    for named in chosen.pools:
        if not _POOL.fullmatch(named):
            raise UsageError(
                Field("pool", named[:80]),
                " is no name of a pool.",
                fix="Name it like ec2/on_demand, or on_demand of both.",
            )
    if chosen.name is not None and not steps.NAME.fullmatch(chosen.name):
        raise UsageError(
            Field("generation", chosen.name[:80]),
            " is no name of a generation.",
            fix="Use at most 31 lower-case letters, digits and hyphens.",
        )


def check_probe(clients: Clients, named: str) -> None:
    """Refuse a probe's job that is on neither platform. Raises UsageError."""
    known = clients.contract.job_definitions
    if named not in known:
        raise UsageError(
            Field("probe_job", named[:80]),
            f" is no job definition of {clients.contract.environment}.",
            fix=f"Use one of {', '.join(sorted(known)) or '(none yet)'}.",
        )


def site_of(
    root: Root, clients: Clients, *, probe: bool, probe_job: str | None, patience: float, noted: Callable[[], None]
) -> TerraformSite:
    """Return the site of an environment. Raises UsageError where its root takes no generations."""
    check_takes_generations(root.path)
    return TerraformSite(
        root,
        clients,
        noted,
        definition=lambda platform: probe_definition(clients, platform, probe_job) if probe else None,
        patience=patience,
    )


def wanted(site: Site, clients: Clients, chosen: Chosen, say: Say, ended: Sequence[str] = ()) -> list[PoolKey]:
    """Return the pools that are meant, in their order. Raises UsageError for one that is not there, CallError.

    Where none is named these are the ones of which a roll is under way, else all. A roll of ``ended`` pools was killed
    in its last step: where the terraform that it left has done that since, nothing is left to do for them.
    """
    known = site.generations()
    found = sorted(known)
    under_way = [pool for pool in found if steps.phase(known[pool]) != "idle"]
    if under_way and not chosen.pools:
        say(f"A roll is under way: {', '.join(map('/'.join, under_way))}. It is gone on with, and no other begun.")
        found = under_way
    if chosen.pools:
        found = sorted({pool for named in chosen.pools for pool in _meant(named, known)})
    if not chosen.back and (over := [pool for pool in found if "/".join(pool) in ended and pool not in under_way]):
        say(
            f"{', '.join(map('/'.join, over))}: the roll that was cut off has come to its end since. For another "
            "one, run the command again."
        )
        found = [pool for pool in found if pool not in over and (chosen.pools or "/".join(pool) in ended)]
    if chosen.ami:
        newer = pools_with_newer_images(clients, site.applied().values())
        for pool in found:
            if pool not in newer and steps.phase(known[pool]) == "idle":
                say(f"{'/'.join(pool)}: {'no machine images' if pool[0] == 'fargate' else 'no newer machine image'}")
        found = [pool for pool in found if pool in newer or steps.phase(known[pool]) != "idle"]
    return found


def _meant(named: str, known: Iterable[PoolKey]) -> list[PoolKey]:
    platform, _, pool = named.rpartition("/")
    found = [one for one in known if one[1] == pool and platform in ("", one[0])]
    if not found:
        raise UsageError(
            Field("pool", named),
            " is no pool of this environment.",
            fix=f"Use one of {', '.join('/'.join(one) for one in sorted(known))}.",
        )
    return found


def question(site: Site, pools: Sequence[PoolKey], chosen: Chosen, environment: str) -> str:
    """Return what is asked before anything is changed."""
    known = site.generations()
    said = []
    for pool in pools:
        new = steps.newcomer(known[pool]) or chosen.name or steps.next_name(known[pool])
        old = steps.leaving(known[pool]) or sorted(n for n, one in known[pool].items() if one["state"] == "active")
        names = (new, ", ".join(old)) if chosen.back else (", ".join(old), new)
        said.append(f"{'/'.join(pool)} from {names[0]} to {names[1]}")
    return f"Roll compute environments of {environment}: {'; '.join(said)}?"


def run(
    site: Site,
    clients: Clients,
    pools: Sequence[PoolKey],
    chosen: Chosen,
    say: Say,
    *,
    check: Callable[[], None],
    ending: Callable[[list[str]], None],
    bound: float,
) -> None:
    """Roll pools, or put the old generations back. Raises as `Roll.run` does."""
    roll = Roll(
        site,
        say,
        check=check,
        ending=ending,
        keep_old=chosen.keep_old,
        name=chosen.name,
        bound=bound,
        tick=clients.contract.target.watch_intervals.last_tick,
    )
    (roll.back if chosen.back else roll.run)(pools)
