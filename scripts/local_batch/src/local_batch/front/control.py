"""The server's own calls, under ``/_batch/``: its health, and what seldom happens on AWS, made to happen here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_batch.errors import UsageError
from local_batch.json_object import Json
from local_batch.options import check
from local_batch.refusals import Refusal
from local_batch.scheduler.job import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.scheduler import Scheduler

PREFIX = "/_batch/"


class Control:
    """Answers the calls. ``health`` returns what the server says of itself."""

    def __init__(self, scheduler: Scheduler, health: Callable[[], Json]) -> None:
        self._scheduler = scheduler
        self._health = health
        self.reset: Callable[[], Json] = dict
        """Forgets every object of every service; is given when all that it resets is there."""
        self.on_time_scale: Callable[[], None] = lambda: None
        """Told that Batch's minutes pass at another speed."""

    def answer(self, method: str, path: str, body: bytes) -> Json:
        """Return the answer of one call. Raises Refusal."""
        if (method, path) == ("GET", PREFIX + "health"):
            return self._health()
        if (method, path) == ("POST", PREFIX + "reclaim"):
            return self._reclaim(body)
        if (method, path) == ("POST", PREFIX + "capacity"):
            return self._capacity(body)
        if (method, path) == ("POST", PREFIX + "time-scale"):
            return self._time_scale(body)
        if (method, path) == ("POST", PREFIX + "reset"):
            return self.reset()
        raise Refusal(f"There is no {method} {path}", code="NotFound", status=404)

    def _capacity(self, body: bytes) -> Json:
        """Take an environment's capacity away or give it back. Body: ``{"computeEnvironment": …, "available": …}``."""
        try:
            asked = json.loads(body)
            name, available = str(asked["computeEnvironment"]), bool(asked["available"])
        except (ValueError, KeyError, TypeError):
            raise Refusal(
                'The body must be {"computeEnvironment": "…", "available": true|false}', code="ValidationException"
            ) from None
        with self._scheduler.lock:
            found = [
                one
                for region in self._scheduler.memory.regions.values()
                for one in region.environments.values()
                if name in {one.name, one.arn}
            ]
            if not found:
                raise Refusal(f"Compute environment {name} not found", code="NotFound", status=404)
            for one in found:
                one.starved = not available
            self._scheduler.wake()
        return {"computeEnvironment": name, "available": available}

    def _time_scale(self, body: bytes) -> Json:
        """Have Batch's minutes pass as fast from now on. Body: ``{"timeScale": …}``."""
        try:
            scale = float(json.loads(body)["timeScale"])
            check({"time_scale": scale})
        except (ValueError, KeyError, TypeError):
            raise Refusal('The body must be {"timeScale": a number}', code="ValidationException") from None
        except UsageError as error:
            raise Refusal(error.what, code="ValidationException") from None
        with self._scheduler.lock:
            self._scheduler.settings.time_scale = scale
        self.on_time_scale()
        return {"timeScale": scale}

    def _reclaim(self, body: bytes) -> Json:
        """Take the host of a running job away, as EC2 Spot and Fargate Spot do. Body: ``{"jobId": …}``."""
        try:
            job_id = str(json.loads(body)["jobId"])
        except (ValueError, KeyError, TypeError):
            raise Refusal('The body must be {"jobId": "…"}', code="ValidationException") from None
        with self._scheduler.lock:
            job = self._scheduler.memory.find(job_id)
            if job is None:
                raise Refusal(f"Job {job_id} not found", code="NotFound", status=404)
            jobs = [child for child in job.children or () if child.status in ACTIVE] or [job]
            hosted = [other for one in jobs for other in self._scheduler.attempts.on_host_of(one)]
            reclaimed = [one.id for one in dict.fromkeys(hosted) if self._scheduler.attempts.reclaim(one)]
        if not reclaimed:
            raise Refusal(
                f"Job {job_id} is {job.status}: only a STARTING or RUNNING job has a host to reclaim",
                code="Conflict",
                status=409,
            )
        return {"reclaimed": reclaimed}
