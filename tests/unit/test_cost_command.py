"""``awa-batch cost``: which jobs it is of, how it adds up, and what it says of what is not known."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from cost_support import ARN, Batch, Clients, Ecs, instance, job, tried

from awa_batch.cli.main import cli
from awa_batch.errors import NotThereError, UsageError

LOW = f"{ARN}:job-queue/awa-batch-local-fargate-low-priority"
I1 = instance("od")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An environment with a job that was made again, an array, and one whose price is not known."""
    children = [job(f"arr:{index}", tried(3600, "od", I1), arrayProperties={"index": index}, tags={"team": "x"})
                for index in range(3)]  # fmt: skip
    batch = Batch(
        job("one", tried(1800, "od", I1, "Host EC2 (instance i-1) terminated."), tried(3600, "od", I1)),
        job("arr", arrayProperties={"size": 3}, tags={"team": "x"}),
        *children,
        job("spot", tried(60, "fgs"), queue=LOW),
    )
    found: Any = Clients(batch, Ecs({I1: "m6i.large"}))
    monkeypatch.setattr("awa_batch.cli.commands.cost.open_environment", lambda *_: found)
    monkeypatch.setattr("awa_batch.cli.commands.cost.jobs_there", lambda *_: {})
    return found


def run(*words: str) -> Any:
    done = CliRunner().invoke(cli, ["cost", *words], env={"COLUMNS": "120"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_the_table_has_what_costs_most_first_and_the_sum(made: Any) -> None:
    done = run("--job", "one", "--job", "arr", "--job", "spot")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["job", "jobs", "time", "cost", "of", "it", "again", "of", "it", "Spot's"]
    assert [(row[1], row[-3:]) for row in rows[1:3]] == [
        ("arr", ["$0.19", "-", "-"]),
        ("one", ["$0.093", "$0.031", "$0.031"]),
    ]
    assert rows[3][1] == "spot"
    assert "$0.28 and more" in done.stdout.splitlines()[-1]
    assert done.stderr.splitlines() == [
        "1 job is not in the sum: the price of Fargate Spot (X86_64) in ap-northeast-1 is not known.",
        "ENV=local costs nothing: this is what AWS would charge in ap-northeast-1.",
        "Prices looked up on 2026-11-27, without discounts.",  # which AWS is asked for in an account alone
    ]


def test_json_has_bounds_and_what_is_not_known(made: Any) -> None:
    value = json.loads(run("--job", "one", "--job", "arr", "--job", "spot", "--by", "tag:team", "-o", "json").stdout)
    assert [(one["name"], one["jobs"], one["usd"]) for one in value["groups"]] == [
        ("x", 3, [0.186, 0.186]),
        ("(none)", 2, [0.093, 0.093]),
    ]
    assert value["all"]["usd_taken"] == [0.031, 0.031]
    assert value["all"]["unknown"] == {"the price of Fargate Spot (X86_64) in ap-northeast-1 is not known": 1}
    assert (value["currency"], value["prices_looked_up"]) == ("USD", "2026-11-27")


def test_by_queue_they_have_the_environments_names(made: Any) -> None:
    shown = run("--job", "one", "--job", "spot", "--by", "queue").stdout
    assert [line.split()[0] for line in shown.splitlines()[1:]] == ["ec2-high-priority", "fargate-low-priority", "all"]


def test_since_takes_all_that_was_submitted(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def listed(_batch: object, _contract: object, *, hours: float) -> list[Any]:
        asked.append(hours)
        return [type("Listed", (), {"id": "one"})]

    monkeypatch.setattr("awa_batch.observe.list_recent", listed)
    assert "job-one one" in run("--since", "7d").stdout
    assert asked == [168.0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--job", "a", "--run", "b"], "--job, --run and --since each name jobs."),
        (["--job", "a", "--by", "user"], "--by 'user' is nothing that jobs have."),
        (["--job", "a", "--by", "tag:"], "--by 'tag:' is nothing that jobs have."),
        (["--by", "queue"], "--by goes with --job, --run or --since alone."),
        (["--profile", "x"], "--profile goes with --job, --run or --since alone."),
        (["--since", "0"], "--since"),
    ],
)
def test_what_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(*words)
    assert str(caught.value).startswith(said)


def test_what_is_there_by_the_hour_has_its_price(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = [
        {"mode": "managed", "type": "aws_nat_gateway", "name": "this", "values": {}},
        {"mode": "managed", "type": "aws_vpc_endpoint", "name": "x",
         "values": {"vpc_endpoint_type": "Interface", "service_name": "a.b.c.logs", "subnet_ids": ["a", "b"]}},
        {"mode": "managed", "type": "aws_batch_compute_environment", "name": "y",
         "values": {"compute_resources": [{"min_vcpus": 4, "type": "EC2", "instance_type": ["m6i", "m7i"]}]}},
    ]  # fmt: skip
    root = SimpleNamespace(path=None, planned=lambda: {"planned_values": {"root_module": {"resources": resources}}})
    monkeypatch.setattr("awa_batch.cli.commands.environment.planned_root", lambda _: root)
    monkeypatch.setattr("awa_batch.terraform.allowed_accounts.region_of", lambda _: "ap-northeast-1")
    assert [one["usd_per_hour"] for one in json.loads(run("-o", "json").stdout)] == [
        [0.067, 0.067],
        [0.028, 0.028],
        [0.248, 0.2604],
    ]
    assert "$0.25-0.26" in run().stdout
    monkeypatch.setattr("awa_batch.terraform.allowed_accounts.region_of", lambda _: "sa-east-1")
    assert [one["usd_per_hour"] for one in json.loads(run("-o", "json").stdout)] == [None, None, None]


def test_a_job_that_is_not_there_is_named(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found: Any = Clients(Batch())
    monkeypatch.setattr("awa_batch.cli.commands.cost.open_environment", lambda *_: found)
    monkeypatch.setattr("awa_batch.cli.there.LOOKS", 0)
    with pytest.raises(NotThereError):
        run("--job", "nothing")
