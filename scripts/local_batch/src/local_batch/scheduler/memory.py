"""What the local Batch remembers: the objects of each region, and all jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.scheduler.objects import Environment, Queue, Region

if TYPE_CHECKING:
    from local_batch.scheduler.job import Job


class Memory:
    """Regions and jobs. An array is one entry of ``jobs``; its children hang on it."""

    def __init__(self) -> None:
        self.regions: dict[str, Region] = {}
        self.jobs: dict[str, Job] = {}

    def region(self, name: str) -> Region:
        """Return a region's objects; a region is made when it is first named."""
        if name not in self.regions:
            self.regions[name] = Region(name)
        return self.regions[name]

    def find(self, job_id: str) -> Job | None:
        """Return the job of an id (``uuid`` or ``uuid:index``) or a job's ARN, or None."""
        text = job_id.split("/", 1)[1] if job_id.startswith("arn:") and "/" in job_id else job_id
        head, colon, tail = text.partition(":")
        job = self.jobs.get(head)
        if job is None or not colon:
            return job
        if not (tail.isascii() and tail.isdigit()) or job.children is None or int(tail) >= len(job.children):
            return None
        return job.children[int(tail)]

    def forget(self, job: Job) -> None:
        """Remove a job, with its children where it is an array."""
        self.jobs.pop(job.uuid, None)
        job.submission.queue.jobs.pop(job.uuid, None)

    def queues(self) -> list[Queue]:
        """Return every queue, higher priorities first."""
        found = [queue for region in self.regions.values() for queue in region.queues.values()]
        return sorted(found, key=lambda queue: -int(queue.detail["priority"]))

    def environments(self, queue: Queue) -> list[Environment]:
        """Return a queue's compute environments in their order."""
        region = self.regions[queue.region]
        entries = sorted(queue.detail["computeEnvironmentOrder"], key=lambda entry: entry["order"])
        names = (entry["computeEnvironment"].split("/", 1)[-1] for entry in entries)
        return [region.environments[name] for name in names if name in region.environments]
