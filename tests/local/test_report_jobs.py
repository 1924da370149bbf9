"""A report and a look of `top` at jobs that really ran: arrays, retries, dependencies, as DescribeJobs shows them."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from awa_batch.observe.overview import Overview
from awa_batch.report import gather, page
from awa_batch.report.series import spans

if TYPE_CHECKING:
    from batch_support import LocalBatch


def test_what_ran_is_told(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue = aws.queue()
    definition = aws.definition("sh", "-c", "echo no such file; exit ${AWS_BATCH_JOB_ARRAY_INDEX:-3}")
    twice = aws.submit(queue, definition, retryStrategy={"attempts": 2}, jobName="twice")
    array = aws.submit(queue, definition, arrayProperties={"size": 3}, jobName="array")
    first = aws.submit(queue, definition, command=["sleep", "1"], jobName="first")
    after = aws.submit(queue, definition, command=["true"], dependsOn=[{"jobId": first}], jobName="after")
    for job_id in (twice, array, first, after):
        aws.wait(job_id, "SUCCEEDED", "FAILED")
    contract = SimpleNamespace(log_groups={}, environment="local", region="ap-northeast-1", queues={})
    clients: Any = SimpleNamespace(batch=aws.batch, logs=aws.logs, contract=contract, make=aws.client)
    report = gather(clients, [twice, array, first, after], now=time.time())
    rows = {row.id: row for row in report.rows}
    assert rows.keys() == {twice, first, after, *(f"{array}:{index}" for index in range(3))}
    assert report.states == {"SUCCEEDED": 3, "FAILED": 3}
    assert [run.exit_code for run in rows[twice].runs] == [3, 3]
    assert next(kind for kind, _, _ in spans(rows[after], report.now)) == "depends"
    assert (rows[after].ready or 0) >= (rows[first].stopped or 0) > 0
    assert sum(cause.count for cause in report.causes) == 3
    assert all(cause.log == ("no such file",) for cause in report.causes)
    assert twice in page(report, title=twice, environment="local", lang="en")
    arn = aws.queue_detail(queue)["jobQueueArn"]
    shown = Overview(aws.batch, [arn], 3600).look()
    assert {job.id for job in shown.jobs} == {twice, array, first, after}
    assert shown.counts == {"SUCCEEDED": 3, "FAILED": 3}
