"""Run real jobs on the candidate, on each platform, and judge them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.api import connect
from awa_batch.contract.candidate import ENDING
from awa_batch.contract.model import JobDefinition
from awa_batch.errors import AwaBatchError, TimedOutError, UsageError
from awa_batch.image_release.blue_runs import blue_runs, took
from awa_batch.image_release.comparison import Bounds, compare
from awa_batch.image_release.record import CanaryNote
from awa_batch.image_release.slots import definitions_of
from awa_batch.json_text import read_json
from awa_batch.paths import project_root
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.api import BatchJob, Connection, Job
    from awa_batch.image_release.session import Session

DEFAULT_JOB = "version_test"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LABELS = {"version": "org.opencontainers.image.version", "revision": "org.opencontainers.image.revision"}


@dataclass(frozen=True)
class Canary:
    """A job of jobs/ that is run. ``config`` is what it gets as CONFIG_JSON."""

    job: str
    config: Any = None

    @staticmethod
    def of(job: str, config: Any = None) -> Canary:
        """Return the job with its configuration: ``config``, else jobs/<job>/parameters.json where that is there.

        Raises UsageError for a job that this clone has not.
        """
        folder = project_root() / "jobs" / job
        if not _NAME.fullmatch(job) or not (folder / "run_batch.py").is_file():
            there = sorted(one.parent.name for one in (project_root() / "jobs").glob("*/run_batch.py"))
            raise UsageError(
                Field("job", job), ": there is no such job in jobs/.", fix=f"There are: {', '.join(there)}."
            )
        example = folder / "parameters.json"
        if config is None and example.is_file():
            config = read_json(example.read_text(encoding="utf-8"))
        return Canary(job, config)


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate may be promoted, and what was seen: a line each for what speaks against it, or for it."""

    passed: bool
    why: tuple[str, ...]
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class _Sent:
    canary: Canary
    logical: str
    definition: JobDefinition
    job: BatchJob


def run_canary(
    session: Session,
    canaries: Sequence[Canary],
    *,
    count: int = 1,
    timeout: float = 3600.0,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Verdict:
    """Run ``count`` jobs of each canary on the candidate's definition of each platform, wait, and judge them.

    Passed is: all succeeded, each ran the candidate's image by digest and, where it reports a version as version_test
    does, reports the candidate's; and none ran longer or held more memory than ``bounds`` allow beside blue's last runs
    of the same job, where at least three of them tell. A canary that was cut off goes on with the jobs that it has.
    What has not ended after ``timeout`` seconds fails it, and is cancelled. Raises UsageError without a candidate,
    AwsError.
    """
    standing = session.standing
    green = standing.applied.green
    if standing.pending is not None:
        raise UsageError(
            f"The step {standing.pending.step!r} of {session.image} was cut off.", fix="Run it again first: it goes on."
        )
    if green is None:
        raise UsageError(
            f"{session.name} has no candidate of {session.image}.",
            fix=("Put one into green: ", Command("release start"), "."),
        )
    before = session.record.note(session.image).canary
    goes_on = before is not None and before.image == green and before.passed is None
    number = before.number + (0 if goes_on else 1) if before else 1
    _note(session, CanaryNote(green, number))
    connection = connect(session.name, tell=session.say)
    sent = list(_submit(session, connection, canaries, number, count))
    ids = tuple(one.job.id for one in sent)
    _note(session, CanaryNote(green, number, jobs=ids))
    against, seen = _ended_badly(session, sent, timeout)
    if not against:
        against, more = _judged(session, connection, sent, green, bounds)
        seen += more
    verdict = Verdict(not against, tuple(against or seen), ids)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _note(session, CanaryNote(green, number, verdict.passed, verdict.why, ids, now))
    return verdict


def _note(session: Session, note: CanaryNote) -> None:
    session.held.check()
    session.record.write(session.image, replace(session.record.note(session.image), canary=note))


def targets(session: Session, canary: Canary) -> dict[str, JobDefinition]:
    """Return the candidate's definitions that a job runs on, by logical name: one of each platform.

    The one that is called as the job is, else ``sample``, else the first.
    """
    there = {
        name: one
        for name, one in definitions_of(session.clients.contract, session.image).items()
        if one.slot == "green"
    }
    found = {}
    for platform in sorted({one.platform for one in there.values()}):
        names = sorted(name for name, one in there.items() if one.platform == platform)
        kind = platform.lower()
        wanted = (f"{kind}-{canary.job.replace('_', '-')}{ENDING}", f"{kind}-sample{ENDING}", *names)
        chosen = next(name for name in wanted if name in there)
        found[chosen] = there[chosen]
    return found


def _submit(
    session: Session, connection: Connection, canaries: Sequence[Canary], number: int, count: int
) -> Iterable[_Sent]:
    digest = (session.standing.applied.green or "").rpartition(":")[2][:12]
    for canary in canaries:
        for logical, definition in targets(session, canary).items():
            name = f"canary-{digest}-{canary.job.replace('_', '-')}"
            job = connection.submit(
                logical,
                ["python", "run_batch.py", canary.job],
                once=f"{name}-{number}-{logical}",
                name=name,
                config=canary.config,
                array=count if count > 1 else None,
                tags={"awa-batch:canary": digest},
            )
            session.say(f"canary: {canary.job} on {definition.platform}: job {job.id}" + (f" ({count})" * (count > 1)))
            yield _Sent(canary, logical, definition, job)


def _ended_badly(session: Session, sent: Sequence[_Sent], timeout: float) -> tuple[list[str], list[str]]:
    """Wait for all of them; return what speaks against the candidate, and what was seen."""
    against: list[str] = []
    seen: list[str] = []
    deadline = time.monotonic() + timeout
    for one in sent:
        session.held.check()
        where = f"{one.canary.job} on {one.definition.platform} ({one.job.id})"
        try:
            ended = one.job.wait(max(1.0, deadline - time.monotonic()))
        except TimedOutError:
            against.append(f"{where} has not ended after {timeout:g} s")
            one.job.cancel("the canary took too long")
            continue
        if ended.is_success:
            seen.append(f"{where} succeeded")
        else:
            against.append(f"{where} is {ended.status}: {_cause(one, ended)}")
    return against, seen


def _cause(one: _Sent, ended: Job) -> str:
    try:
        found = one.job.why(log_lines=1)
    except AwaBatchError:
        return ended.why
    return " ".join(str(found.verdict).split())


def _judged(
    session: Session, connection: Connection, sent: Sequence[_Sent], green: str, bounds: Bounds
) -> tuple[list[str], list[str]]:
    expected = _labels(session, green)
    against: list[str] = []
    seen: list[str] = []
    for one in sent:
        where = f"{one.canary.job} on {one.definition.platform} ({one.job.id})"
        details = _details(connection, one.job)
        images = {str((detail.get("container") or {}).get("image")) for detail in details}
        if images != {green}:
            against.append(f"{where} ran {', '.join(sorted(images))}, not {green}")
            continue
        for reported in _reported(one.job):
            if expected and any(reported.get(key) != value for key, value in expected.items()):
                against.append(f"{where} reports {reported}, and the image is {expected}")
                break
        found = compare(took(session.clients, details), blue_runs(session.clients, one.logical, one.canary.job), bounds)
        against += [f"{where} {words}" for words in found[0]]
        seen += [f"{where} {words}" for words in found[1]]
    return against, seen


def _details(connection: Connection, job: BatchJob) -> list[dict[str, Any]]:
    from awa_batch.batch.jobs import describe_jobs

    ended = job.status()
    ids = [f"{job.id}:{index}" for index in range(ended.array_size or 0)] if ended.is_array else [job.id]
    return [dict(detail) for detail in describe_jobs(connection.clients.batch, ids).values()]


def _reported(job: BatchJob) -> Iterable[dict[str, str]]:
    """Yield the versions that jobs' logs report, as version_test does: a line of JSON with ``image``."""
    for line in job.logs():
        if not line.message.startswith("{"):
            continue
        try:
            value = json.loads(line.message)
        except (ValueError, RecursionError):  # whatever a job wrote
            continue
        image = value.get("image") if isinstance(value, dict) else None
        if isinstance(image, dict):
            yield {key: str(image.get(key)) for key in _LABELS}


def _labels(session: Session, green: str) -> dict[str, str]:
    """Return version and revision as the candidate's labels say them; {} where no registry tells."""
    from awa_batch.environment.images import images_of

    try:
        api = images_of(session.clients, session.image).api
        labels = api.facts(green.rpartition("@")[2]).labels
    except AwaBatchError:
        return {}
    return {key: labels[label] for key, label in _LABELS.items() if labels.get(label)}


def config_of(path: Path) -> Any:
    """Return a configuration file's value. Raises UsageError."""
    from awa_batch.files import read_given_text

    text = read_given_text(path, Field("config", path), "Name a JSON file.")
    try:
        return read_json(text)
    except ValueError as error:
        raise UsageError(Field("config", path), f" is not JSON: {error}.", fix="Correct it.") from None
