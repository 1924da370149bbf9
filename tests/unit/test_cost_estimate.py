"""What a submission would cost: by earlier runs of the same job, by its time limit, or not to be told."""

from __future__ import annotations

from typing import Any

import pytest
from cost_support import ARN, Batch, Clients, job, tried

from awa_batch.cli.estimating import refuse_above, say_estimate
from awa_batch.cli.words import FlagWords
from awa_batch.cost import Estimate, Machines, Money, estimate, prices_of
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.request import build_request

TOKYO = prices_of("local", "ap-northeast-1")
FARGATE = f"{ARN}:job-queue/awa-batch-local-fargate-high-priority"
DEFINITION = f"{ARN}:job-definition/awa-batch-local-fargate-sample:1"


class Asked(Batch):
    """AWS Batch that lists jobs and shows definitions too."""

    def __init__(self, *jobs: dict[str, Any], timeout: int | None = 3600, gpus: int = 0) -> None:
        super().__init__(*jobs)
        self.timeout, self.gpus = timeout, gpus

    def list_jobs(self, jobQueue: str, jobStatus: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        assert jobStatus == "SUCCEEDED"
        return {
            "jobSummaryList": [
                one for one in self.jobs.values() if one["jobQueue"] == jobQueue and ":" not in one["jobId"]
            ]
        }

    def describe_job_definitions(self, jobDefinitions: list[str]) -> dict[str, Any]:  # noqa: N803
        needs = [("VCPU", "1"), ("MEMORY", "2048"), *([("GPU", str(self.gpus))] if self.gpus else [])]
        container = {"resourceRequirements": [{"type": name, "value": value} for name, value in needs],
                     "command": ["echo", "hello"]}  # fmt: skip
        limit = {"timeout": {"attemptDurationSeconds": self.timeout}} if self.timeout else {}
        return {"jobDefinitions": [{"jobDefinitionArn": arn, "containerProperties": container, **limit}
                                   for arn in jobDefinitions]}  # fmt: skip


def ran(job_id: str, seconds: float, *command: str, **more: Any) -> dict[str, Any]:
    attempt = tried(seconds, "fg")
    times = {"startedAt": attempt["startedAt"], "stoppedAt": attempt["stoppedAt"], "createdAt": 1}
    container = {"command": list(command or ("sleep", "1"))}
    return job(job_id, attempt, queue=FARGATE, jobDefinition=DEFINITION, container=container, **times, **more)


def of(batch: Batch, *command: str, **more: Any) -> Estimate:
    clients: Any = Clients(batch)
    spec = JobSpec(definition="fargate-sample", command=list(command or ("sleep", "1")), **more)
    return estimate(clients, [build_request(clients.contract, spec)], TOKYO, Machines(clients))


HOUR = 0.05056 + 2 * 0.00553
"""US dollars that an hour of the job costs on Fargate."""


def test_by_the_mean_of_earlier_runs_of_the_same_command() -> None:
    batch = Asked(ran("a", 100), ran("b", 300), ran("c", 9000, "other"))
    found = of(batch)
    assert found.total == Money(pytest.approx(HOUR * 200 / 3600), pytest.approx(HOUR * 200 / 3600))
    assert (found.basis, found.is_bound) == ("the mean of 2 earlier runs (3 min 20 s)", False)
    assert of(batch, array=50).total.high == pytest.approx(50 * HOUR * 200 / 3600)  # type: ignore[union-attr]


def test_a_job_of_run_batch_is_the_same_whatever_it_is_given() -> None:
    batch = Asked(
        ran("a", 120, "python", "run_batch.py", "etl", "--param_json", "x.json"),
        ran("b", 999, "python", "run_batch.py", "other"),
    )
    assert of(batch, "python", "run_batch.py", "etl").basis == "the mean of 1 earlier run (2 min 00 s)"


def test_children_of_an_earlier_array_tell_too() -> None:
    children = [ran(f"arr:{index}", 60 + index, arrayProperties={"index": index}) for index in range(30)]
    found = of(Asked(ran("arr", 1, arrayProperties={"size": 30}), *children))
    assert found.basis == "the mean of 20 earlier runs (1 min 10 s)"


def test_other_sizes_are_another_job() -> None:
    larger = ran("b", 100)
    larger["container"]["resourceRequirements"] = [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "8192"}]
    assert of(Asked(larger)).is_bound
    found = of(Asked(ran("a", 100)), vcpu=2, memory=4096)
    assert found.is_bound
    assert found.total == Money(pytest.approx(2 * 0.05056 + 4 * 0.00553), pytest.approx(2 * 0.05056 + 4 * 0.00553))


def test_without_runs_its_time_limit_is_the_most() -> None:
    found = of(Asked(), timeout=7200)
    assert found == Estimate(
        Money(pytest.approx(2 * HOUR), pytest.approx(2 * HOUR)),
        "the time limit (2 h 00 min), as none of it has succeeded before",
        is_bound=True,
    )


@pytest.mark.parametrize(
    ("batch", "more", "why", "lacks"),
    [
        (Asked(timeout=None), {}, "none of it has succeeded before, and it has no time limit", "limit"),
        (
            Asked(),
            {"queue": "fargate-low-priority"},
            "the price of Fargate Spot (X86_64) in ap-northeast-1 is not known",
            "price",
        ),
    ],
)
def test_what_cannot_be_told(batch: Batch, more: dict[str, Any], why: str, lacks: Any) -> None:
    assert of(batch, **more) == Estimate(None, why, lacks=lacks)


def test_the_most_is_with_every_attempt_that_may_be_made() -> None:
    once, thrice = of(Asked(), timeout=3600), of(Asked(), timeout=3600, attempts=3)
    assert once.total is not None
    assert thrice.total == Money(pytest.approx(3 * once.total.low), pytest.approx(3 * once.total.high))
    assert thrice.basis.startswith("the time limit (1 h 00 min for each of 3 attempts)")


def test_gpus_of_the_definition_count() -> None:
    clients: Any = Clients(Asked(gpus=1))
    request = build_request(clients.contract, JobSpec(definition="ec2-sample", command=["x"]))
    found = estimate(clients, [request], TOKYO, Machines(clients))
    assert found == Estimate(None, "its instance in ap-northeast-1 is not known")  # none of the pool has one


def test_what_would_cost_more_is_refused_before_anything_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    clients: Any = Clients(Asked(timeout=36_000))
    requests = [build_request(clients.contract, JobSpec(definition="fargate-sample", command=["x"]))]
    with pytest.raises(UsageError, match=r"^--max-cost 0.5: At most \$0.62 by the time limit"):
        refuse_above(clients, requests, 0.5)
    refuse_above(clients, requests, 0.7)
    say_estimate(clients, requests)
    text = "At most $0.62 by the time limit (10 h 00 min), as none of it has succeeded before, if it were on AWS"
    assert capsys.readouterr().err.splitlines() == [f"{text}, below --max-cost 0.7.", f"{text}."]


def test_advice_is_for_what_is_lacking() -> None:
    def fix(batch: Batch, environment: str = "dev", **more: Any) -> str:
        clients: Any = Clients(batch)
        object.__setattr__(clients.contract, "environment", environment)
        with pytest.raises(UsageError) as caught:
            refuse_above(clients, [build_request(clients.contract, JobSpec(definition="fargate-sample", **more))], 1e6)
        return caught.value.told(FlagWords())[1]

    assert "--timeout" in fix(Asked(timeout=None))
    assert "prices update" in fix(Asked(), queue="fargate-low-priority")
    assert fix(Asked(), "local", queue="fargate-low-priority") == "Leave --max-cost out."  # it asks AWS of nothing
    gone = Asked()
    gone.pools_gone = True
    assert fix(gone) == "Leave --max-cost out."


def test_what_is_not_known_is_refused_as_well() -> None:
    clients: Any = Clients(Asked(timeout=None))
    requests = [build_request(clients.contract, JobSpec(definition="fargate-sample", command=["x"]))]
    with pytest.raises(UsageError, match="cannot be told: none of it has succeeded before"):
        refuse_above(clients, requests, 1e6)
