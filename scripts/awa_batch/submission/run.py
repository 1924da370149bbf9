"""Begin a run or take it up again: the file, the environment and the ledger must be the same as when it began."""

from __future__ import annotations

import time
from pathlib import Path

from awa_batch.batch.clients import Clients
from awa_batch.batch.patience import Outage, patiently
from awa_batch.errors import UsageError
from awa_batch.paths import state_dir
from awa_batch.submission.bulk import adopt
from awa_batch.submission.care import LOOKUP_WAITS
from awa_batch.submission.deliver import put_uploads
from awa_batch.submission.derive import with_derived
from awa_batch.submission.jobfile import JobFile, read_jobs
from awa_batch.submission.ledger import Ledger, ledger_file
from awa_batch.submission.plan import Planned, check_run_name, name_prefix, plan, run_mark
from awa_batch.submission.preflight import check_all
from awa_batch.text import Field, Say, Text

_ANOTHER: Text = ("Take another ", Field("run"), " name.")


def open_run(
    clients: Clients,
    file: Path,
    run: str,
    *,
    queue: str | None,
    definition: str | None,
    lookup_waits: tuple[float, ...] = LOOKUP_WAITS,
    tell: Say = lambda _: None,
    outage: Outage | None = None,
) -> tuple[Ledger, str, int]:
    """Return the run's ledger, locked and holding every request, the beginning of its names, and how many were found.

    A new run is checked as a whole, also against AWS, before anything is written; what its jobs read from S3 is put
    there first. A run that was begun goes on with the requests it began with, whatever was released since. At every
    start, what AWS Batch has of it and the ledger does not know is taken over (`adopt`): the ledger may be older than
    the truth. Where its latest notes are missing, that waits as long as a job may take to be listed (the sum of
    ``lookup_waits``, seconds). ``tell`` gets what people should know of this; ``outage`` waits through failing calls.
    Raises UsageError where the file, ``queue``, ``definition`` or the environment is not what the run began with.
    """
    check_run_name(run)
    contract = clients.contract
    jobs = read_jobs(file)
    prefix = name_prefix(run, run_mark(contract, run, jobs.sha256))
    path = ledger_file(state_dir(), contract.environment, run)
    facts = {
        "run": run,
        "file": str(file),
        "sha256": jobs.sha256,
        "queue": queue or "",
        "definition": definition or "",
        "target": f"{contract.account_id} {contract.region} {contract.prefix}",
        "server": contract.target.server_id(clients.endpoint_url),
    }
    # What does not pass leaves no ledger behind.
    planned = None if path.exists() else _planned(clients, jobs, run, queue, definition, tell, outage)
    ledger = Ledger(path, run)
    try:
        if about := ledger.about():
            _check_same(about, facts, jobs)
        else:
            ledger.begin(planned or _planned(clients, jobs, run, queue, definition, tell, outage), **facts)
        _wait_where_notes_are_lost(ledger, sum(lookup_waits), tell)
        found = patiently(lambda: adopt(clients, ledger, prefix, tell), outage)
        ledger.hold()
    except BaseException:
        ledger.close()
        raise
    return ledger, prefix, found


def _wait_where_notes_are_lost(ledger: Ledger, seconds: float, tell: Say) -> None:
    """Say that a ledger, or its latest notes, are gone, and wait until AWS lists what was accepted last."""
    if not ledger.loss:
        return
    if ledger.loss == "ledger":
        what = f"The ledger of run {ledger.run} is gone, although the run was begun here ({ledger.path} is missing)."
    else:
        what = f"The latest notes of run {ledger.run} are gone: {ledger.path.name}-wal is missing beside its ledger."
    if not ledger.was_cut_off:
        tell(f"{what} What AWS Batch lists of it is taken over.")
        return
    tell(f"{what} What AWS Batch lists of it in {seconds:g} s is taken over.")
    time.sleep(seconds)


def _planned(
    clients: Clients,
    jobs: JobFile,
    run: str,
    queue: str | None,
    definition: str | None,
    tell: Say,
    outage: Outage | None,
) -> list[Planned]:
    """Return the run's requests, checked also against AWS, with what they read from S3 in its place."""
    planned = plan(clients.contract, jobs, run, queue=queue, definition=definition)
    requests = [entry.request for entry in planned]
    for note in patiently(lambda: check_all(clients, requests), outage):
        tell(note)
    put_uploads(clients, {upload.uri: upload for request in requests for upload in request.uploads}.values(), outage)
    # What the ledger holds names revisions, so that a run goes on with those that it began with.
    ready = patiently(lambda: with_derived(clients, requests, tell), outage)
    return [Planned(entry.line, request) for entry, request in zip(planned, ready, strict=True)]


def _check_same(about: dict[str, str], facts: dict[str, str], jobs: JobFile) -> None:
    run, begun = facts["run"], about["begun_at"]
    if about["run"] != run:  # a file system that takes A and a for the same name
        raise UsageError(Field("run", run), f": there is a run {about['run']} already.", fix=_ANOTHER)
    if about["sha256"] != facts["sha256"]:
        raise UsageError(
            Field("run", run),
            f" was begun with other jobs ({about['file']}, {begun}) than {jobs.path} has now.",
            fix=(
                "Give it the file as it was to finish that run, or take another ",
                Field("run"),
                " name for this one.",
            ),
        )
    if about["target"] != facts["target"]:
        raise UsageError(Field("run", run), f" was begun in another environment ({about['target']}).", fix=_ANOTHER)
    if about["server"] != facts["server"]:
        raise UsageError(
            Field("run", run),
            f" was begun on a local AWS that is gone, and its jobs with it ({begun}).",
            fix=("Take another ", Field("run"), " name: all jobs are submitted again."),
        )
    for key in ("queue", "definition"):
        if about[key] != facts[key]:
            raise UsageError(
                Field("run", run),
                " was begun with ",
                Field(key),
                f" {about[key] or '(none)'}, not {facts[key] or '(none)'}.",
                fix=("Give the same to finish that run, or take another ", Field("run"), " name."),
            )
