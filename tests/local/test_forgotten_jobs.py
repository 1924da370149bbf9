"""Jobs that the local AWS Batch has forgotten, from the events that went through EventBridge into a log group."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from batch_support import OPTIONS, started

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.memory import give_memory
from awa_batch.explain import explain
from awa_batch.history.forgotten import Forgotten
from awa_batch.observe import list_recent

GROUP = "/aws/events/awa-batch-local"


def test_they_are_known_from_their_events(tmp_path: Path) -> None:
    with started(tmp_path, "process", *OPTIONS, "--keep-seconds", "1") as aws:
        aws.logs.create_log_group(logGroupName=GROUP)
        events = aws.client("events")
        pattern = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"]}
        events.put_rule(Name="history", EventPattern=json.dumps(pattern))
        arn = f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{GROUP}"
        events.put_targets(Rule="history", Targets=[{"Id": "1", "Arn": arn}])
        queue = aws.queue()
        definition = aws.definition("sh", "-c", "exit ${AWS_BATCH_JOB_ARRAY_INDEX:-3}")
        bad = aws.submit(queue, definition, retryStrategy={"attempts": 2}, tags={"team": "x"})
        array = aws.submit(queue, definition, arrayProperties={"size": 3})
        ids = [bad, array, *(f"{array}:{index}" for index in range(3))]
        aws.until(lambda: aws.batch.describe_jobs(jobs=ids)["jobs"] == [], 30)
        contract = SimpleNamespace(
            log_groups={"events": GROUP}, environment="local", target=SimpleNamespace(has_account=False),
            queues={"q": SimpleNamespace(arn=aws.queue_detail(queue)["jobQueueArn"])},
        )  # fmt: skip
        clients: Any = SimpleNamespace(batch=aws.batch, logs=aws.logs, contract=contract)
        assert describe_jobs(aws.batch, ids) == {}
        give_memory(aws.batch, Forgotten(clients))
        found = describe_jobs(aws.batch, ids)
        assert {job_id: one["status"] for job_id, one in found.items()} == {
            bad: "FAILED", array: "FAILED", f"{array}:0": "SUCCEEDED", f"{array}:1": "FAILED", f"{array}:2": "FAILED",
        }  # fmt: skip
        assert [one["container"].get("exitCode") for one in found[bad]["attempts"]] == [3, 3]
        assert found[bad]["tags"] == {"team": "x"}
        assert {job.id for job in list_recent(aws.batch, contract, hours=1)} == {bad, array}  # type: ignore[arg-type]
        assert "exit code 3" in str(explain(clients, bad).verdict) + str(explain(clients, bad).what)
