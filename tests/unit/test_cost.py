"""What jobs cost, held against cases counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cost_support import ARN, HOUR, QUEUE, START, Batch, Clients, Ecs, instance, job, task, tried
from observe_support import refusal

from awa_batch.cost import (
    Asked,
    JobCost,
    Machines,
    Money,
    Running,
    Unknown,
    add_up,
    cost_of_jobs,
    hourly,
    key_of,
    prices_of,
    would_have,
)
from awa_batch.cost.prices import RegionPrices, read_prices
from awa_batch.errors import UsageError
from awa_batch.observe import Job

TOKYO = prices_of("local", "ap-northeast-1")
VIRGINIA = prices_of("local", "us-east-1")
NOW = START / 1000 + 7200
I1 = instance("od", 1)


def costs(*jobs: dict[str, Any], ecs: Ecs | None = None, ids: list[str] | None = None) -> list[JobCost]:
    clients: Any = Clients(Batch(*jobs), ecs)
    return list(cost_of_jobs(clients, ids or [one["jobId"] for one in jobs], TOKYO, Machines(clients), NOW))


def cost(*jobs: dict[str, Any], ecs: Ecs | None = None) -> JobCost:
    (one,) = costs(*jobs, ecs=ecs)
    return one


def near(money: Money | None, low: float, high: float | None = None) -> bool:
    assert money is not None
    return money == Money(pytest.approx(low, rel=1e-9), pytest.approx(low if high is None else high, rel=1e-9))


# ------------------------------------------------------------------ Fargate
@pytest.mark.parametrize(("seconds", "paid"), [(3, 60), (60, 60), (60.001, 61), (3600, 3600), (0, 60)])
def test_fargate_is_paid_by_the_second_and_a_minute_at_least(seconds: float, paid: int) -> None:
    found = cost(job("a", tried(seconds, "fg"), vcpu=2, memory=4096, queue="elsewhere"))
    assert near(found.total, (2 * 0.05056 + 4 * 0.00553) * paid / HOUR)


def test_fargates_rates_are_those_of_the_architecture() -> None:
    arm = {"runtimePlatform": {"cpuArchitecture": "ARM64"}}
    found = cost(job("a", tried(3600, "fg"), vcpu=0.25, memory=512, container=arm))
    assert near(found.total, 0.25 * 0.04045 + 0.5 * 0.00442)


def test_storage_above_twenty_gigabytes_costs_and_is_not_guessed() -> None:
    assert isinstance(hourly(TOKYO, Asked(1, 2048, storage=21), "FARGATE"), Unknown)
    told = read_prices(
        {"currency": "USD", "regions": {"x": {"fargate": {"X86_64": {"vcpu": 1, "gb": 2}}, "ephemeral_gb": 0.5}}}
    )["x"]
    assert hourly(told, Asked(1, 1024, storage=20), "FARGATE") == Money(3, 3)
    assert hourly(told, Asked(1, 1024, storage=24), "FARGATE") == Money(5, 5)


# ---------------------------------------------------------------------- EC2
@pytest.mark.parametrize(
    ("vcpu", "memory", "part"), [(1, 2048, 1 / 2), (1, 6144, 3 / 4), (2, 1024, 1), (0.5, 512, 1 / 4)]
)
def test_on_an_instance_a_job_pays_the_larger_of_its_parts(vcpu: float, memory: int, part: float) -> None:
    ecs = Ecs({I1: "m6i.large"})  # 2 vCPUs, 8 GiB, $0.124 an hour
    found = cost(job("a", tried(1800, "od", I1), vcpu=vcpu, memory=memory), ecs=ecs)
    assert near(found.total, part * 0.124 / 2)


def test_gpus_count_as_well() -> None:
    assert hourly(VIRGINIA, Asked(1, 1024, gpus=1), "EC2", ["g5.xlarge"]) == Money(1.006, 1.006)
    assert isinstance(hourly(VIRGINIA, Asked(1, 1024, gpus=1), "EC2", ["m5.large"]), Unknown)


@pytest.mark.parametrize("ecs", [Ecs({}), Ecs({}, refusal("AccessDeniedException"))], ids=["gone", "refused"])
def test_where_the_type_is_not_known_it_is_from_the_cheapest_to_the_dearest_of_the_pool(ecs: Ecs) -> None:
    found = cost(job("a", tried(3600, "od", I1)), ecs=ecs)
    assert near(found.total, 0.0558, 0.0651)  # m6a to m7i, a vCPU


def test_the_pool_is_told_by_the_task_and_else_by_the_queue() -> None:
    low = f"{ARN}:job-queue/awa-batch-local-fargate-high-priority"
    assert near(cost(job("a", tried(3600, "gone"), queue=low)).total, 0.05056 + 2 * 0.00553)
    assert (
        cost(job("a", tried(3600, "gone"), queue="elsewhere")).note == "its compute environment is not there any more"
    )


# ----------------------------------------------------- again, and taken away
def test_what_was_made_again_is_told_apart() -> None:
    ecs = Ecs({I1: "m6i.large"})
    found = cost(
        job(
            "a",
            tried(3600, "od", I1, "Host EC2 (instance i-0123456789) terminated."),
            tried(1800, "od", I1, "Essential container in task exited"),
            tried(7200, "od", I1, "Essential container in task exited"),
        ),
        ecs=ecs,
    )
    hour = 0.124 / 2
    assert found.seconds == 12_600
    assert near(found.total, 3.5 * hour)
    assert near(found.again, 1.5 * hour)
    assert near(found.taken, hour)


def test_an_attempt_that_is_to_be_made_again_counts_as_such_before_the_job_has_ended() -> None:
    waiting = job("a", tried(3600, "od", I1, "Host EC2 (instance i-1) terminated."), status="RUNNABLE")
    found = cost(waiting, ecs=Ecs({I1: "m6i.large"}))
    assert found.total == found.again == found.taken


def test_what_runs_costs_up_to_now() -> None:
    running = job("a", status="RUNNING", startedAt=START, container={"taskArn": task("od"), "containerInstanceArn": I1})
    found = cost(running, ecs=Ecs({I1: "m6i.large"}))
    assert (found.seconds, near(found.total, 2 * 0.062)) == (7200, True)


def test_what_never_started_costs_nothing() -> None:
    assert cost(job("a", status="RUNNABLE")).total == Money(0, 0)
    never = {"container": {"taskArn": task("od"), "reason": "CannotPullContainerError"}}
    assert cost(job("a", never, status="FAILED")).total == Money(0, 0)


# ------------------------------------------------------------- not known
@pytest.mark.parametrize(
    ("value", "note"),
    [
        (job("a", tried(9, "fgs")), "the price of Fargate Spot (X86_64) in ap-northeast-1 is not known"),
        (job("a", tried(9, "spot", instance("spot"))), "the Spot price of m6i in ap-northeast-1 is not known"),
        (
            job(
                "a",
                tried(9, "fg"),
                container={"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}},
            ),
            "what runs on WINDOWS_SERVER_2022_CORE is not priced",
        ),
        (job("a", tried(9, "od"), nodeProperties={"numNodes": 2}), "the nodes of a multi-node job are not priced"),
        (job("a", tried(9, "od"), container={"resourceRequirements": []}), "AWS does not show what it asked for"),
    ],
)
def test_what_is_not_known_is_said_and_never_counted(value: dict[str, Any], note: str) -> None:
    found = cost(value)
    assert (found.total, found.note) == (None, note)
    _, whole = add_up([found, JobCost("b", "b", "SUCCEEDED", QUEUE, {}, 1.0, Money(2, 3))], key_of("queue", {}))
    assert (whole.jobs, whole.known, whole.total, whole.unknown) == (2, 1, Money(2, 3), {note: 1})


def test_sidecars_cost_with_their_job() -> None:
    both = [
        {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}]},
        {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "3072"}]},
    ]
    value = job("a", {**tried(3600, "fg"), "taskProperties": [{"taskArn": task("fg"), "containers": []}]})
    del value["container"], value["attempts"][0]["container"]
    found = cost(value | {"ecsProperties": {"taskProperties": [{"containers": both}]}})
    assert near(found.total, 2 * 0.05056 + 4 * 0.00553)


# --------------------------------------------------------------- many jobs
def test_an_array_is_added_up_with_a_call_for_each_hundred_children() -> None:
    children = [job(f"a:{number}", tried(3600, "od", instance("od", number % 7)), arrayProperties={"index": number})
                for number in range(10_000)]  # fmt: skip
    parent = job("a", arrayProperties={"size": 10_000})
    batch = Batch(parent, *children)
    ecs = Ecs({instance("od", number): "m6i.large" for number in range(7)})
    clients: Any = Clients(batch, ecs)
    groups, whole = add_up(cost_of_jobs(clients, ["a"], TOKYO, Machines(clients), NOW), key_of("job", {}))
    assert [(one.name, one.jobs) for one in groups] == [("job-a a", 10_000)]
    assert near(whole.total, 620.0)
    assert batch.calls.count("describe_jobs") == 101
    assert len(batch.calls) == 102  # and the compute environments once


def test_groups_are_by_queue_by_submission_and_by_tag() -> None:
    def one(job_id: str, team: str | None, usd: float, queue: str = QUEUE) -> JobCost:
        tags = {} if team is None else {"team": team}
        return JobCost(job_id, f"n-{job_id.partition(':')[0]}", "SUCCEEDED", queue, tags, 1.0, Money(usd, usd))

    found = [one("a:0", "x", 1), one("a:1", "x", 1), one("b", None, 5, "arn/other"), one("c", "y", 3)]
    named = {QUEUE: "high"}
    by = {name: [(group.name, group.total.low) for group in add_up(found, key_of(name, named))[0]]
          for name in ("queue", "job", "tag:team")}  # fmt: skip
    assert by == {
        "queue": [("high", 5.0), ("other", 5.0)],
        "job": [("n-b b", 5.0), ("n-c c", 3.0), ("n-a a", 2.0)],
        "tag:team": [("(none)", 5.0), ("y", 3.0), ("x", 2.0)],
    }


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(0, 0), "$0.00"),
        (Money(1234.567, 1234.567), "$1,234.57"),
        (Money(0.1249, 0.1249), "$0.12"),
        (Money(0.01234, 0.0987), "$0.0123-0.0987"),
        (Money(0.0000508, 0.0000508), "$0.0000508"),
        (Money(0.0000000465, 0.0000000543), "under $0.000001"),
        (Money(0.00000000001, 0.5), "$0.00-0.50"),
        (Money(0.0000000465, 0.0012), "$0.00-0.0012"),
        (Money(0.03, 0.03), "$0.03"),
    ],
)
def test_amounts_are_written_plainly(money: Money, text: str) -> None:
    assert str(money) == text


# ------------------------------------------------- what runs, and another size
def test_what_runs_has_its_cost_by_the_hour_and_is_described_once() -> None:
    def runs(job_id: str, pool: str = "od", **more: Any) -> dict[str, Any]:
        return job(job_id, status="RUNNING", startedAt=START, container={"taskArn": task(pool)}, **more)

    array = runs(
        "arr", arrayProperties={"size": 9, "statusSummary": {"RUNNING": 4, "SUCCEEDED": 5}}, vcpu=2, memory=4096
    )
    fargate = runs("f", "fg")
    batch = Batch(array, fargate, runs("spot", "fgs"), job("waits", status="RUNNABLE"))
    clients: Any = Clients(batch)
    running = Running(clients)
    shown = [Job.from_detail(one) for one in batch.jobs.values()]  # type: ignore[arg-type]
    most = 8 * 0.0651 + 0.05056 + 2 * 0.00553
    assert running.an_hour(shown) == f"{Money(8 * 0.0558 + 0.05056 + 2 * 0.00553, most)}/h and more"
    assert running.an_hour(shown[1:2]) == "$0.0616/h"
    assert running.an_hour(shown[2:]) == ""
    assert batch.calls.count("describe_jobs") == 2  # the Spot job again, which had left
    assert Running(clients).an_hour([]) == ""


def test_another_size_is_priced_on_the_same_machine() -> None:
    clients: Any = Clients(Batch())
    machines = Machines(clients)
    detail = job("a", tried(600, "fg"), vcpu=4, memory=8192)
    found = would_have(detail, 0.5, 1024, [600, 30], TOKYO, machines)
    assert found is not None
    assert near(found[0], (4 * 0.05056 + 8 * 0.00553) * 660 / HOUR)
    assert near(found[1], (0.5 * 0.05056 + 0.00553) * 660 / HOUR)
    assert would_have(job("a", tried(9, "fgs")), 1, 1024, [9], TOKYO, machines) is None


# -------------------------------------------------------------- the table
def test_each_shipped_price_has_its_day_and_its_source_and_types_that_there_are() -> None:
    text = (Path(__file__).resolve().parents[2] / "scripts/awa_batch/cost/prices.json").read_text()
    for region, found in read_prices(json.loads(text)).items():
        assert found.date > "2026", region
        assert found.source, region
        for name in found.ec2:
            assert found.instance(name if "." in name else f"{name}.large", on_spot=False), (region, name)


def test_a_families_price_is_by_its_vcpus_and_a_types_own_comes_before_it() -> None:
    prices = RegionPrices("x", ec2={"m6i": 0.05, "m6i.xlarge": 0.3})
    assert prices.instance("m6i.4xlarge", on_spot=False) == Money(0.8, 0.8)
    assert prices.instance("m6i.xlarge", on_spot=False) == Money(0.3, 0.3)
    assert prices.instance("m6i", on_spot=False) is None
    assert prices.instance("m6i.large", on_spot=True) is None
    assert prices.instance("m6i.metal", on_spot=False) is None  # which costs more for its vCPUs, in some families
    own = RegionPrices("x", ec2={"m6i": 0.05, "m6i.metal": 7.0})
    assert own.instance("m6i.metal", on_spot=False) == Money(7, 7)


def test_bare_metal_without_a_price_is_no_part_of_a_pools_and_unknown_for_itself() -> None:
    prices = RegionPrices("x", ec2={"c6g": 0.034})
    assert hourly(prices, Asked(1, 1024), "EC2", ["c6g"]) == Money(0.034, 0.034)
    alone = hourly(prices, Asked(1, 1024), "EC2", ["c6g.metal"])
    assert isinstance(alone, Unknown)
    assert alone.is_price


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "terraform" / "environments" / "dev"
    folder.mkdir(parents=True)
    monkeypatch.setattr("awa_batch.cost.prices.project_root", lambda: tmp_path)
    return folder / "prices.json"


def test_an_environments_own_prices_come_before_the_shipped(own: Path) -> None:
    own.write_text(json.dumps({"currency": "USD", "regions": {"us-east-1": {"spot": {"m6i.large": [0.03, 0.05]}}}}))
    assert prices_of("dev", "us-east-1").instance("m6i.large", on_spot=True) == Money(0.03, 0.05)
    assert not prices_of("dev", "us-east-1").fargate
    assert prices_of("dev", "ap-northeast-1") == TOKYO
    assert prices_of("dev", "mars-1") == RegionPrices("mars-1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "Expecting"),
        ("[" * 100_000, "recursion"),
        ("[]", "it must be"),
        ('{"currency": "JPY", "regions": {}}', "it must be"),
        ('{"version": 2, "currency": "USD", "regions": {}}', "its version is 2, and this toolkit reads 1"),
        ('{"currency": "USD", "regions": {"x": []}}', "x is no object"),
        ('{"currency": "USD", "regions": {"x": {"ec3": {}}}}', "x has ec3"),
        ('{"currency": "USD", "regions": {"x": {"ec2": {"m6i": -1}}}}', "x.ec2.m6i is no price: -1"),
        ('{"currency": "USD", "regions": {"x": {"ec2": {"m6i": NaN}}}}', "x.ec2.m6i is no price: nan"),
        ('{"currency": "USD", "regions": {"x": {"ec2": {"m6i": true}}}}', "is no price"),
        ('{"currency": "USD", "regions": {"x": {"fargate": {"X86": {}}}}}', "x.fargate must name"),
        ('{"currency": "USD", "regions": {"x": {"fargate": {"ARM64": {"vcpu": 1}}}}}', "must have vcpu and gb"),
        ('{"currency": "USD", "regions": {"x": {"spot": {"m6i.large": 1}}}}', "must be [lowest, highest]"),
        ('{"currency": "USD", "regions": {"x": {"spot": {"m6i.large": [2, 1]}}}}', "is above the highest"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_prices_is_refused_by_its_name(own: Path, text: str, problem: str) -> None:
    own.write_text(text)
    with pytest.raises(UsageError) as caught:
        prices_of("dev", "x")
    assert str(caught.value).startswith("terraform/environments/dev/prices.json holds no prices: ")
    assert problem in str(caught.value)
