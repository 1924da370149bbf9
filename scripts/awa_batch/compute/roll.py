"""Put a new generation of compute environments in the place of the old one, and lose no job.

Every step is: write the file of generations, plan, look at the plan, apply. How far a roll is stands in what was
applied last (Terraform's outputs), so that a killed one goes on from there, on any machine: each step may be done
again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from awa_batch.compute import steps
from awa_batch.compute.site import Applied, Planned, PoolKey, ProbeError, RollError, Site, key_of
from awa_batch.duration import duration_text
from awa_batch.errors import AwaBatchError, TimedOutError, ToolError, UsageError
from awa_batch.terraform.compute_changes import ComputeChange
from awa_batch.terraform.generations import Pool
from awa_batch.text import Command, Field, Say, Step

MOST_ENVIRONMENTS = 3
"""Compute environments of a queue (AWS Batch service quotas)."""
APART = 30.0
"""Seconds between two lines of a drain in which nothing has changed."""


@dataclass
class Roll:
    """A roll of some pools of a site.

    ``check`` raises where the environment's lock is lost; it is asked before each change. ``ending`` is told of the
    pools whose last step begins. ``tick`` is in seconds, as ``bound``, for which a drain is waited for.
    """

    site: Site
    say: Say
    check: Callable[[], None] = lambda: None
    ending: Callable[[list[str]], None] = lambda _pools: None
    keep_old: bool = False
    name: str | None = None
    bound: float = 7200.0
    tick: float = 15.0
    known: dict[PoolKey, Pool] = field(default_factory=dict)
    pools: dict[PoolKey, Pool] = field(default_factory=dict)
    failures: list[AwaBatchError] = field(default_factory=list)
    applying: bool = False

    def run(self, wanted: Sequence[PoolKey]) -> None:
        """Take pools from wherever they are to the end. Raises RollError, TimedOutError, UsageError, AwsError."""
        self._open(wanted)
        if self.keep_old:
            self._see_room()
        self._begin()
        self._try()
        self._promote()
        if not self.keep_old:
            self._drain()
            self._finish()
        elif beside := self._in("beside"):
            names = ", ".join(map(_pool, beside))
            self.say(
                (
                    f"{names}: the old generation stays on the queues, behind the new one. Go on: ",
                    Command("compute", "roll"),
                    "; or back: ",
                    Command("compute", "roll", Field("back")),
                    ".",
                )
            )
        if self.failures:
            first = self.failures[0]
            raise RollError(
                f"{len(self.failures)} of {len(self.pools)} new generations failed and were taken back; the old ones "
                f"run as before. {first.what}",
                fix=first.remedy or "Correct it, and roll again.",
            )

    def back(self, wanted: Sequence[PoolKey]) -> None:
        """Put the old generations in the place of new ones, however far those are, until the old ones are gone."""
        self._open(wanted)
        under_way = {pool: said for pool, said in self.pools.items() if steps.phase(said) != "idle"}
        if not under_way:
            raise UsageError(
                f"No roll of {', '.join(map(_pool, wanted))} is under way: there is nothing to go back to.",
                fix=("See ", Command("compute", "ami"), " for the generations that there are."),
            )
        self._forget_probes()
        self._step({pool: steps.taken_back(said) for pool, said in under_way.items()}, "takes the old generation again")
        self._drain()
        self._finish()

    # ---------------------------------------------------------------- the steps
    def _open(self, wanted: Sequence[PoolKey]) -> None:
        """Read how far each pool is."""
        self.known = self.site.generations()
        self.pools = {pool: self.known[pool] for pool in wanted}

    def _in(self, phase: steps.Phase) -> dict[PoolKey, Pool]:
        return {pool: said for pool, said in self.pools.items() if steps.phase(said) == phase}

    def _begin(self) -> None:
        """Make the new generations, beside the old ones and on no queue."""
        idle = self._in("idle")
        begun = {pool: steps.begun(said, self.name or steps.next_name(said)) for pool, said in idle.items()}
        # What was begun and not applied to its end is planned again.
        begun |= self._in("standby")
        if not begun:
            return
        self._forget_probes(begun)
        try:
            self._step(begun, "is made, on no queue yet", new=True)
        except ToolError as error:
            if not self.applying:
                raise
            # An environment that AWS refused, or that is INVALID.
            self.applying = False
            self._take_back(dict.fromkeys(begun, error))

    def _try(self) -> None:
        """Run a job on each new environment; what fails is taken back."""
        failed: dict[PoolKey, AwaBatchError] = {}
        standby = self._in("standby")
        applied = self.site.applied() if standby else {}
        for pool, said in standby.items():
            new = str(steps.newcomer(said))
            there = applied.get(key_of(pool, new))
            if there is None:
                continue
            self.say(f"{key_of(pool, new)}: a job is tried there")
            try:
                self.check()
                self.site.probe(there)
            except ProbeError as error:
                self.say(f"{key_of(pool, new)}: {error.what}")
                failed[pool] = error
            else:
                self.say(f"{key_of(pool, new)}: VALID, and a job runs there")
        if failed:
            self._take_back(failed)

    def _take_back(self, failed: Mapping[PoolKey, AwaBatchError]) -> None:
        """Take new generations out again. The old ones were never touched."""
        self._step({pool: steps.taken_back(self.pools[pool]) for pool in failed}, "is taken back")
        self.failures += failed.values()

    def _promote(self) -> None:
        """Put the new generations first on the queues."""
        standby = self._in("standby")
        if not standby:
            return
        full = self._on_full_queues(standby)
        self._step({pool: steps.promoted(said, swap=pool in full) for pool, said in standby.items()}, "takes new jobs")

    def _see_room(self) -> None:
        """Refuse to keep old generations where a queue has no room for both. Raises UsageError."""
        coming = self._in("idle") | self._in("standby")
        if full := self._on_full_queues(coming) if coming else set():
            raise UsageError(
                Field("keep_old"),
                f": a queue of {', '.join(sorted(map(_pool, full)))} would have more than {MOST_ENVIRONMENTS} compute "
                "environments, which AWS Batch does not take.",
                fix="Roll without it: the new generation takes the old one's place at once.",
            )

    def _on_full_queues(self, standby: Mapping[PoolKey, Pool]) -> set[PoolKey]:
        """Return the pools whose new generation does not fit beside the old ones on one of their queues."""
        applied = self.site.applied()
        owner = {one.arn: one.pool for one in applied.values()}
        full: set[PoolKey] = set()
        for order in self.site.orders().values():
            coming = {owner[arn] for arn in order if owner.get(arn) in standby}
            if len(order) + len(coming) > MOST_ENVIRONMENTS:
                full |= coming
        return full

    def _drain(self) -> None:
        """Take the old generations off the queues and wait until no task is left on them."""
        if beside := self._in("beside"):
            self._step({pool: steps.drained(said) for pool, said in beside.items()}, "has the queues for itself")
        draining = self._in("draining")
        if not draining:
            return
        applied = self.site.applied()
        keys = [key_of(pool, old) for pool, said in draining.items() for old in steps.leaving(said)]
        self._wait({key: applied[key] for key in keys if key in applied})

    def _wait(self, old: Mapping[str, Applied]) -> None:
        """Wait until no task is on environments, at two looks in succession: a job's task comes a moment after it."""
        began = told = time.monotonic()
        shown, quiet = "-", 0
        while quiet < 2:
            counts = self.site.tasks(one.cluster for one in old.values())
            left = {key: counts.get(one.cluster, 0) for key, one in old.items() if counts.get(one.cluster, 0)}
            quiet = 0 if left else quiet + 1
            now = time.monotonic()
            text = ", ".join(f"{count} on {key}" for key, count in left.items())
            if text != shown or (text and now - told > APART):
                self.say(f"draining: {text or 'no task is left'} after {duration_text(now - began)}")
                shown, told = text, now
            if left and now - began > self.bound:
                raise TimedOutError(
                    f"Jobs are still on old generations after {duration_text(now - began)} ({text}).",
                    fix=(
                        "They go on. Wait for them and go on with ",
                        Command("compute", "roll"),
                        ", or for longer with ",
                        Field("drain_timeout"),
                        ".",
                    ),
                )
            if quiet < 2:
                time.sleep(self.tick)

    def _finish(self) -> None:
        """Take the old generations out: they are disabled and deleted."""
        draining = self._in("draining")
        if draining:
            self.ending([_pool(pool) for pool in draining])
            self._step({pool: steps.finished(said) for pool, said in draining.items()}, "is alone; the old one is gone")

    # ---------------------------------------------------------------- one step
    def _step(self, edits: dict[PoolKey, Pool], done: str, *, new: bool = False) -> None:
        """Write, plan, look, apply. What the look refuses changes nothing, the file included.

        With ``new``, old generations keep what they are made of where the environment's values have changed.
        """
        self.check()
        before, file = dict(self.pools), self.site.file()
        try:
            self.site.write(edits)
            planned = self.site.plan()
            if new and (kept := self._kept(edits, planned)) != edits:
                edits = kept
                self.site.write(edits)
                planned = self.site.plan()
            self._look(planned, edits)
        except (AwaBatchError, KeyboardInterrupt):
            self.site.restore(file)
            raise
        self.check()
        self.pools |= {pool: said for pool, said in edits.items() if pool in self.pools}
        if planned.any:
            self.applying = True
            self.site.apply()
            self.applying = False
        for pool, said in edits.items():
            name = steps.newcomer(said) or steps.newcomer(before.get(pool, {}))
            if name:
                self.say(f"{key_of(pool, name)}: {done}")
            if new and any(set(one) - {"state", "replaces"} for one in said.values()):
                self.say(
                    f"{_pool(pool)}: what is there keeps what it is made of; the values that have changed are a new "
                    "generation's"
                )

    def _kept(self, edits: dict[PoolKey, Pool], planned: Planned) -> dict[PoolKey, Pool]:
        """Return the edits with what old generations must say of themselves, so that jobs on them feel nothing.

        Those of other pools too: a value that has changed may be of all.
        """
        disturbed = {one.key for one in planned.changes if one.disturbs_jobs}
        found: dict[PoolKey, Pool] = {}
        for pool, said in (self.known | edits).items():
            kept = {
                name: {**planned.kept.get(key_of(pool, name), {}), **one}
                if key_of(pool, name) in disturbed and not one.get("replaces")
                else one
                for name, one in said.items()
            }
            if pool in edits or kept != said:
                found[pool] = kept
        return found

    def _look(self, planned: Planned, edits: Mapping[PoolKey, Pool]) -> None:
        """Refuse a plan that does more than the step, or disturbs a job."""
        if planned.others:
            raise UsageError(
                f"Other changes of the environment are not applied yet ({', '.join(planned.others[:3])}"
                f"{', …' if len(planned.others) > 3 else ''}): a roll changes compute environments alone.",
                fix=("See and apply them first: ", Step("plan", "apply"), "."),
            )
        new = {key_of(pool, name) for pool, said in edits.items() for name in [steps.newcomer(said)] if name}
        stay = {key_of(pool, name) for pool, said in edits.items() for name in said}
        mine = {_pool(pool) for pool in edits}
        going: list[ComputeChange] = []
        for one in planned.changes:
            leaves = one.way == "deleted" and one.key not in stay and "/".join(one.key.split("/")[:2]) in mine
            if leaves:
                going.append(one)
            elif one.disturbs_jobs and one.key not in new:
                raise UsageError(
                    f"{one.key}: {one.way} ({', '.join(one.fields)}), of which running jobs would feel: {one.felt}.",
                    fix=(
                        "A roll keeps instance types, image and launch template of what is there, no more. Take that "
                        "change back, or make it without a roll: ",
                        Step("plan", "apply"),
                        ".",
                    ),
                )
        self._see_nobody_on(going)

    def _see_nobody_on(self, going: Sequence[ComputeChange]) -> None:
        counts = self.site.tasks(one.cluster for one in going if one.cluster) if going else {}
        left = {one.key: counts[one.cluster] for one in going if counts.get(one.cluster)}
        if left:
            jobs = ", ".join(f"{count} on {key}" for key, count in left.items())
            raise UsageError(
                f"Jobs are on environments that would be deleted ({jobs}).",
                fix="Run the command again: it waits for them.",
            )

    def _forget_probes(self, pools: Mapping[PoolKey, Pool] | None = None) -> None:
        """Remove the queues of probes that were killed: an environment that one names cannot be deleted."""
        for pool, said in (self.pools if pools is None else pools).items():
            if new := steps.newcomer(said):
                self.site.forget_probe(pool, new)


def _pool(pool: PoolKey) -> str:
    return "/".join(pool)
