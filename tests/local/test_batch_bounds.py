"""Requests and output that are too much for a machine are bounded, and the server goes on."""

from __future__ import annotations

import http.client
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from batch_support import REGION

from local_batch.front.bodies import DEPTH, OTHER_BYTES
from local_batch.services.log_streams import LINE_BYTES, STREAM_BYTES

if TYPE_CHECKING:
    from batch_support import LocalBatch


def post(aws: LocalBatch, service: str, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", aws.server.port, timeout=30)
    try:
        connection.request("POST", path, body, {"Authorization": aws.signed(service), **headers})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def test_a_body_that_is_too_large_is_answered_with_413(process_aws: LocalBatch) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_aws.server.port, timeout=30)
    connection.putrequest("POST", "/v1/describejobs")
    connection.putheader("Authorization", process_aws.signed("batch"))
    connection.putheader("Content-Length", str(OTHER_BYTES + 1))
    connection.endheaders(b"{")
    connection.sock.shutdown(1)  # type: ignore[union-attr] # nothing more comes
    reply = connection.getresponse()
    assert reply.status == 413
    assert b"larger than" in reply.read()
    connection.close()
    assert process_aws.batch.describe_jobs(jobs=["x"])["jobs"] == []


@pytest.mark.parametrize(
    ("service", "path", "target"),
    [
        ("batch", "/v1/describejobs", ""),
        ("logs", "/", "Logs_20140328.DescribeLogGroups"),
        ("ssm", "/", "AmazonSSM.GetParameter"),
    ],
)
def test_nesting_without_end_is_answered_with_400(
    process_aws: LocalBatch, service: str, path: str, target: str
) -> None:
    headers = {"Content-Type": "application/x-amz-json-1.1", **({"X-Amz-Target": target} if target else {})}
    code, answer = post(process_aws, service, path, b'{"a":' * 50_000, **headers)
    assert code == 400
    assert f"deeper than {DEPTH} levels" in answer.decode()


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣"])
def test_a_length_that_is_none_is_answered_with_400(process_aws: LocalBatch, length: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_aws.server.port, timeout=30)
    connection.putrequest("POST", "/v1/describejobs")
    connection.putheader("Content-Length", length.encode())
    connection.endheaders(b"{}")
    assert connection.getresponse().status == 400
    connection.close()


def resident(pid: int) -> int:
    """Return a process's memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_output_without_end_does_not_fill_the_memory(process_aws: LocalBatch) -> None:
    before = resident(process_aws.server.pid)
    size = 2 * STREAM_BYTES
    job = process_aws.run("sh", "-c", f"yes {'x' * 999} | head -c {size}; echo; echo the end; exit 3")
    assert job["container"]["exitCode"] == 3
    assert resident(process_aws.server.pid) - before < 5 * STREAM_BYTES  # twice as much as may stay would be above six
    shown = process_aws.logs.filter_log_events(
        logGroupName="/aws/batch/job",
        logStreamNames=[job["container"]["logStreamName"]],
        filterPattern='"local AWS"',
    )["events"]
    assert [event["message"].startswith("[local AWS]") for event in shown] == [True, True]
    last = process_aws.logs.get_log_events(
        logGroupName="/aws/batch/job",
        logStreamName=job["container"]["logStreamName"],
        startFromHead=False,
        limit=1,
    )["events"]
    assert [event["message"] for event in last] == ["the end"]
    assert size // 1000 > STREAM_BYTES // (1000 + LINE_BYTES)


def test_a_large_upload_leaves_the_memory_again(process_aws: LocalBatch) -> None:
    """In one request, and in parts: what moto holds of it lies on disk, and the rest is given back."""
    s3 = process_aws.client("s3")
    bucket = process_aws.name("uploads")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    size = 150 << 20
    s3.put_object(Bucket=bucket, Key="small", Body=b"x")
    before = resident(process_aws.server.pid)
    s3.put_object(Bucket=bucket, Key="one", Body=bytes(size))
    s3.upload_fileobj(io.BytesIO(bytes(size)), bucket, "parts")
    process_aws.until(lambda: resident(process_aws.server.pid) - before < size, 20)
    assert s3.head_object(Bucket=bucket, Key="parts")["ContentLength"] == size
    for key in ("one", "parts", "small"):
        s3.delete_object(Bucket=bucket, Key=key)
