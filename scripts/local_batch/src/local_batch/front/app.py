"""The WSGI application in front: Batch and the server's own calls are answered here, everything else goes to moto."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from eventbridge_schedules import member_names
from local_batch.arns import DEFAULT_REGION
from local_batch.front.bodies import DEPTH, is_no_object, is_too_deep
from local_batch.front.control import PREFIX, Control
from local_batch.front.error_formats import Words
from local_batch.front.error_formats import answer as error_answer
from local_batch.front.not_served import not_served
from local_batch.front.others import Pages, ask, together
from local_batch.front.protocol import Call
from local_batch.front.turnstile import Turnstile
from local_batch.json_object import Json
from local_batch.operations import ecs_clusters, event_targets
from local_batch.operations.compute_environments import check_launch_template
from local_batch.operations.table import OPERATIONS
from local_batch.refusals import Refusal
from local_batch.rules import calls as rules
from local_batch.services.moto_gate import NotServedError, is_long_poll
from local_batch.services.signatures import signature_of
from local_batch.services.upstream import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.front.gate import Gate
    from local_batch.front.protocol import Protocol
    from local_batch.front.schedule_calls import ScheduleCalls
    from local_batch.scheduler.scheduler import Scheduler
    from local_batch.task_metadata import TaskMetadata

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
        schedule_calls: ScheduleCalls,
        task_metadata: TaskMetadata,
    ) -> None:
        self._task_metadata = task_metadata
        self._schedule_calls = schedule_calls
        self.on_schedules: Callable[[str], None] = lambda _region: None
        """Told of each region whose schedules may have changed."""
        self._scheduler = scheduler
        self._protocol = protocol
        self._others = others
        self.control = Control(scheduler, health)
        self.turnstile = Turnstile()
        """Everything but the server's own calls goes through it, and a reset alone."""
        self._gate = gate

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        of_task = self._task_metadata.find(environ["REQUEST_METHOD"], str(environ["PATH_INFO"]))
        if (refused := self._gate.refusal(environ, of_task=of_task is not None)) is not None:
            return refused.send(start_response)
        if of_task is not None:
            return _reply(start_response, 200, json.dumps(of_task()).encode())
        if is_too_deep(environ):
            message = f"The JSON of the request is nested deeper than {DEPTH} levels."
            return _reply(start_response, 400, {"message": message}, "SerializationException")
        if is_no_object(environ):
            message = "The body of the request is not a JSON object."
            return _reply(start_response, 400, {"message": message}, "SerializationException")
        # The server's own calls do not wait for a reset, and are not waited for by it, nor is who waits for a message.
        if str(environ["PATH_INFO"]).startswith(PREFIX) or is_long_poll(environ):
            return self._answer(environ, start_response)
        with self.turnstile.through():
            return self._answer(environ, start_response)

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
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
            if service == "scheduler" and environ["REQUEST_METHOD"] != "GET":
                return self._schedules(environ, start_response, region or DEFAULT_REGION)
            if service == "events":
                return self._events(environ, start_response, region or DEFAULT_REGION)
            if service == "cloudformation":
                return self._stacks(environ, start_response, region or DEFAULT_REGION)
            if service == "ecs":
                return self._ecs(environ, start_response, region or DEFAULT_REGION)
            return self._moto(environ, start_response)
        try:
            if own:
                answer = self.control.answer(environ["REQUEST_METHOD"], path, environ["wsgi.input"].read())
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
            check_launch_template(self._scheduler, region or DEFAULT_REGION, call.operation, asked)
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

    def submit(self, region: str, asked: Json) -> Json:
        """Submit a job as the target of a schedule or a rule does, whose members are in Pascal case. Raises Refusal."""
        members = member_names(self._protocol.input_shape("SubmitJob"), asked)
        checked = self._protocol.read(Call("SubmitJob", {}), "", json.dumps(members).encode())
        with self.turnstile.through(), self._scheduler.lock:
            return OPERATIONS["SubmitJob"](self._scheduler, self._scheduler.memory.region(region), checked)

    def call(self, region: str, operation: str, asked: Json) -> Json:
        """Call an operation of Batch within a request to another service. Raises Refusal."""
        checked = self._protocol.read(Call(operation, {}), "", json.dumps(asked).encode())
        check_launch_template(self._scheduler, region, operation, checked)
        with self._scheduler.lock:
            answer = OPERATIONS[operation](self._scheduler, self._scheduler.memory.region(region), checked)
            found: Json = json.loads(self._protocol.write(operation, answer))
        _note(operation, checked)
        return found

    def _schedules(self, environ: Environ, start_response: Any, region: str) -> Iterable[bytes]:
        """Let moto make, change or delete a schedule that AWS would take."""
        try:
            self._schedule_calls.check(environ, region)
        except Refusal as refusal:
            return _reply(start_response, refusal.status, {"Message": refusal.message}, refusal.code)
        answer = self._moto(environ, start_response)
        self.on_schedules(region)
        return answer

    def _events(self, environ: Environ, start_response: Any, region: str) -> Iterable[bytes]:
        """Let moto keep rules, with the targets that AWS would take."""
        operation, asked = _asked(environ, event_targets.TARGET)
        check = {"PutTargets": event_targets.check, "PutRule": event_targets.check_rule}.get(operation)
        if check is not None and asked is not None:
            try:
                check(asked)
            except Refusal as refusal:
                return _refused(start_response, refusal)
        answer = self._moto(environ, start_response)
        if operation in {"PutRule", "DeleteRule", "EnableRule", "DisableRule"}:
            self.on_schedules(region)
        return answer

    def _stacks(self, environ: Environ, start_response: Any, region: str) -> Iterable[bytes]:
        """Let moto make, change or delete stacks, which may have rules with schedules."""
        answer = self._moto(environ, start_response)
        self.on_schedules(region)
        return answer

    def _ecs(self, environ: Environ, start_response: Any, region: str) -> Iterable[bytes]:
        """Answer what is asked of Batch's clusters, tasks and task definitions; let moto answer the rest."""
        operation, asked = _asked(environ, ecs_clusters.TARGET)
        if asked is None:
            return self._moto(environ, start_response)
        try:
            with self._scheduler.lock:
                place = self._scheduler, self._scheduler.memory.region(region), operation, asked
                said = ecs_clusters.answer(*place, self._task_metadata.containers)
                listed = ecs_clusters.owned(*place)
            if said is not None:
                return _reply(start_response, 200, said)
            if listed is not None:
                pages = Pages(listed[0], "maxResults", rules.DESCRIBED_OBJECTS, "nextToken", "nextToken")
                return together(listed[1], pages, asked, lambda rest: ask(self._moto, environ, rest)).send(
                    start_response
                )
        except Refusal as refusal:
            return _refused(start_response, refusal)
        return self._moto(environ, start_response)

    def _moto(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Let moto answer. What it raises would end the connection, and a client would try again and again."""
        try:
            return self._others(environ, start_response)
        except UpstreamError as error:
            words = Words.same("ServiceUnavailable", str(error))
            return error_answer(environ, words, "503 Service Unavailable").send(start_response)
        except (NotImplementedError, NotServedError) as error:  # what it, or AWS, does not have
            return not_served(environ, error).send(start_response)
        except Exception as error:
            log.exception("%s %s failed in moto", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return not_served(environ, error).send(start_response)


def _asked(environ: Environ, target: str) -> tuple[str, Json | None]:
    """Return the operation and the members of a request of JSON; None of what is no such request."""
    named = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if not named.startswith(target):
        return "", None
    body = environ["wsgi.input"]
    text = body.read()
    body.seek(0)
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return "", None  # moto says what is wrong with it
    return named.removeprefix(target), found if isinstance(found, dict) else None


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


def _refused(start_response: Any, refusal: Refusal) -> list[bytes]:
    """Refuse as services of the JSON protocol do: they name the error in the body (Smithy, "AWS JSON 1.1 protocol")."""
    body = {"__type": refusal.code, "message": refusal.message}
    return _reply(start_response, refusal.status, body, refusal.code)


def _reply(start_response: Any, status: int, body: Json | bytes, code: str | None = None) -> list[bytes]:
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid.uuid4()))]
    if code:
        headers.append(("x-amzn-ErrorType", code))
    start_response(f"{status} {_WORDS.get(status, 'Error')}", headers)
    return [body if isinstance(body, bytes) else json.dumps(body).encode()]
