"""EventBridge: Batch's own events, and those of PutEvents, delivered to the targets of moto's rules.

A target that is a job queue submits a job (Batch guide, "AWS Batch jobs as EventBridge targets").
"""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from local_batch.arns import ACCOUNT
from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.operations import event_targets
from local_batch.operations.describe_jobs import detail_of
from local_batch.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from local_batch.scheduler.job import Job
    from local_batch.services.moto_gate import MotoGate


log = logging.getLogger(__name__)

STATE_CHANGE = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"


class Target(NamedTuple):
    """A target, as PutTargets was given it, with its rule's ARN."""

    rule: str
    given: Json


class _Waiting(NamedTuple):
    """An event, written out; ``target`` is None of one whose rules are still to be looked for."""

    time_of: int
    region: str
    text: str
    target: Target | None = None


class Events:
    """Takes jobs' changes with the scheduler's lock held and delivers them from a thread of its own, in their order."""

    def __init__(self, gate: MotoGate) -> None:
        self._gate = gate
        self.submit: Callable[[str, Json], Json] = _no_submission
        """Submits a job from members in Pascal case, in a region. Raises Refusal."""
        self._submissions = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs of events")
        # Apart from the thread below, which a reset waits for: a submission waits for the reset.
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._delivering = threading.Lock()
        self._forgotten = 0
        """How many times all events were forgotten. One that waits carries the number of its own time."""
        threading.Thread(target=self._deliver_all, name="events", daemon=True).start()

    def changed(self, job: Job) -> None:
        """Tell of a job's change of state."""
        self._put(job, STATE_CHANGE, [job.arn])

    def blocked(self, job: Job) -> None:
        """Tell that a queue is blocked by the job at its head."""
        self._put(job, QUEUE_BLOCKED, [job.arn, job.submission.queue.arn])

    def _put(self, job: Job, kind: str, resources: list[str]) -> None:
        submission = job.submission
        region = submission.queue.region
        patterns = self._gate.event_patterns(region)
        if not patterns:
            return
        head = {"detail-type": kind, "source": "aws.batch", "account": ACCOUNT, "region": region}
        named = {
            "status": job.status,
            "jobName": submission.name,
            "jobId": job.id,
            "jobQueue": submission.queue.arn,
            "jobDefinition": submission.definition.arn,
        }
        if not any(may_match(pattern, {**head, "detail": named}) for pattern in patterns):
            return
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **head,
            "resources": resources,
            "detail": {name: value for name, value in detail_of(job).items() if value is not None},
        }
        # Written out now: the job goes on changing.
        self._waiting.put(_Waiting(self._forgotten, region, json.dumps(event)))

    def matched(self, region: str, rule: str, target: Json, event: Json) -> None:
        """Take an event of PutEvents for one target of a rule that it matches."""
        self._waiting.put(_Waiting(self._forgotten, region, json.dumps(event), Target(rule, target)))

    def scheduled(self, region: str, name: str, due: datetime) -> None:
        """Tell the targets of a rule that its schedule is due.

        The event is that of EventBridge's guide, "Creating an Amazon EventBridge rule that runs on a schedule".
        """
        with self._gate.backend("events", region) as events:
            rule = events.event_buses["default"].rules.get(name)
            found = [Target(rule.arn, dict(target)) for target in rule.targets] if rule is not None else []
        for target in found:
            event = {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT,
                "time": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": region,
                "resources": [target.rule],
                "detail": {},
            }
            self._waiting.put(_Waiting(self._forgotten, region, json.dumps(event), target))

    def forget(self) -> None:
        """Deliver nothing of what waits; returns when nothing is on its way."""
        with self._delivering:
            self._forgotten += 1

    def _deliver_all(self) -> None:
        while True:
            waiting = self._waiting.get()
            event: Json = json.loads(waiting.text)
            try:
                with self._delivering:
                    if waiting.time_of == self._forgotten:
                        found = [waiting.target] if waiting.target else self._targets(waiting.region, event)
                        for target in found:
                            self._deliver(waiting.region, target, event)
            except Exception:
                log.exception("the event %s could not be delivered", event["id"])

    def _targets(self, region: str, event: Json) -> list[Target]:
        """Return the targets of the default bus's enabled rules that match."""
        with self._gate.backend("events", region) as events:
            rules = list(events.event_buses["default"].rules.values())
            return [
                Target(rule.arn, dict(target))
                for rule in rules
                if rule.state.startswith("ENABLED")
                and rule.event_pattern.get_pattern()  # a rule with a schedule alone takes no events
                and rule.event_pattern.matches_event(event)
                for target in rule.targets
            ]

    def _deliver(self, region: str, target: Target, event: Json) -> None:
        text = shaped(target.given, event)
        if event_targets.is_queue(target.given["Arn"]):
            self._submissions.submit(self._submit, self._forgotten, region, target, text)
            return
        try:
            self._send(region, str(target.given["Arn"]), text, target.given)
        except Exception as error:
            self._give_up(region, target, text, type(error).__name__, str(error))

    def _submit(self, time_of: int, region: str, target: Target, text: str) -> None:
        """Submit the job of a target that is a job queue, in a thread of its own."""
        if time_of != self._forgotten:
            return
        try:
            job = self.submit(region, event_targets.submission(target.given, text))
            log.info("%s: job %s", target.rule, job["jobId"])
        except Refusal as refusal:
            self._give_up(region, target, text, refusal.code, refusal.message)
        except Exception as error:
            log.exception("%s submits no job", target.rule)
            self._give_up(region, target, text, "InternalException", type(error).__name__)

    def _give_up(self, region: str, target: Target, text: str, code: str, message: str) -> None:
        """Put what a target did not take into its dead-letter queue, with the attributes of EventBridge's guide.

        They are in "Using dead-letter queues to process undelivered events in EventBridge".
        """
        arn = str(target.given["Arn"])
        dead = (target.given.get("DeadLetterConfig") or {}).get("Arn")
        if dead is None:
            log.warning("an event of %s does not reach %s: %s: %s", target.rule, arn, code, message)
            return
        values = {"RULE_ARN": target.rule, "TARGET_ARN": arn, "ERROR_CODE": code, "ERROR_MESSAGE": message or code}
        attributes: Json = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
        try:
            with self._gate.backend("sqs", dead.split(":")[3] or region) as sqs:
                sqs.send_message(queue_name=dead.rsplit(":", 1)[1], message_body=text, message_attributes=attributes)
        except Exception as error:
            log.warning("the dead-letter queue %s takes nothing: %s", dead, error)

    def _send(self, region: str, arn: str, text: str, target: Json) -> None:
        service, place = arn.split(":")[2], arn.split(":")[3] or region
        if service == "sns":
            with self._gate.backend("sns", place) as sns:
                sns.publish(text, arn)
        elif service == "sqs":
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            with self._gate.backend("sqs", place) as sqs:
                sqs.send_message(queue_name=arn.rsplit(":", 1)[1], message_body=text, group_id=group)
        elif service == "logs":
            group = arn.split(":log-group:", 1)[1].removesuffix(":*")
            stream = str(uuid.uuid4())
            with self._gate.backend("logs", place) as logs:
                logs.create_log_stream(group, stream)
                logs.put_log_events(group, stream, [{"timestamp": now_ms(), "message": text}])
        else:
            raise NotImplementedError(f"targets of {service} are not there in the local AWS")


def _no_submission(region: str, _asked: Json) -> Json:
    raise Refusal(f"No jobs are submitted in {region} yet.")


def may_match(pattern: Json, known: Json) -> bool:
    """Say whether a pattern may match an event of which some members are known, all of them texts: never wrongly no.

    Only lists of texts are looked at; what else a pattern may say is looked at with the whole event.
    """
    for name, value in known.items():
        wanted = pattern.get(name)
        if isinstance(value, dict):
            if isinstance(wanted, dict) and not may_match(wanted, value):
                return False
        elif isinstance(wanted, list) and value not in wanted and all(isinstance(one, str) for one in wanted):
            return False
    return True


def shaped(target: Json, event: Json) -> str:
    """Return what a target gets: the event, or its Input, InputPath or InputTransformer."""
    if (fixed := target.get("Input")) is not None:
        return str(fixed)
    if path := target.get("InputPath"):
        return json.dumps(_at(path, event))
    transformer = target.get("InputTransformer") or {}
    template = transformer.get("InputTemplate")
    if template is None:
        return json.dumps(event)
    values = {name: _at(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {"aws.events.event.json": event, "aws.events.event": event}
    return _filled(template, values)


_PLACE = re.compile(r"<([^<>\s]+)>|(\\.)|(\")", re.DOTALL)


def _filled(template: str, values: Json) -> str:
    """Fill ``<name>`` in: as JSON where it stands alone, as text inside a JSON string."""
    inside = False

    def fill(found: re.Match[str]) -> str:
        nonlocal inside
        if found[3]:
            inside = not inside
        if not found[1] or found[1] not in values:
            return found[0]
        value = values[found[1]]
        if not inside:
            return json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(text)[1:-1]

    return _PLACE.sub(fill, template)


def _at(path: str, event: Json) -> Any:
    """Return what a JSON path such as ``$.detail.container.exitCode`` means; None where there is nothing."""
    found: Any = event
    for part in re.findall(r"[^.\[\]$]+", path):
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict):
            found = found.get(part.strip("'\""))
        else:
            return None
    return found
