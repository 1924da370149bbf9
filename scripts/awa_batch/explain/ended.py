"""Why a job failed: what AWS says of it, in the order of what tells most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from awa_batch.batch.resources import memory_of, vcpu_of
from awa_batch.duration import duration_text
from awa_batch.errors import UsageError
from awa_batch.explain.blocked import blocked_reason
from awa_batch.explain.detail import dependencies_of, exit_code_of, is_fargate, reason_of, said_of
from awa_batch.explain.exits import exit_text, meaning
from awa_batch.explain.model import Finding
from awa_batch.explain.start import start_failure
from awa_batch.limits.fargate import next_fargate_size
from awa_batch.text import Command, Field, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

_BATCHES_OWN = (
    "Job attempt duration",
    "Dependent Job",
    "Array Child",
    "Essential container",
    "Host EC2",
    "Your Spot Task",
    "Task failed to start",
)
_SPOT = ("host ec2", "your spot task")

MORE_MEMORY = Field("memory", "x2")
"""What helps a job that needed more memory than it had."""


def failure(detail: JobDetailTypeDef) -> Finding:
    """Return why a FAILED job (no array's parent) failed."""
    said = str(detail.get("statusReason") or "")
    reason = reason_of(detail)
    code = exit_code_of(detail)
    evidence = said_of(detail)
    found = (
        _by_whom(detail, said)
        or _by_batch(detail, said)
        or _by_memory(detail, reason)
        or _by_limits(f"{said} {reason}")
        or next(filter(None, (start_failure(text, retry_step(detail)) for text in (reason, *evidence))), None)
        or _by_exit(detail, code)
        or Finding(
            "UNKNOWN_CAUSE",
            "AWS says no more than this." if evidence else "AWS does not say why.",
            next=((Command("logs", detail["jobId"]),), retry_step(detail)),
        )
    )
    return replace(found, evidence=evidence)


def retry_step(detail: JobDetailTypeDef, *more: Field) -> Text:
    """Return the command that submits the job again."""
    return (Command("retry", detail["jobId"], *more),)


def _by_whom(detail: JobDetailTypeDef, said: str) -> Finding | None:
    """Tell a job that was cancelled or terminated: who did it stands in the reason that they gave."""
    if said.startswith(("Canceled by JobStateTimeLimit action", "Terminated by JobStateTimeLimit action")):
        cause = said.partition("reason:")[2].strip()
        why = blocked_reason(cause)
        what = "The queue gave it up: it was RUNNABLE for longer than job_state_time_limit_action allows"
        return Finding(
            "GIVEN_UP",
            f"{what}. {why.what}" if why else f"{what}.",
            next=(*(why.next if why else ()), retry_step(detail)),
        )
    if not (detail.get("isCancelled") or detail.get("isTerminated") or said.startswith("Cancelled by ")):
        return None
    if said.startswith(_BATCHES_OWN):  # a cancel that came too late changes nothing
        return None
    if said.startswith("Cancelled by "):
        what = f"It was {said[0].lower()}{said[1:]}."
    else:
        verb = "cancelled before it started" if detail.get("isCancelled") else "terminated"
        what = f"It was {verb}, with the reason {said!r}." if said else f"It was {verb}."
    return Finding(
        "CANCELLED",
        what,
        next=(
            ("If nobody you know did it, CloudTrail has the TerminateJob or CancelJob call with its user.",),
            retry_step(detail),
        ),
    )


def _by_batch(detail: JobDetailTypeDef, said: str) -> Finding | None:
    small = said.lower()
    if small.startswith("job attempt duration exceeded timeout"):
        seconds = (detail.get("timeout") or {}).get("attemptDurationSeconds")
        after = f" after {duration_text(seconds)}" if seconds else ""
        longer = Field("timeout", 2 * int(seconds) if seconds else "2h")
        return Finding(
            "TIMED_OUT",
            f"It ran into its timeout{after} and was stopped; a timed-out attempt is not tried again.",
            next=(retry_step(detail, longer), ("If it should have been faster, look at where its log stops.",)),
            worth_retry=False,
        )
    if small.startswith("dependent job"):
        ids = dependencies_of(detail)
        return Finding(
            "DEPENDENCY_FAILED",
            "A job that it depends on failed, so it never ran.",
            next=(
                *((Command("why", job_id),) for job_id in ids[:3]),
                ("Retry that one first; then submit this one again, depending on the retry.",),
            ),
        )
    if any(small.startswith(words) for words in _SPOT):
        return Finding(
            "SPOT_RECLAIMED",
            "AWS took the Spot capacity back while it ran, and it had no attempt left.",
            next=(
                retry_step(detail, Field("attempts", 5)),
                (
                    "Submit with ",
                    Field("retry_on", "spot"),
                    ", save progress in on_sigterm, or use an on-demand queue: ",
                    Field("queue"),
                    ".",
                ),
            ),
            worth_retry=True,
        )
    return None


def _by_memory(detail: JobDetailTypeDef, reason: str) -> Finding | None:
    if not reason.lower().startswith("outofmemory"):
        return None
    container = detail.get("container") or {}
    memory = memory_of(container)
    had = f" of {memory} MiB" if memory else ""
    steps: list[Text] = [retry_step(detail, MORE_MEMORY)]
    if is_fargate(detail) and memory:
        try:
            vcpu, more = next_fargate_size(vcpu_of(container) or 0.0, 2 * memory)
            steps.append((f"On Fargate that is {vcpu:g} vCPU with {more} MiB.",))
        except UsageError:
            steps = [("Fargate has no size with twice as much: submit it to EC2, or let it need less at a time.",)]
    return Finding(
        "OUT_OF_MEMORY", f"It needed more than its memory{had}, and was killed.", next=tuple(steps), worth_retry=False
    )


def _by_limits(said: str) -> Finding | None:
    small = said.lower()
    if "container overrides length" in small or ("overrides" in small and "8192" in small):
        return Finding(
            "OVERRIDES_TOO_LARGE",
            "Command and variables together were larger than the 8192 characters that ECS takes.",
            next=(("Submit it with awa-batch: ", Field("config"), " puts a large configuration into S3 by itself."),),
            worth_retry=False,
        )
    if "too many tags" in small or ("tags" in small and "exceed" in small):
        return Finding(
            "TOO_MANY_TAGS",
            "With the propagated ones it had more than 50 tags.",
            next=(("Submit it with fewer tags.",),),
            worth_retry=False,
        )
    return None


def _by_exit(detail: JobDetailTypeDef, code: int | None) -> Finding | None:
    if code is None or code == 0:
        return None
    means = meaning(code)
    steps: list[Text] = [(Command("logs", detail["jobId"]),)]
    if code == 137:
        steps.insert(0, retry_step(detail, MORE_MEMORY))
    else:
        steps.append(retry_step(detail))
    return Finding(
        "KILLED" if code == 137 else "EXIT_CODE",
        f"Its container ended with {exit_text(code)}" + (f": {means}." if means else "."),
        next=tuple(steps),
    )
