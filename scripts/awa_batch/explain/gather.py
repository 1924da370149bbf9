"""Ask AWS what an explanation needs, and put it together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from awa_batch.batch.definitions import describe_definitions
from awa_batch.batch.derived import derived_name
from awa_batch.batch.jobs import array_index, array_size, describe_jobs
from awa_batch.batch.memory import forgotten_words
from awa_batch.batch.revisions import newer_revision
from awa_batch.batch.submitted_code import submitted_code
from awa_batch.duration import duration_text
from awa_batch.errors import AwsError, NotThereError
from awa_batch.explain.detail import counts_of, dependencies_of, said_of, tries_of
from awa_batch.explain.ended import MORE_MEMORY, failure, retry_step
from awa_batch.explain.laptop import laptop_step
from awa_batch.explain.model import Explanation, Finding, Group
from awa_batch.explain.row import row_of
from awa_batch.explain.waiting import Queued, waiting
from awa_batch.images.contents import missing_job
from awa_batch.observe.follow import streams
from awa_batch.observe.job import TERMINAL, Job
from awa_batch.observe.log_reader import LogReader
from awa_batch.observe.queries import list_children
from awa_batch.observe.queue_state import queue_states
from awa_batch.text import Command, Field, Step, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef, JobDetailTypeDef

    from awa_batch.batch.clients import Clients

MOST_CHILDREN = 1_000
"""Failed children that are looked at one by one: ten calls."""


def explain(clients: Clients, job_id: str, *, log_lines: int = 10, now: float | None = None) -> Explanation:
    """Return why a job is as it is.

    ``log_lines`` is how much of the failing attempt's log is read (0: none); a log that cannot be read becomes a note.
    Makes a handful of calls that read. Raises UsageError for a job that AWS does not show, AwsError.
    """
    now = time.time() if now is None else now
    found = _describe(clients, [job_id])
    if not found:
        raise NotThereError(
            Field("job_id"),
            f": AWS Batch has no job {job_id}: it aged out, or never was; {forgotten_words(clients.batch)}.",
            fix=(
                "Check the id, the environment (", Field("env_name"), ") and ", Command("history"),
                "; its log may still be in CloudWatch.",
            ),
        )  # fmt: skip
    detail = found[0]
    if array_size(detail) is not None:
        explained = _array(clients, detail, log_lines, now)
    else:
        explained = _single(clients, detail, _finding(clients, detail, now), log_lines)
    if code := submitted_code(detail):
        told = f"code {code} that came with it ran in place of the image's"
        explained = replace(explained, evidence=(*explained.evidence, told))
    if derived := derived_name(detail["jobDefinition"]):
        told = f"the image {derived.digest} that it was given ran in place of that of {derived.base}:{derived.revision}"
        explained = replace(explained, evidence=(*explained.evidence, told))
    if detail["status"] != "FAILED":
        return explained
    return _with_newer(clients, detail, _with_missing(detail, explained))


LOGS_OF_CAUSES = 5
"""Causes of an array's failures of which the end of a log is read."""


def _with_row(clients: Clients, detail: JobDetailTypeDef, evidence: tuple[str, ...]) -> tuple[str, ...]:
    """Return the evidence and, of a failed job of `submit --each`, what its row was."""
    row = row_of(clients, detail) if detail["status"] == "FAILED" else ""
    return (*evidence, row) if row else evidence


def _on_a_laptop(clients: Clients, detail: JobDetailTypeDef) -> tuple[Text, ...]:
    step = laptop_step(detail, clients.contract.target) if detail["status"] == "FAILED" else None
    return () if step is None else (step,)


def _with_missing(detail: JobDetailTypeDef, explained: Explanation) -> Explanation:
    """Say that the image does not hold the job that the command names, where that is known here."""
    container = detail.get("container") or {}
    if submitted_code(detail):
        return explained  # it brought its jobs
    name = missing_job(container.get("image", ""), container.get("command") or ())
    if name is None:
        return explained
    what = f"The image that it ran does not hold the job {name}. {explained.what}"
    if derived_name(detail["jobDefinition"]):
        named: Text = ("Submit it on an image that holds the job, or with no ", Field("image"), " on the released one.")
        return replace(explained, verdict="JOB_NOT_IN_IMAGE", what=what, next=(named,), worth_retry=False)
    steps: tuple[Text, ...] = (
        (Step("up"), " puts it there; then:"),
        (Command("retry", detail["jobId"], Field("latest")),),
    )
    return replace(explained, verdict="JOB_NOT_IN_IMAGE", what=what, next=steps, worth_retry=False)


def _with_newer(clients: Clients, detail: JobDetailTypeDef, explained: Explanation) -> Explanation:
    """Say that a newer revision is there: the code may be corrected in it, and a plain retry runs the old one."""
    arn = detail["jobDefinition"]
    newer = newer_revision(clients.batch, arn, _own_revision(clients, arn))
    if newer is None:
        return explained
    steps: list[Text] = []
    for step in explained.next:
        command = step[0] if step and isinstance(step[0], Command) else None
        if command and command.words[:1] == ("retry",):
            steps.append((Command(*command.words, Field("latest")), *step[1:]))
        steps.append(step)
    return replace(explained, next=tuple(dict.fromkeys(steps)), newer=newer)


def _own_revision(clients: Clients, arn: str) -> JobDefinitionTypeDef | None:
    try:
        return describe_definitions(clients.batch, [arn]).get(arn)
    except AwsError:
        return None


def _finding(clients: Clients, detail: JobDetailTypeDef, now: float) -> Finding:
    """Return what is behind a job's state, with AWS's own words whatever they are."""
    found = _by_state(clients, detail, now)
    return replace(found, evidence=tuple(dict.fromkeys((*said_of(detail), *found.evidence))))


def _by_state(clients: Clients, detail: JobDetailTypeDef, now: float) -> Finding:
    status = detail["status"]
    if status == "FAILED":
        return failure(detail)
    if status == "SUCCEEDED":
        return Finding("SUCCEEDED", "It succeeded.", next=(_logs(detail),))
    if status == "RUNNING":
        return _running(detail, now)
    queued = _queued(clients, detail) if status == "RUNNABLE" else None
    ids = dependencies_of(detail)
    return waiting(detail, queued, _describe(clients, ids) if status in ("SUBMITTED", "PENDING") else [], now)


def _running(detail: JobDetailTypeDef, now: float) -> Finding:
    ran = max(0.0, now - (detail.get("startedAt") or now * 1000) / 1000)
    limit = (detail.get("timeout") or {}).get("attemptDurationSeconds")
    left = f"; its timeout is in {duration_text(limit - ran)}" if limit and limit > ran else ""
    number = len(detail.get("attempts") or ()) + 1
    again = f" (attempt {number})" if number > 1 else ""
    return Finding(
        "RUNNING", f"It has run for {duration_text(ran)}{again}{left}.", next=((Command("attach", detail["jobId"]),),)
    )


def _single(clients: Clients, detail: JobDetailTypeDef, finding: Finding, log_lines: int) -> Explanation:
    lines, note = ((), "") if detail["status"] != "FAILED" else log_end(clients, detail, log_lines)
    return Explanation(
        job_id=detail["jobId"],
        job_name=detail["jobName"],
        status=detail["status"],
        verdict=finding.verdict,
        what=finding.what,
        evidence=_with_row(clients, detail, finding.evidence),
        next=(*(step for step in finding.next if not (note and step == _logs(detail))), *_on_a_laptop(clients, detail)),
        attempts=tries_of(detail),
        log_of=detail["jobId"] if lines else None,
        log=lines,
        log_note=note,
        worth_retry=finding.worth_retry,
    )


def _array(clients: Clients, detail: JobDetailTypeDef, log_lines: int, now: float) -> Explanation:
    """Explain an array by its children: the failed ones by their cause, else one of those that hold it up."""
    counts = counts_of(detail)
    told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "none counted yet"
    children: list[JobDetailTypeDef] = []
    if counts.get("FAILED"):
        ids = [child.id for child in list_children(clients.batch, detail["jobId"], "FAILED")][:MOST_CHILDREN]
        children = _describe(clients, ids)
    groups = _groups(children)
    steps: tuple[Text, ...] = ()
    lines: tuple[str, ...] = ()
    note, log_of = "", None
    evidence: tuple[str, ...] = ()
    worth_retry = None
    if groups:
        what = f"{counts['FAILED']} of its {array_size(detail)} children failed ({told})."
        verdict = groups[0].verdict
        memory = (MORE_MEMORY,) if verdict in ("OUT_OF_MEMORY", "KILLED") else ()
        retry = retry_step(detail, Field("failed_only"), *memory)
        why: Text = (Command("why", f"{detail['jobId']}:{groups[0].example}"),)
        steps = (retry, why) if detail["status"] in TERMINAL else (why, ("When it has ended: ", *retry))
        examples = {array_index(child): child for child in children}
        groups = tuple(
            replace(
                group,
                log=log_end(clients, examples[group.example], log_lines)[0],
                evidence=_with_row(clients, examples[group.example], group.evidence),
            )
            if number < LOGS_OF_CAUSES
            else group
            for number, group in enumerate(groups)
        )
        example = examples[groups[0].example]
        lines, note = groups[0].log, "" if groups[0].log else log_end(clients, example, log_lines)[1]
        log_of = example["jobId"] if lines else None
        steps = (*steps, *_on_a_laptop(clients, example))
    elif detail["status"] == "FAILED":
        finding = failure(detail)
        verdict, what, steps = finding.verdict, f"{finding.what} Children: {told}.", finding.next
        evidence, worth_retry = finding.evidence, finding.worth_retry
    elif detail["status"] == "SUCCEEDED":
        verdict, what = "SUCCEEDED", f"All its {array_size(detail)} children succeeded."
    else:
        finding = _array_waits(clients, detail, counts, told, now)
        verdict, what, steps, evidence = finding.verdict, finding.what, finding.next, finding.evidence
    return Explanation(
        job_id=detail["jobId"],
        job_name=detail["jobName"],
        status=detail["status"],
        verdict=verdict,
        what=what,
        evidence=tuple(dict.fromkeys((*said_of(detail), *evidence))),
        next=steps,
        groups=groups,
        log_of=log_of,
        log=lines,
        log_note=note,
        worth_retry=worth_retry,
    )


def _array_waits(clients: Clients, detail: JobDetailTypeDef, counts: dict[str, int], told: str, now: float) -> Finding:
    if counts.get("RUNNABLE") and not counts.get("RUNNING"):
        first = list_children(clients.batch, detail["jobId"], "RUNNABLE")[:1]
        described = _describe(clients, [child.id for child in first])
        if described:
            finding = _finding(clients, described[0], now)
            return replace(
                finding, what=f"Its children wait ({told}). Of child {array_index(described[0])}: {finding.what}"
            )
    if counts:
        return Finding("RUNNING", f"Its children: {told}.", next=((Command("attach", detail["jobId"]),),))
    ids = dependencies_of(detail)
    return waiting({**detail, "status": "PENDING"}, None, _describe(clients, ids), now)


def _groups(children: Sequence[JobDetailTypeDef]) -> tuple[Group, ...]:
    """Return the causes among failed children, the most frequent first."""
    found: dict[tuple[str, str], list[int]] = {}
    findings: dict[tuple[str, str], Finding] = {}
    for child in sorted(children, key=lambda child: array_index(child) or 0):
        finding = failure(child)
        key = (finding.verdict, finding.what)
        found.setdefault(key, []).append(array_index(child) or 0)
        findings.setdefault(key, finding)
    groups = [
        Group(*key, len(indexes), indexes[0], one.next, one.evidence, one.worth_retry)
        for key, indexes in found.items()
        for one in (findings[key],)
    ]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.example)))


def _queued(clients: Clients, detail: JobDetailTypeDef) -> Queued | None:
    """Return what is known of the job's queue; None where even that may not be read."""
    try:
        states = queue_states(clients.batch, [detail["jobQueue"]])
    except AwsError:
        return None
    if not states:
        return None
    own = detail.get("jobArn", "")
    place = states[0].front.index(own) + 1 if own in states[0].front else None
    return Queued(states[0], place, on_this_machine=not clients.contract.target.has_account)


def log_end(clients: Clients, detail: JobDetailTypeDef, count: int) -> tuple[tuple[str, ...], str]:
    """Return the last lines of the last attempt that wrote any, or why there are none."""
    if not count:
        return (), ""
    job = Job.from_detail(detail)
    names = streams(job)
    try:
        for stream in reversed(names):
            if lines := LogReader(clients.logs, job.log_group, stream).tail(count):
                return tuple(line.message for line in lines), ""
    except AwsError as error:
        return (), f"The log cannot be read: {error.what}"
    return (), "It wrote no log." if names else "It never started, so there is no log."


def _logs(detail: JobDetailTypeDef) -> Text:
    return (Command("logs", detail["jobId"]),)


def _describe(clients: Clients, ids: Sequence[str]) -> list[JobDetailTypeDef]:
    return list(describe_jobs(clients.batch, ids).values())
