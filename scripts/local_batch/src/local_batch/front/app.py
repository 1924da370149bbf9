"""The WSGI application in front: Batch and the server's own calls are answered here, everything else goes to moto."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_batch.arns import DEFAULT_REGION
from local_batch.front.bodies import DEPTH, is_no_object, is_too_deep
from local_batch.front.control import PREFIX, Control
from local_batch.json_object import Json
from local_batch.operations.table import OPERATIONS
from local_batch.refusals import Refusal
from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.front.gate import Gate
    from local_batch.front.protocol import Protocol
    from local_batch.scheduler.scheduler import Scheduler

Environ = dict[str, Any]

_INTERNAL = "Error executing request, Exception : internal error of the local AWS Batch (its log says more)"

log = logging.getLogger(__name__)


class Front:
    """Tells the requests apart that ``gate`` lets through."""

    def __init__(
        self,
        scheduler: Scheduler,
        protocol: Protocol,
        others: Callable[[Environ, Any], Iterable[bytes]],
        health: Callable[[], Json],
        gate: Gate,
    ) -> None:
        self._scheduler = scheduler
        self._protocol = protocol
        self._others = others
        self._control = Control(scheduler, health)
        self._gate = gate

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if (refused := self._gate.refusal(environ)) is not None:
            return refused.send(start_response)
        if is_too_deep(environ):
            message = f"The JSON of the request is nested deeper than {DEPTH} levels."
            return _reply(start_response, 400, {"message": message}, "SerializationException")
        if is_no_object(environ):
            message = "The body of the request is not a JSON object."
            return _reply(start_response, 400, {"message": message}, "SerializationException")
        path = str(environ["PATH_INFO"])
        _, service, region = signature_of(environ)
        own = path.startswith(PREFIX)
        call = None
        if own or service in {"batch", ""}:
            # Encoded slashes matter in S3 keys only; an ARN in a path is meant decoded.
            call = self._protocol.route(
                environ["REQUEST_METHOD"], unquote(path.encode("latin-1").decode("utf-8", "replace"))
            )
        if not own and service != "batch" and call is None:
            return self._moto(environ, start_response)
        try:
            if own:
                answer = self._control.answer(environ["REQUEST_METHOD"], path, environ["wsgi.input"].read())
                return _reply(start_response, 200, answer)
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
                    f"{call.operation} is not there in the local AWS Batch (its list of conformance says what is)."
                )
            with self._scheduler.lock:
                answer = function(self._scheduler, self._scheduler.memory.region(region or DEFAULT_REGION), asked)
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

    def _moto(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Let moto answer. What it raises would end the connection, and a client would try again and again."""
        try:
            return self._others(environ, start_response)
        except NotImplementedError as error:  # an operation that it, or AWS, does not have
            message = str(error) or "moto, which stands in for this service, has no such operation."
            return _reply(start_response, 400, {"message": message}, "UnknownOperationException")
        except Exception:
            log.exception("%s %s failed in moto", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            message = f"Internal error of moto, which stands in for this service, RequestId: {uuid.uuid4()}"
            return _reply(start_response, 500, {"message": message}, "InternalFailure")


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
