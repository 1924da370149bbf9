"""Why a job has not started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.resources import memory_of, vcpu_of
from awa_batch.batch.several import beside_main
from awa_batch.duration import duration_text
from awa_batch.explain.blocked import blocked_reason
from awa_batch.explain.detail import dependencies_of
from awa_batch.explain.model import Finding
from awa_batch.observe.queue_state import QueueState
from awa_batch.text import Command, Field, Step, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

_QUEUES: Text = (Command("queues"),)

LONG_START = 300.0
"""Seconds after which a STARTING job is worth a question: pulling an image of some GB takes minutes."""


@dataclass(frozen=True)
class Queued:
    """What is known of the queue that a job waits in.

    ``place`` is the job's place among the RUNNABLE ones, from 1 (None: not among the first 100). ``on_this_machine`` is
    whether its jobs run here, on the local AWS.
    """

    state: QueueState
    place: int | None = None
    on_this_machine: bool = False


def waiting(
    detail: JobDetailTypeDef, queued: Queued | None, dependencies: Sequence[JobDetailTypeDef], now: float
) -> Finding:
    """Return why a SUBMITTED, PENDING, RUNNABLE or STARTING job waits. ``now`` is in epoch seconds."""
    status = str(detail["status"])
    since = max(0.0, now - (detail.get("createdAt") or now * 1000) / 1000)
    if status == "STARTING":
        return _starting(detail, since)
    if status == "RUNNABLE":
        return _runnable(detail, queued, since)
    return _pending(detail, dependencies, since, status)


def _pending(detail: JobDetailTypeDef, dependencies: Sequence[JobDetailTypeDef], since: float, status: str) -> Finding:
    known = {entry["jobId"]: str(entry["status"]) for entry in dependencies}
    wanted = dependencies_of(detail)
    open_ = [job_id for job_id in wanted if known.get(job_id) != "SUCCEEDED"]
    if open_:
        lines = tuple(f"{job_id}: {known.get(job_id, 'UNKNOWN to AWS')}" for job_id in open_)
        return Finding(
            "DEPENDENCY",
            f"It waits for {len(open_)} of the {len(wanted)} jobs that it depends on.",
            lines,
            tuple((Command("why", job_id),) for job_id in open_[:3]),
        )
    return Finding(
        "BEING_QUEUED",
        f"AWS Batch took it {duration_text(since)} ago and has not queued it yet; that takes seconds, with many jobs "
        "minutes.",
        next=((Command("status", detail["jobId"], Field("watch")),),) if status == "SUBMITTED" else (),
    )


def _starting(detail: JobDetailTypeDef, since: float) -> Finding:
    long = since > LONG_START
    return Finding(
        "STARTING",
        "Its place is found and its container is being made: instance or task, network, image."
        + (" That takes long: a large image, or one that cannot be pulled and is tried again." if long else ""),
        next=(("Make the image smaller, or check the way to the registry: ", Command("doctor"), "."),)
        if long
        else ((Command("attach", detail["jobId"]),),),
    )


def _runnable(detail: JobDetailTypeDef, queued: Queued | None, since: float) -> Finding:
    said = str(detail.get("statusReason") or "")
    if (blocked := blocked_reason(said)) is not None:
        return blocked
    waits = f"It has waited {duration_text(since)}."
    if queued is None:
        return Finding("RUNNABLE", f"It is ready and waits for a place. {waits}", next=(_QUEUES,))
    state = queued.state
    place = _place(queued)
    if not state.starts_jobs:
        troubles = "; ".join(state.troubles) or "it has no compute environment"
        return Finding(
            "QUEUE_TROUBLE",
            f"Nothing of this queue is started: {troubles}. {waits}",
            next=(
                _QUEUES,
                ("Correct it in Terraform: ", Step("plan", "apply"), ". The queue then goes on by itself."),
            ),
        )
    evidence = tuple(state.troubles)
    container = detail.get("container") or {}
    beside = beside_main(detail)
    wants = (vcpu_of(container) or 0.0) + beside.vcpu
    largest = max(entry.max_vcpus for entry in state.environments if entry.is_open)
    most = sum(entry.max_vcpus for entry in state.environments if entry.is_open)
    if wants > largest:
        return Finding(
            "MAX_VCPUS_TOO_LOW",
            f"It asks for {wants:g} vCPUs; the largest compute environment of {state.name} has {largest}. "
            "It would wait for ever.",
            evidence,
            next=(
                (Command("cancel", detail["jobId"]),),
                ("Submit it with fewer ", Field("vcpu"), ", or raise max_vcpus."),
            ),
        )
    used = state.vcpus_in_use
    if used is not None and used + wants > most:
        return Finding(
            "QUEUE_FULL",
            f"The queue is full: {used:g} of {most} vCPUs are in use, and it asks for {wants:g}. "
            f"{place} {waits}{_share(detail, queued)}",
            evidence,
            next=(
                ("It starts by itself when others end; raise max_vcpus in Terraform to run more at a time.",),
                _QUEUES,
            ),
        )
    behind = queued.place > 1 if queued.place is not None else state.jobs.get("RUNNABLE", 0) > 100
    if queued.on_this_machine:  # where no instance has to come
        return Finding(
            "MACHINE_FULL",
            f"{place} Its queue has room, but this machine has not: the local AWS runs as many vCPUs of jobs at a time "
            f"as there are cores, queues of higher priority first. {waits}",
            evidence,
            next=(
                ("It starts by itself when others end. More at a time: AWA_BATCH_LOCAL_MAX_VCPUS, then ", Step("down"),
                 " and ", Step("up"), "."),
                _QUEUES,
            ),
        )  # fmt: skip
    if behind:
        return Finding("QUEUED", f"{place} {waits}{_share(detail, queued)}", evidence, (_QUEUES,))
    return Finding(
        "NO_INSTANCE_YET",
        f"{place} There are free vCPUs, and no instance or task has come for it yet. {waits}",
        (*evidence, f"it asks for {wants:g} vCPUs and {(memory_of(container) or 0) + beside.memory} MiB"),
        (
            (
                "On EC2 an instance takes one to three minutes. If it stays so: no instance type that fits it, no "
                "capacity in the zones, or instances that cannot reach ECS (a private subnet needs NAT or the "
                "endpoints ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr, logs, S3).",
            ),
            (Command("doctor"),),
        ),
    )


def _place(queued: Queued) -> str:
    ahead = queued.state.jobs.get("RUNNABLE", 0)
    if queued.place is not None:
        return f"It is number {queued.place} of the {max(ahead, queued.place)} that are ready in {queued.state.name}."
    if ahead <= 100:
        return f"It is among the {max(1, ahead)} that are ready in {queued.state.name}."
    return f"It is behind the first 100 of the {ahead} that are ready in {queued.state.name}."


def _share(detail: JobDetailTypeDef, queued: Queued) -> str:
    own = detail.get("shareIdentifier")
    if not own or not queued.state.shares:
        return ""
    used = ", ".join(f"{name} {vcpus:g}" for name, vcpus in list(queued.state.shares.items())[:5])
    return f" Its share is {own}; vCPUs in use by share: {used}. Shares that used less lately go first."
