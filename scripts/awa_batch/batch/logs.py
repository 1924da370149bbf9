"""Read a page of a log stream of CloudWatch Logs, where AWS Batch's jobs write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import GetLogEventsRequestTypeDef, GetLogEventsResponseTypeDef

PER_PAGE = 10_000
"""Events in one answer of GetLogEvents, at most (botocore's model)."""

NO_STREAM = "ResourceNotFoundException"
"""The code of a stream that is not there (yet): its container has written nothing."""

BAD_TOKEN = "InvalidParameterException"  # noqa: S105 - an error code
"""The code of a token that is older than 24 hours."""


def get_log_events(logs: CloudWatchLogsClient, request: GetLogEventsRequestTypeDef) -> GetLogEventsResponseTypeDef:
    """Return a page of a log stream. Raises CallError; its code may be `NO_STREAM` or `BAD_TOKEN`."""
    with calling(f"reading the log stream {request['logStreamName']}"):
        return logs.get_log_events(**request)
