"""Read CloudWatch Logs: a page of a stream, where jobs write, or what is sought in many; what a group has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts
from awa_batch.errors import AwsError

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


class TooManyPagesError(AwsError):
    """A log group has more between two moments than is read at once."""


def filter_log_events(
    logs: CloudWatchLogsClient, group: str, pattern: str, start: int, end: int, most_pages: int
) -> Iterator[FilteredLogEventTypeDef]:
    """Yield a group's events between two moments (epoch ms) that a pattern matches.

    Raises CallError, and TooManyPagesError where there is more after ``most_pages`` answers: what was not read must not
    be taken for what is not there.
    """
    with calling(f"reading the log group {group}"):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=pattern, startTime=start, endTime=end
        )
        for number, page in enumerate(pages, start=1):
            yield from page["events"]
            if number >= most_pages and page.get("nextToken"):
                break
        else:
            return
    raise TooManyPagesError(
        f"The log group {group} has more than {most_pages:,} answers of FilterLogEvents hold: not all was read.",
        fix="Look back less far, or ask Logs Insights for it (docs/operations.md, History).",
    )


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
