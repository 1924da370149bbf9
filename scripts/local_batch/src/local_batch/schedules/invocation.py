"""One run of a schedule: its target is called, again where that may help, and what is given up is kept."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventbridge_schedules import filled
from local_batch.refusals import Refusal
from local_batch.rules import schedules as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.json_object import Json
    from local_batch.services.moto_gate import MotoGate

log = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Seconds between attempts, twice as long each time. AWS backs off exponentially, and says no numbers."""


@dataclass(frozen=True)
class Invocation:
    """A schedule's ARN, region and target, and the time it was due.

    ``submit`` submits a job: it gets the region and the target's input, and raises Refusal. ``wait`` waits for seconds
    of Batch's, and returns True where the server stops meanwhile.
    """

    gate: MotoGate
    submit: Callable[[str, Json], Json]
    wait: Callable[[float], bool]
    region: str
    arn: str
    target: Json
    due: datetime

    def run(self) -> None:
        """Call the target until it takes the call, refuses it for good, or retries are used up.

        "This attribute will be present if the error from the target API is a retryable error, and not a permanent
        error" (EventBridge Scheduler guide, "Configuring a dead-letter queue", EXHAUSTED_RETRY_CONDITION): a permanent
        error is not tried again.
        """
        policy = self.target.get("RetryPolicy") or {}
        retries = policy.get("MaximumRetryAttempts", rules.ATTEMPTS)
        age = policy.get("MaximumEventAgeInSeconds", rules.AGE)
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            execution_id = secrets.token_hex(8)
            text = self._input(execution_id, attempt)
            try:
                job = self._call(text)
                log.info("schedule %s due %s: job %s", self.arn, self.scheduled_time, job.get("jobId"))
                return
            except Refusal as error:
                refusal = error
            exhausted = None
            pause = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
            if is_passing(refusal):
                if attempt > retries:
                    exhausted = "MaximumRetryAttempts"
                elif waited + pause > age:
                    exhausted = "MaximumEventAgeInSeconds"
                else:
                    waited += pause
                    if self.wait(pause):
                        return
                    continue
            self._give_up(text, refusal, execution_id, attempt - 1, exhausted)
            return

    @property
    def scheduled_time(self) -> str:
        """The time it was due, as AWS writes it: 2022-03-22T18:59:43Z."""
        return self.due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _input(self, execution_id: str, attempt: int) -> str:
        return filled(
            str(self.target.get("Input") or "{}"),
            schedule_arn=self.arn,
            scheduled_time=self.scheduled_time,
            execution_id=execution_id,
            attempt=attempt,
        )

    def _call(self, text: str) -> Json:
        if not rules.SUBMIT_JOB.fullmatch(str(self.target["Arn"])):
            raise Refusal(f"The local AWS starts jobs by schedules, and does not call {self.target['Arn']}.")
        try:
            asked = json.loads(text)
        except ValueError as error:
            raise Refusal(f"The input is not JSON: {error}", code="ValidationException") from None
        try:
            return self.submit(self.region, asked)
        except Refusal:
            raise
        except Exception as error:
            log.exception("schedule %s", self.arn)
            message = "Unexpected error occurred while processing the request"
            raise Refusal(message, code="AWS.Scheduler.InternalServerError", status=500) from error

    def _give_up(self, text: str, refusal: Refusal, execution_id: str, retries: int, exhausted: str | None) -> None:
        """Put what was not taken into the dead-letter queue, with what the guide's example of such a message has."""
        said = f"schedule {self.arn} due {self.scheduled_time} started nothing: {refusal.code}: {refusal.message}"
        dead = (self.target.get("DeadLetterConfig") or {}).get("Arn")
        log.warning("%s%s", said, "" if dead else " (it has no dead-letter queue)")
        if not dead:
            return
        values = {
            "ERROR_CODE": refusal.code,
            "ERROR_MESSAGE": refusal.message,
            "EXECUTION_ID": execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": self.scheduled_time,
            "SCHEDULE_ARN": self.arn,
            "TARGET_ARN": str(self.target["Arn"]),
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
        }
        attributes: dict[str, Any] = {
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        }
        region, name = dead.split(":")[3], dead.rsplit(":", 1)[1]
        try:
            with self.gate.backend("sqs", region) as sqs:
                sqs.send_message(queue_name=name, message_body=text, message_attributes=attributes)
        except Exception as error:
            log.warning("the dead-letter queue %s takes nothing: %s", dead, error)


def is_passing(refusal: Refusal) -> bool:
    """Whether the same call may be taken later."""
    return refusal.status >= 500 or refusal.status == 429
