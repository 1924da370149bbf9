"""When jobs became STARTING, from the events of AWS Batch where an environment keeps them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.logs import TooManyPagesError, filter_log_events

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

MOST_PAGES = 200
"""Answers that are read at most: each has up to 1 MB (CloudWatch Logs API reference, FilterLogEvents)."""

_PATTERN = '{ $.detail.status = "STARTING" }'


def starting_times(clients: Clients, start: int, end: int) -> dict[str, list[int]] | None:
    """Return id → when the job became STARTING (epoch ms), between two moments; None where no events can be read.

    Of more than `MOST_PAGES` those of the first. An event may come twice and out of order (EventBridge User Guide: at
    least once), so each is taken by its id.
    """
    group = clients.contract.log_groups.get("events")
    if group is None:
        return None
    found: dict[str, dict[str, int]] = {}
    try:
        for event in filter_log_events(clients.logs, group, _PATTERN, start, end, MOST_PAGES):
            try:
                said = json.loads(event.get("message", ""))
                detail = said["detail"]
                if said["detail-type"] == "Batch Job State Change" and detail["status"] == "STARTING":
                    found.setdefault(str(detail["jobId"]), {})[str(said["id"])] = event["timestamp"]
            except (ValueError, RecursionError, KeyError, TypeError):
                continue  # something else writes there too
    except CallError:
        return None
    except TooManyPagesError:
        pass  # a job without its time is shown as such
    return {job_id: sorted(times.values()) for job_id, times in found.items()}
