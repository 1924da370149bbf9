"""The WSGI application in front: Batch and the server's own calls are answered here, everything else goes to moto."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_batch.api.operations import OPERATIONS
from local_batch.moto_gate import service_of
from local_batch.names import DEFAULT_REGION
from local_batch.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.engine import Engine
    from local_batch.protocol import Protocol

Json = dict[str, Any]
Environ = dict[str, Any]

_INTERNAL = "Error executing request, Exception : internal error of the local AWS Batch (its log says more)"

log = logging.getLogger(__name__)


class Front:
    """Tells the requests apart. ``hosts`` are the names under which this server may be called."""

    def __init__(
        self,
        engine: Engine,
        protocol: Protocol,
        others: Callable[[Environ, Any], Iterable[bytes]],
        health: Callable[[], Json],
        hosts: set[str],
    ) -> None:
        self._engine = engine
        self._protocol = protocol
        self._others = others
        self._health = health
        self._hosts = hosts

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        path = str(environ["PATH_INFO"])
        service, region = service_of(environ)
        own = path.startswith("/_awa/")
        call = None
        if own or service in {"batch", ""}:
            # Encoded slashes matter in S3 keys only; an ARN in a path is meant decoded.
            call = self._protocol.route(
                environ["REQUEST_METHOD"], unquote(path.encode("latin-1").decode("utf-8", "replace"))
            )
        if not own and service != "batch" and call is None:
            return self._others(environ, start_response)
        if trouble := self._foreign(environ):
            return _reply(start_response, 403, {"message": trouble})
        try:
            if own:
                return _reply(start_response, 200, self._own(environ, path))
            if call is None:
                raise Refusal(
                    f"Unable to determine service/operation name to be authorized: {path}",
                    code="UnknownOperationException",
                    status=404,
                )
            asked = self._protocol.read(call, environ.get("QUERY_STRING", ""), environ["wsgi.input"].read())
            function = OPERATIONS.get(call.operation)
            if function is None:
                raise Refusal(
                    f"{call.operation} is not there in the local AWS Batch (docs/local-batch.md says what is)."
                )
            with self._engine.lock:
                answer = function(self._engine, self._engine.region(region or DEFAULT_REGION), asked)
                # Objects may change as soon as the lock is gone, so the answer is written under it.
                body = self._protocol.write(call.operation, answer)
            _note(call.operation, asked)
            return _reply(start_response, 200, body)
        except Refusal as refusal:
            return _reply(start_response, refusal.status, {"message": refusal.message}, refusal.code)
        except Exception:
            log.exception("%s failed", call.operation if call else path)
            message = f"{_INTERNAL}, RequestId: {uuid.uuid4()}"
            return _reply(start_response, 500, {"message": message}, "ServerException")

    def _foreign(self, environ: Environ) -> str | None:
        """Refuse what a page in a browser could send: with the process runner a job is a command on this machine."""
        host = str(environ.get("HTTP_HOST", "")).rsplit(":", 1)[0].strip("[]").lower()
        if environ.get("HTTP_ORIGIN") or environ.get("HTTP_SEC_FETCH_SITE"):
            return "The local AWS Batch answers no requests from browsers."
        if host and host not in self._hosts:
            return f"The local AWS Batch does not answer to the host name {host}."
        return None

    def _own(self, environ: Environ, path: str) -> Json:
        method = environ["REQUEST_METHOD"]
        if (method, path) == ("GET", "/_awa/health"):
            return self._health()
        if (method, path) == ("POST", "/_awa/reclaim"):
            return self._reclaim(environ["wsgi.input"].read())
        if (method, path) == ("POST", "/_awa/capacity"):
            return self._capacity(environ["wsgi.input"].read())
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
        with self._engine.lock:
            found = [
                one
                for region in self._engine.regions.values()
                for one in region.environments.values()
                if name in {one.name, one.arn}
            ]
            if not found:
                raise Refusal(f"Compute environment {name} not found", code="NotFound", status=404)
            for one in found:
                one.starved = not available
            self._engine.wake()
        return {"computeEnvironment": name, "available": available}

    def _reclaim(self, body: bytes) -> Json:
        """Take the host of a running job away, as EC2 Spot and Fargate Spot do. Body: ``{"jobId": …}``."""
        try:
            job_id = str(json.loads(body)["jobId"])
        except (ValueError, KeyError, TypeError):
            raise Refusal('The body must be {"jobId": "…"}', code="ValidationException") from None
        with self._engine.lock:
            job = self._engine.find(job_id)
            if job is None:
                raise Refusal(f"Job {job_id} not found", code="NotFound", status=404)
            jobs = [child for child in job.children or () if child.status in {"STARTING", "RUNNING"}] or [job]
            taken = [one.id for one in jobs if self._engine.reclaim(one)]
        if not taken:
            raise Refusal(
                f"Job {job_id} is {job.status}: only a STARTING or RUNNING job has a host to reclaim",
                code="Conflict",
                status=409,
            )
        return {"reclaimed": taken}


_OBJECTS = ("ComputeEnvironment", "JobQueue", "JobDefinition", "SchedulingPolicy")


def _note(operation: str, asked: Json) -> None:
    """Log each change of an environment, queue, definition or policy in the order they came: a deploy's own story."""
    if not operation.startswith(("Describe", "List")) and operation.endswith(_OBJECTS):
        names = ("computeEnvironmentName", "computeEnvironment", "jobQueueName", "jobQueue", "jobDefinitionName",
                 "jobDefinition", "name", "arn")  # fmt: skip
        log.info("%s %s", operation, next((str(asked[name]) for name in names if name in asked), ""))


_WORDS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
}


def _reply(start_response: Any, status: int, body: Json | bytes, code: str | None = None) -> list[bytes]:
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid.uuid4()))]
    if code:
        headers.append(("x-amzn-ErrorType", code))
    start_response(f"{status} {_WORDS.get(status, 'Error')}", headers)
    return [body if isinstance(body, bytes) else json.dumps(body).encode()]
