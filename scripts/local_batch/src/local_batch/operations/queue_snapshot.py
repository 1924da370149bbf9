"""GetJobQueueSnapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.rules import calls as rules
from local_batch.scheduler.job import ENDED

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def snapshot(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """GetJobQueueSnapshot: the first 100 RUNNABLE jobs in dispatch order, and what the queue uses."""
    queue = find.queue(region, asked["jobQueue"])
    now = now_ms()
    jobs = queue.ready.front(rules.FRONT_OF_QUEUE)
    running = [
        job
        for environment in scheduler.memory.environments(queue)
        for job in environment.running
        if job.submission.queue is queue and job.status not in ENDED
    ]
    detail: Json = {
        "frontOfQueue": {
            "jobs": [{"jobArn": job.arn, "earliestTimeAtPosition": queue.ready.at_position_since(job)} for job in jobs],
            "lastUpdatedAt": now,
        },
        "queueUtilization": {
            "totalCapacityUsage": [{"capacityUnit": "VCPU", "quantity": sum(job.submission.vcpus for job in running)}],
            "lastUpdatedAt": now,
        },
    }
    if queue.fair_share:
        shares: dict[str, float] = {}
        for job in running:
            shares[job.submission.share or ""] = shares.get(job.submission.share or "", 0.0) + job.submission.vcpus
        top = sorted(shares.items(), key=lambda share: -share[1])
        detail["queueUtilization"]["fairshareUtilization"] = {
            "activeShareCount": len(shares),
            "topCapacityUtilization": [
                {"shareIdentifier": name, "capacityUsage": [{"capacityUnit": "VCPU", "quantity": used}]}
                for name, used in top
            ],
        }
    return detail
