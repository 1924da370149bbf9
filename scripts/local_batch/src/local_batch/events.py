"""EventBridge: "Batch Job State Change" and "Batch Job Queue Blocked", delivered to the targets of moto's rules."""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from local_batch.arns import ACCOUNT
from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.operations.describe_jobs import detail_of

if TYPE_CHECKING:
    from local_batch.scheduler.job import Job
    from local_batch.services.moto_gate import MotoGate


log = logging.getLogger(__name__)

STATE_CHANGE = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"


class Events:
    """Takes jobs' changes with the scheduler's lock held and delivers them from a thread of its own, in their order."""

    def __init__(self, gate: MotoGate) -> None:
        self._gate = gate
        self._waiting: queue.SimpleQueue[tuple[str, Json]] = queue.SimpleQueue()
        threading.Thread(target=self._deliver_all, name="events", daemon=True).start()

    def changed(self, job: Job) -> None:
        """Tell of a job's change of state."""
        self._put(job, STATE_CHANGE, [job.arn])

    def blocked(self, job: Job) -> None:
        """Tell that a queue is blocked by the job at its head."""
        self._put(job, QUEUE_BLOCKED, [job.arn, job.submission.queue.arn])

    def _put(self, job: Job, kind: str, resources: list[str]) -> None:
        region = job.submission.queue.region
        if not self._gate.has_rules(region):
            return
        # Written out now: the job goes on changing.
        detail = json.loads(json.dumps(detail_of(job)))
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": kind,
            "source": "aws.batch",
            "account": ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "region": region,
            "resources": resources,
            "detail": {name: value for name, value in detail.items() if value is not None},
        }
        self._waiting.put((region, event))

    def _deliver_all(self) -> None:
        while True:
            region, event = self._waiting.get()
            try:
                for target in self._targets(region, event):
                    self._deliver(region, target, event)
            except Exception:
                log.exception("an event of %s could not be delivered", event["resources"])

    def _targets(self, region: str, event: Json) -> list[Json]:
        """Return the targets of the default bus's enabled rules that match."""
        with self._gate.backend("events", region) as events:
            rules = list(events.event_buses["default"].rules.values())
            return [
                dict(target)
                for rule in rules
                if rule.state.startswith("ENABLED") and rule.event_pattern.matches_event(event)
                for target in rule.targets
            ]

    def _deliver(self, region: str, target: Json, event: Json) -> None:
        text = shaped(target, event)
        try:
            self._send(region, str(target["Arn"]), text, target)
        except Exception as error:
            dead = (target.get("DeadLetterConfig") or {}).get("Arn")
            if dead is None:
                log.warning("event %s does not reach %s: %s", event["id"], target["Arn"], error)
                return
            self._send(region, dead, text, {})

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
