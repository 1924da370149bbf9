"""A roll of compute environments on an AWS of the test's own, in which jobs come and go all the time.

That AWS refuses what AWS refuses: a queue without an environment or with four, the deletion of an environment that a
queue names. It ends the test where a job would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field

import pytest

from awa_batch.compute.roll import Roll
from awa_batch.compute.site import Applied, Planned, PoolKey, ProbeError, RollError, key_of
from awa_batch.errors import TimedOutError, ToolError, UsageError
from awa_batch.terraform.compute_changes import ComputeChange, Way
from awa_batch.terraform.generations import Pool, Pools
from awa_batch.text import Part, Text

EC2: PoolKey = ("ec2", "on_demand")
SPOT: PoolKey = ("ec2", "spot")
FARGATE: PoolKey = ("fargate", "on_demand")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Environment:
    """An environment of AWS: its tasks, each with how many looks it has left."""

    tasks: list[int] = field(default_factory=list)
    made_of: str = "old"


class Aws:
    """Terraform and AWS for `Roll`: what is applied, what the file says, and jobs all the time."""

    def __init__(self, queues: dict[str, list[PoolKey]]) -> None:
        pools = {pool for some in queues.values() for pool in some}
        self.queues = queues
        self.said: dict[PoolKey, Pool] = {}
        self.main: dict[PoolKey, Pool] = {pool: {"a": {"state": "active"}} for pool in pools}
        self.outputs = deepcopy(self.main)
        self.there = {key_of(pool, "a"): Environment() for pool in pools}
        self.order: dict[str, list[str]] = {name: [key_of(one, "a") for one in some] for name, some in queues.items()}
        self.orders_seen: dict[str, list[list[str]]] = {name: [list(one)] for name, one in self.order.items()}
        self.probes: set[str] = set()
        self.values = "old"  # what main.tf makes environments of
        self.disturbing: Way = "infrastructure update"
        self.can_keep = True
        self.unrelated: tuple[str, ...] = ()
        self.bad_to_make: set[str] = set()
        self.bad_to_try: set[str] = set()
        self.length = 2
        self.left = -1
        self.log: list[str] = []

    # ------------------------------------------------------------ the world
    def act(self, what: str) -> None:
        """Do something that cannot be undone; before it jobs are submitted, and perhaps the process is killed."""
        for name, order in self.order.items():
            assert 1 <= len(order) <= 3, name
            self.there[order[0]].tasks.append(self.length)
        if self.left == 0:
            raise Killed
        self.left -= 1
        self.log.append(what)

    def wanted(self) -> dict[PoolKey, Pool]:
        return {**self.main, **self.said}

    def queue_order(self, name: str) -> list[str]:
        pools = self.wanted()
        return [
            key_of(pool, one)
            for pool in self.queues[name]
            for one in sorted(pools[pool], reverse=True)
            if pools[pool][one]["state"] == "active"
        ]

    # ------------------------------------------------------------ what a roll asks
    def applied(self) -> dict[str, Applied]:
        return {
            key_of(pool, name): Applied(
                pool, name, said["state"], key_of(pool, name), f"arn/{key_of(pool, name)}", key_of(pool, name)
            )
            for pool, some in self.outputs.items()
            for name, said in some.items()
        }

    def generations(self) -> dict[PoolKey, Pool]:
        return deepcopy(self.outputs)

    def file(self) -> Pools:
        found: Pools = {"ec2": {}, "fargate": {}}
        for (platform, pool), said in self.said.items():
            found[platform][pool] = deepcopy(said)
        return found

    def restore(self, pools: Pools) -> None:
        self.said = {(platform, pool): said for platform, some in pools.items() for pool, said in some.items()}

    def write(self, pools: dict[PoolKey, Pool]) -> None:
        self.act("write")
        self.said |= deepcopy(pools)

    def plan(self) -> Planned:
        pools = self.wanted()
        keys = {key_of(pool, name): (pool, name) for pool, some in pools.items() for name in some}
        changes = [self._change(key, "new") for key in keys if key not in self.there]
        changes += [self._change(key, "deleted") for key in self.there if key not in keys]
        for key, (pool, name) in keys.items():
            kept = pools[pool][name].get("instance_types") == ["kept"]
            if key in self.there and self.there[key].made_of != self.values and not kept:
                changes.append(self._change(key, self.disturbing))
        changes += [ComputeChange("", "", name, "order", (), "") for name in self.queues
                    if self.queue_order(name) != self.order[name]]  # fmt: skip
        any_ = bool(changes or pools != self.outputs or self.unrelated)
        kept_by = {key: {"instance_types": ["kept"]} for key in self.there} if self.can_keep else {}
        return Planned(any_, tuple(changes), self.unrelated, kept_by)

    def _change(self, key: str, way: Way) -> ComputeChange:
        platform, _, generation = key.partition("/")
        cluster = key if key in self.there else ""
        return ComputeChange(generation, platform.upper(), key, way, ("x",), "they end", cluster=cluster)

    def apply(self) -> None:
        planned = self.plan()
        for one in planned.changes:
            if one.way == "new":
                self.act(f"create {one.key}")
                self.there[one.key] = Environment(made_of=self.values)
                if one.key in self.bad_to_make:
                    raise ToolError(f"{one.key} is INVALID")
        for name in self.queues:
            order = self.queue_order(name)
            if order != self.order[name]:
                assert order, f"{name} would have no environment"
                assert len(order) <= 3, f"{name} would have {len(order)} environments"
                self.act(f"order {name}")
                self.order[name] = order
                self.orders_seen[name].append(order)
        for one in planned.changes:
            if one.way == "deleted":
                self.act(f"delete {one.key}")
                assert not self.there[one.key].tasks, f"jobs on {one.key} are lost"
                assert not any(one.key in order for order in self.order.values()), (
                    "found existing JobQueue relationship"
                )
                assert one.key not in self.probes, "found existing JobQueue relationship"
                del self.there[one.key]
        self.act("outputs")
        self.outputs = self.wanted() | {}

    def tasks(self, clusters: Iterable[str]) -> dict[str, int]:
        for environment in self.there.values():
            environment.tasks = [left - 1 for left in environment.tasks if left > 1]
        return {one: len(self.there[one].tasks) for one in clusters if one in self.there}

    def orders(self) -> dict[str, list[str]]:
        return {name: [f"arn/{key}" for key in order] for name, order in self.order.items()}

    def probe(self, there: Applied) -> None:
        key = key_of(there.pool, there.generation)
        assert all(key not in order for order in self.order.values()), "it takes jobs already"
        self.act(f"probe {key}")
        self.probes.add(key)
        self.act("job")
        self.probes.remove(key)
        if key in self.bad_to_try:
            raise ProbeError(f"the job on {key} failed")

    def forget_probe(self, pool: PoolKey, generation: str) -> None:
        self.probes.discard(key_of(pool, generation))


@pytest.fixture
def aws() -> Aws:
    return Aws({"ec2-high": [EC2], "ec2-low": [SPOT, EC2], "fargate-high": [FARGATE]})


@pytest.fixture
def lines() -> list[str]:
    return []


def roll(aws: Aws, *pools: PoolKey, say: Callable[[Part | Text], None] = lambda _: None, **how: object) -> Roll:
    made = Roll(aws, say, tick=0.0, **how)  # type: ignore[arg-type]
    made.run(pools or (EC2, SPOT, FARGATE))
    return made


def generations(aws: Aws, pool: PoolKey) -> str:
    return " ".join(f"{name}={said['state']}" for name, said in sorted(aws.outputs[pool].items()))


def test_every_pool_gets_a_new_generation_and_the_queues_always_have_one(aws: Aws) -> None:
    roll(aws, EC2, FARGATE)
    assert aws.order == {"ec2-high": ["ec2/on_demand/b"], "ec2-low": ["ec2/spot/a", "ec2/on_demand/b"],
                         "fargate-high": ["fargate/on_demand/b"]}  # fmt: skip
    assert set(aws.there) == {"ec2/on_demand/b", "ec2/spot/a", "fargate/on_demand/b"}
    assert [generations(aws, pool) for pool in (EC2, SPOT, FARGATE)] == ["b=active", "a=active", "b=active"]
    # First in front of the old one, then alone.
    assert aws.orders_seen["fargate-high"] == [
        ["fargate/on_demand"], ["fargate/on_demand/b", "fargate/on_demand"], ["fargate/on_demand/b"],
    ]  # fmt: skip
    # One apply for each step, whatever the number of pools.
    assert aws.log.count("outputs") == 4


def test_a_step_that_would_need_a_fourth_environment_changes_places_at_once(aws: Aws) -> None:
    roll(aws)
    seen = aws.orders_seen["ec2-low"]
    assert seen == [["ec2/spot/a", "ec2/on_demand/a"], ["ec2/spot/b", "ec2/on_demand/b"]]
    with pytest.raises(UsageError, match="keep_old"):
        roll(aws, keep_old=True)
    assert generations(aws, EC2) == "b=active"


def test_keep_old_stops_with_both_and_the_next_roll_goes_on(aws: Aws) -> None:
    roll(aws, EC2, keep_old=True)
    assert aws.order["ec2-high"] == ["ec2/on_demand/b", "ec2/on_demand/a"]
    roll(aws, EC2, keep_old=True)
    assert generations(aws, EC2) == "a=active b=active"
    roll(aws, EC2)
    assert generations(aws, EC2) == "b=active"
    assert set(aws.there) == {"ec2/on_demand/b", "ec2/spot/a", "fargate/on_demand"}


def test_back_drains_the_new_one_and_keeps_the_old(aws: Aws) -> None:
    roll(aws, EC2, keep_old=True)
    Roll(aws, lambda _: None, tick=0.0).back([EC2])
    assert generations(aws, EC2) == "a=active"
    assert aws.order["ec2-high"] == ["ec2/on_demand/a"]
    assert "ec2/on_demand/b" not in aws.there
    with pytest.raises(UsageError, match="under way"):
        Roll(aws, lambda _: None, tick=0.0).back([EC2])


def test_a_new_generation_whose_job_fails_is_taken_back_and_the_others_go_on(aws: Aws) -> None:
    aws.bad_to_try = {"fargate/on_demand/b"}
    with pytest.raises(RollError, match="the job on fargate/on_demand/b failed"):
        roll(aws, EC2, FARGATE)
    assert generations(aws, FARGATE) == "a=active"
    assert aws.orders_seen["fargate-high"] == [["fargate/on_demand"]]  # it was never touched
    assert "fargate/on_demand/b" not in aws.there
    assert generations(aws, EC2) == "b=active"


def test_a_new_generation_that_is_invalid_is_taken_back(aws: Aws) -> None:
    aws.bad_to_make = {"ec2/on_demand/b"}
    with pytest.raises(RollError, match="INVALID"):
        roll(aws, EC2)
    assert set(aws.there) == {"ec2/on_demand/a", "ec2/spot/a", "fargate/on_demand"}
    assert generations(aws, EC2) == "a=active"
    aws.bad_to_make = set()
    roll(aws, EC2)
    assert generations(aws, EC2) == "b=active"


def test_killed_at_any_moment_it_goes_on_and_no_job_is_lost() -> None:
    """The checks are in `Aws`: every order has one to three environments, and nothing with jobs is deleted."""
    moments = 0
    while True:
        aws = Aws({"ec2-high": [EC2], "ec2-low": [SPOT, EC2], "fargate-high": [FARGATE]})
        aws.left = moments
        try:
            roll(aws)
        except Killed:
            aws.left = -1
            roll(aws)
        else:
            break
        for pool in (EC2, SPOT, FARGATE):
            assert generations(aws, pool) == "b=active", f"killed at {moments}: {aws.log}"
        assert set(aws.there) == {"ec2/on_demand/b", "ec2/spot/b", "fargate/on_demand/b"}
        assert aws.probes == set()
        moments += 1
    assert moments > 20


def test_killed_while_it_goes_back_it_goes_back_when_asked_again() -> None:
    moments = 0
    while True:
        aws = Aws({"ec2-high": [EC2]})
        roll(aws, EC2, keep_old=True)
        aws.left = moments
        try:
            Roll(aws, lambda _: None, tick=0.0).back([EC2])
        except Killed:
            aws.left = -1
            if generations(aws, EC2) == "a=active b=active":
                Roll(aws, lambda _: None, tick=0.0).back([EC2])
            else:
                roll(aws, EC2)  # either goes on in the direction that is under way
        else:
            break
        assert generations(aws, EC2) == "a=active"
        moments += 1
    assert moments > 5


def test_a_drain_that_takes_longer_than_its_bound_ends_nothing_and_is_gone_on_with(aws: Aws) -> None:
    aws.length = 50
    with pytest.raises(TimedOutError, match="ec2/on_demand/a"):
        roll(aws, EC2, bound=0.0)
    assert generations(aws, EC2) == "a=draining b=active"
    roll(aws, EC2)
    assert generations(aws, EC2) == "b=active"


def test_changed_values_are_the_new_generations_alone(aws: Aws) -> None:
    aws.values = "new"
    roll(aws, EC2, keep_old=True)
    assert aws.outputs[EC2]["a"]["instance_types"] == ["kept"]
    assert aws.outputs[SPOT] == {"a": {"state": "active", "instance_types": ["kept"]}}  # the value is of all pools
    assert {key: one.made_of for key, one in aws.there.items() if "ec2/on_demand" in key} == {
        "ec2/on_demand/a": "old", "ec2/on_demand/b": "new",
    }  # fmt: skip


@pytest.fixture
def alone() -> Aws:
    return Aws({"ec2-high": [EC2]})


def test_a_change_that_the_old_one_cannot_be_kept_from_is_refused_and_changes_nothing(alone: Aws) -> None:
    alone.values, alone.can_keep = "new", False
    with pytest.raises(UsageError, match="ec2/on_demand/a: infrastructure update"):
        roll(alone, EC2)
    assert alone.said == {}  # the file too is as it was
    assert set(alone.there) == {"ec2/on_demand/a"}


def test_other_changes_have_to_be_applied_first(alone: Aws) -> None:
    alone.unrelated = ("module.platform.aws_s3_bucket.data",)
    with pytest.raises(UsageError, match=r"aws_s3_bucket\.data"):
        roll(alone, EC2)
    assert alone.said == {}


def test_what_was_applied_counts_not_a_file_of_another_day(alone: Aws) -> None:
    """As on a second machine that has not pulled: its file is older than what was applied."""
    roll(alone, EC2, keep_old=True)
    alone.said = {EC2: {"a": {"state": "active"}}}
    roll(alone, EC2)
    assert generations(alone, EC2) == "b=active"
    assert alone.said == {EC2: {"b": {"state": "active"}}}


def test_the_lock_is_asked_for_before_each_change(alone: Aws) -> None:
    asked = []

    def lost() -> None:
        asked.append(len(alone.log))
        if len(asked) == 4:
            raise ToolError("The lock is no longer this command's.")

    with pytest.raises(ToolError, match="no longer"):
        roll(alone, EC2, check=lost)
    assert "delete ec2/on_demand/a" not in alone.log
    roll(alone, EC2)
    assert generations(alone, EC2) == "b=active"


def test_a_plan_that_fails_takes_nothing_back_and_leaves_the_file(alone: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Planned:
        raise ToolError("terraform plan failed")

    monkeypatch.setattr(alone, "plan", fails)
    with pytest.raises(ToolError, match="plan failed"):
        roll(alone, EC2)
    assert (alone.said, set(alone.there)) == ({}, {"ec2/on_demand/a"})
    monkeypatch.undo()
    roll(alone, EC2, keep_old=True)
    monkeypatch.setattr(alone, "plan", fails)
    with pytest.raises(ToolError, match="plan failed"):
        roll(alone, EC2)
    assert generations(alone, EC2) == "a=active b=active"


def test_a_lock_that_is_lost_at_the_first_step_changes_nothing(alone: Aws) -> None:
    def lost() -> None:
        raise ToolError("The lock is no longer this command's.")

    with pytest.raises(ToolError, match="no longer"):
        roll(alone, EC2, check=lost)
    assert (alone.said, set(alone.there)) == ({}, {"ec2/on_demand/a"})


def test_a_name_of_ones_own(alone: Aws) -> None:
    roll(alone, EC2, name="g-2026-12")
    assert generations(alone, EC2) == "g-2026-12=active"


def test_it_says_what_is_done_and_what_is_waited_for(alone: Aws, lines: list[str]) -> None:
    alone.length = 4
    roll(alone, EC2, say=lambda said: lines.append(str(said)))
    text = "\n".join(lines)
    for part in (
        "b: is made",
        "b: VALID, and a job runs",
        "b: takes new jobs",
        "draining: ",
        "no task is left",
        "is gone",
    ):
        assert part in text
