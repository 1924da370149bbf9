"""Read a job's CloudWatch logs without losing a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.logs import BAD_TOKEN, NO_STREAM, PER_PAGE, get_log_events
from awa_batch.batch.usage_lines import is_usage_line

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import (
        GetLogEventsRequestTypeDef,
        GetLogEventsResponseTypeDef,
        OutputLogEventTypeDef,
    )


@dataclass(frozen=True)
class LogLine:
    """One log event; ``timestamp`` in epoch milliseconds."""

    timestamp: int
    message: str


class LogReader:
    """Reads one stream forward, from where it stopped: by CloudWatch's own token, never by time.

    A time as a bookmark loses the lines that share its millisecond. What `awa_runtime` wrote of the attempt's use is
    left out. ``since`` (epoch milliseconds) is where the reading begins, ``page`` how many events a call brings.
    """

    def __init__(
        self,
        logs: CloudWatchLogsClient,
        group: str,
        stream: str,
        *,
        since: int | None = None,
        page: int | None = None,
    ) -> None:
        self._logs = logs
        self._group = group
        self._stream = stream
        self._since = since
        self._page = page
        self._token: str | None = None
        self._yielded = 0
        self._skip = 0

    def read(self) -> Iterator[LogLine]:
        """Yield all lines that there are now and that have not been yielded before.

        A stream that does not exist yet (the container has written nothing) yields nothing. Raises CallError.
        """
        while True:
            try:
                answer = self._get(from_head=True, token=self._token)
            except CallError as error:
                if error.code == NO_STREAM:
                    return
                if error.code != BAD_TOKEN or self._token is None:
                    raise
                # A token lives 24 hours, and a stream that was silent for so long gave no newer one.
                self._token, self._skip, self._yielded = None, self._yielded, 0
                continue
            events = answer["events"]
            yield from _lines(events[self._skip :])
            self._skip = max(0, self._skip - len(events))
            self._yielded += len(events)
            token = answer["nextForwardToken"]
            # The end is where the token stays the same; an empty page alone is not the end.
            if token == self._token:
                return
            self._token = token

    def tail(self, count: int) -> list[LogLine]:
        """Return the last ``count`` lines that there are now, read from the end; `read` goes on after them.

        Raises CallError.
        """
        found: list[LogLine] = []
        token: str | None = None
        while token is None or len(found) < count:
            try:
                answer = self._get(from_head=False, token=token, limit=max(1, min(PER_PAGE, count - len(found))))
            except CallError as error:
                if error.code == NO_STREAM:
                    break
                raise
            found = [*_lines(answer["events"]), *found]
            if token is None:
                self._token = answer["nextForwardToken"]
            if answer["nextBackwardToken"] == token:
                break
            token = answer["nextBackwardToken"]
        return found[-count:] if count else []

    def _get(self, *, from_head: bool, token: str | None, limit: int | None = None) -> GetLogEventsResponseTypeDef:
        request: GetLogEventsRequestTypeDef = {
            "logGroupName": self._group,
            "logStreamName": self._stream,
            "startFromHead": from_head,
        }
        if token:
            request["nextToken"] = token
        if self._since is not None:
            request["startTime"] = self._since
        if limit or self._page:
            request["limit"] = limit or self._page or PER_PAGE
        return get_log_events(self._logs, request)


def _lines(events: Iterable[OutputLogEventTypeDef]) -> Iterator[LogLine]:
    for event in events:
        message = event.get("message", "").rstrip("\n")
        if not is_usage_line(message):
            yield LogLine(event.get("timestamp", 0), message)
