"""Why a job failed: what AWS says of it, in the order of what tells most."""

from __future__ import annotations

from awa_batch.errors import UsageError
from awa_batch.explain.blocked import blocked_reason
from awa_batch.explain.detail import dependencies_of, exit_code_of, index_of, is_fargate, memory_of, reason_of, vcpu_of
from awa_batch.explain.exits import exit_text, meaning
from awa_batch.explain.model import Answer, Finding
from awa_batch.explain.start import start_failure
from awa_batch.limits.fargate import next_fargate_size

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


def failure(detail: Answer) -> Finding:
    """Return why a FAILED job (no array's parent) failed."""
    said = str(detail.get("statusReason") or "")
    reason = reason_of(detail)
    code = exit_code_of(detail)
    evidence = tuple(dict.fromkeys(text for text in (said, reason) if text))
    found = (
        _by_whom(detail, said)
        or _by_batch(detail, said)
        or _by_memory(detail, reason)
        or start_failure(reason or said, retry_command(detail))
        or start_failure(said, retry_command(detail))
        or _by_limits(f"{said} {reason}")
        or _by_exit(detail, code)
        or Finding(
            "UNKNOWN_CAUSE",
            "AWS says no more than this." if evidence else "AWS does not say why.",
            next=(f"awa-batch logs {detail['jobId']}", retry_command(detail)),
        )
    )
    return Finding(found.verdict, found.what, evidence, found.next)


def retry_command(detail: Answer, *more: str) -> str:
    """Return the command that submits the job again."""
    return " ".join(("awa-batch retry", str(detail["jobId"]), *more))


def _by_whom(detail: Answer, said: str) -> Finding | None:
    """Tell a job that was cancelled or terminated: who did it stands in the reason that they gave."""
    if said.startswith("Canceled by JobStateTimeLimit action"):
        cause = said.partition("reason:")[2].strip()
        why = blocked_reason(cause)
        what = "The queue gave it up: it was RUNNABLE for longer than job_state_time_limit_action allows"
        return Finding(
            "GIVEN_UP",
            f"{what}. {why.what}" if why else f"{what}.",
            next=(*(why.next if why else ()), retry_command(detail)),
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
            "If nobody you know did it, CloudTrail has the TerminateJob or CancelJob call with its user.",
            retry_command(detail),
        ),
    )


def _by_batch(detail: Answer, said: str) -> Finding | None:
    small = said.lower()
    if small.startswith("job attempt duration exceeded timeout"):
        seconds = (detail.get("timeout") or {}).get("attemptDurationSeconds")
        after = f" after {seconds} s" if seconds else ""
        longer = f"--timeout {2 * int(seconds)}" if seconds else "--timeout 2h"
        return Finding(
            "TIMED_OUT",
            f"It ran into its timeout{after} and was stopped; a timed-out attempt is not tried again.",
            next=(retry_command(detail, longer), "If it should have been faster, look at where its log stops."),
        )
    if small.startswith("dependent job"):
        ids = dependencies_of(detail)
        return Finding(
            "DEPENDENCY_FAILED",
            "A job that it depends on failed, so it never ran.",
            next=(
                *(f"awa-batch why {job_id}" for job_id in ids[:3]),
                "Retry that one first; then submit this one again, depending on the retry.",
            ),
        )
    if any(small.startswith(words) for words in _SPOT):
        return Finding(
            "SPOT_RECLAIMED",
            "AWS took the Spot capacity back while it ran, and it had no attempt left.",
            next=(
                retry_command(detail, "--attempts 5"),
                "Submit with --retry-on spot, save progress in on_sigterm, or use an on-demand queue: --queue.",
            ),
        )
    return None


def _by_memory(detail: Answer, reason: str) -> Finding | None:
    if not reason.lower().startswith("outofmemory"):
        return None
    memory = memory_of(detail)
    had = f" of {memory} MiB" if memory else ""
    steps = [retry_command(detail, "--memory x2")]
    if is_fargate(detail) and memory:
        try:
            vcpu, more = next_fargate_size(vcpu_of(detail), 2 * memory)
            steps.append(f"On Fargate that is {vcpu:g} vCPU with {more} MiB.")
        except UsageError:
            steps = ["Fargate has no size with twice as much: submit it to EC2, or let it need less at a time."]
    return Finding("OUT_OF_MEMORY", f"It needed more than its memory{had}, and was killed.", next=tuple(steps))


def _by_limits(said: str) -> Finding | None:
    small = said.lower()
    if "container overrides length" in small or ("overrides" in small and "8192" in small):
        return Finding(
            "OVERRIDES_TOO_LARGE",
            "Command and variables together were larger than the 8192 characters that ECS takes.",
            next=("Submit it with awa-batch: --config puts a large configuration into S3 by itself.",),
        )
    if "too many tags" in small or ("tags" in small and "exceed" in small):
        return Finding(
            "TOO_MANY_TAGS",
            "With the propagated ones it had more than 50 tags.",
            next=("Submit it with fewer tags.",),
        )
    return None


def _by_exit(detail: Answer, code: int | None) -> Finding | None:
    if code is None or code == 0:
        return None
    means = meaning(code)
    steps = [f"awa-batch logs {detail['jobId']}"]
    if code == 137:
        steps.insert(0, retry_command(detail, "--memory x2"))
    else:
        steps.append(retry_command(detail))
    index = index_of(detail)
    if index is not None:
        steps.append(f"On a laptop: AWS_BATCH_JOB_ARRAY_INDEX={index} with the same command.")
    return Finding(
        "KILLED" if code == 137 else "EXIT_CODE",
        f"Its container ended with {exit_text(code)}" + (f": {means}." if means else "."),
        next=tuple(steps),
    )
