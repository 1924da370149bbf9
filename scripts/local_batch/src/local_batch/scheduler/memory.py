"""What the local Batch remembers: the objects of each region, and all jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.scheduler.objects import Environment, Queue, Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.job import Job


class Memory:
    """Regions and jobs. An array is one entry of ``jobs``; its children hang on it."""

    def __init__(self) -> None:
        self.regions: dict[str, Region] = {}
        self.jobs: dict[str, Job] = {}
        self.on_region: Callable[[Region], None] = lambda _region: None
        """Is given each region when it is made."""

    def region(self, name: str) -> Region:
        """Return a region's objects; a region is made when it is first named."""
        if name not in self.regions:
            self.regions[name] = Region(name)
            self.on_region(self.regions[name])
        return self.regions[name]

    def find(self, job_id: str) -> Job | None:
        """Return the job of an id (``uuid``, ``uuid:index`` or ``uuid#node``) or a job's ARN, or None."""
        text = job_id.split("/", 1)[1] if job_id.startswith("arn:") and "/" in job_id else job_id
        head, sharp, tail = text.partition("#")
        if sharp:
            job = self.jobs.get(head)
            nodes = (job.nodes or []) if job is not None else []
            return nodes[int(tail)] if tail.isascii() and tail.isdigit() and int(tail) < len(nodes) else None
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

    def clear(self) -> None:
        """Forget every object and job. Regions that were there are made anew."""
        names = list(self.regions)
        self.regions.clear()
        self.jobs.clear()
        for name in names:
            self.region(name)

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
