"""Read CloudWatch Logs: a page of a stream, where jobs write, or what is sought in many; what a group has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import (
        FilteredLogEventTypeDef,
        FilterLogEventsRequestTypeDef,
        GetLogEventsRequestTypeDef,
        GetLogEventsResponseTypeDef,
    )

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


def filter_log_events(
    logs: CloudWatchLogsClient, group: str, pattern: str, start: int, end: int, most_pages: int
) -> Iterator[FilteredLogEventTypeDef]:
    """Yield a group's events between two moments (epoch ms) that a pattern matches. Raises CallError."""
    with calling(f"reading the log group {group}"):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=pattern, startTime=start, endTime=end
        )
        for number, page in enumerate(pages, start=1):
            yield from page["events"]
            if number >= most_pages:
                return


PER_FILTER = 100
"""Streams that one FilterLogEvents takes, at most (botocore's model)."""


def find_in_streams(
    logs: CloudWatchLogsClient, group: str, streams: Sequence[str], word: str, since: int | None = None
) -> Iterator[tuple[str, str]]:
    """Yield (stream, message) of the events that hold ``word``, from ``since`` (epoch milliseconds) on.

    One call for 100 streams and page. Streams that are not there are passed over. Raises CallError.
    """
    for some in in_parts(streams, PER_FILTER):
        yield from _find(logs, group, some, word, since)


def _find(
    logs: CloudWatchLogsClient, group: str, streams: Sequence[str], word: str, since: int | None
) -> Iterator[tuple[str, str]]:
    request: FilterLogEventsRequestTypeDef = {
        "logGroupName": group,
        "logStreamNames": list(streams),
        "filterPattern": f'"{word}"',
    }
    if since is not None:
        request["startTime"] = since
    while True:
        try:
            with calling(f"looking through logs of {group}"):
                answer = logs.filter_log_events(**request)
        except CallError as error:
            # One that is not there fails the call for all.
            if error.code != NO_STREAM:
                raise
            if len(streams) > 1:
                half = len(streams) // 2
                yield from _find(logs, group, streams[:half], word, since)
                yield from _find(logs, group, streams[half:], word, since)
            return
        for event in answer.get("events", ()):
            if word in event.get("message", ""):
                yield event.get("logStreamName", ""), event.get("message", "")
        if not (token := answer.get("nextToken")):
            return
        request["nextToken"] = token
