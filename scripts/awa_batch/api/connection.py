"""An environment that is open: submit jobs to it, find jobs in it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.api.job import BatchJob
from awa_batch.api.rows import items_of
from awa_batch.environment.opening import open_clients
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.files import private_folder, write_whole
from awa_batch.job import JobSpec
from awa_batch.observe import Job, list_recent
from awa_batch.observe.queue_state import QueueState, queue_states
from awa_batch.paths import state_dir
from awa_batch.request import build_each, build_request
from awa_batch.submission.bulk import Settings, submit_run
from awa_batch.submission.care import Care
from awa_batch.submission.deliver import outage_of
from awa_batch.submission.once import once_name
from awa_batch.submission.pace import SUBMIT_RATE
from awa_batch.submission.run import open_run
from awa_batch.submission.sending import send_all
from awa_batch.text import Field, Say

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract
    from awa_batch.request.model import JobRequest
    from awa_batch.submission.single import Submitted


def connect(
    environment: str = "local",
    *,
    profile: str | None = None,
    patience: float | None = None,
    never_double: bool = False,
    tell: Say | None = None,
) -> Connection:
    """Open an environment by its name (local, dev, prod, …) and return the connection.

    ``profile`` is AWS's, else AWS's own settings count. ``patience`` is for how many seconds an AWS that cannot be
    reached, fails or throttles is waited for (default 5 min; local 5 s). ``never_double`` sends nothing again whose
    answer was lost. ``tell`` gets notes that the command line would print, as texts of `awa_batch.text`; nothing is
    ever printed. Raises NotAppliedError where nothing is applied, UsageError, AwsError.
    """
    say = tell or (lambda _: None)
    clients = open_clients(environment, profile=profile, patience=patience, waits_itself=True, say=say)
    if clients.contract.environment != environment:
        raise UsageError(
            Field("environment", environment),
            f": the contract is of {clients.contract.environment}.",
            fix=f"Name {clients.contract.environment}, or unset AWA_BATCH_CONTRACT.",
        )
    reading = open_clients(environment, profile=profile, patience=patience, say=say)
    return Connection(
        clients=reading, sending=clients, care=Care(never_double=never_double, patience=patience), tell=say
    )


@dataclass(frozen=True)
class Run:
    """A run of many jobs. ``jobs`` are the accepted ones in their order, ``refused`` is line (from 1) → why.

    ``complete`` is whether all were accepted; where not, the same call finishes what is left.
    """

    name: str
    jobs: tuple[BatchJob, ...]
    refused: dict[int, str]
    left: int

    @property
    def complete(self) -> bool:
        """Whether every job was accepted."""
        return not self.left


@dataclass(frozen=True)
class Connection:
    """An open environment. It may be used as a context manager; there is nothing that must be closed."""

    clients: Clients
    sending: Clients
    care: Care
    tell: Say

    def __enter__(self) -> Connection:
        """Return the connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: jobs go on."""

    @property
    def contract(self) -> Contract:
        """What the environment offers: queues, job definitions, the data bucket, repositories."""
        return self.clients.contract

    def submit(
        self, definition: str, command: Sequence[str] | None = None, *, once: str | None = None, **fields: Any
    ) -> BatchJob:
        """Submit one job, or with ``array=N`` an array, and return it.

        ``fields`` are those of a job file (docs/cli.md): ``queue``, ``name``, ``config``, ``env``, ``params``,
        ``vcpu``, ``memory``, ``gpu``, ``array``, ``depends_on``, ``attempts``, ``retry_on``, ``timeout``, ``tags`` and
        more. With ``once`` it is submitted at most once under that key. Raises UsageError naming the field, before
        anything is sent; AwsError.
        """
        spec = self._spec(definition, command, fields)
        exact = once_name(self.contract, once) if once else None
        request = build_request(self.contract, spec, exact_name=exact, tell=self.tell)
        return self._send([request], once=once)[0]

    def submit_rows(
        self,
        definition: str,
        rows: Any,
        command: Sequence[str] | None = None,
        *,
        once: str | None = None,
        **fields: Any,
    ) -> list[BatchJob]:
        """Submit an array with a child for each row, which reads it with ``awa_runtime.manifest_row()``.

        ``rows`` is an iterable of mappings, or a pandas or polars data frame. One row is a plain job; above 10,000
        there are several arrays. Raises as `submit` does; of several arrays, ``error.submitted`` are those that were
        accepted.
        """
        spec = self._spec(definition, command, fields)
        exact = once_name(self.contract, once) if once else None
        requests = build_each(self.contract, spec, items_of(rows), exact_name=exact, tell=self.tell)
        return self._send(requests, once=once)

    def submit_run(
        self,
        name: str,
        jobs: Path | Iterable[Mapping[str, Any]],
        *,
        definition: str | None = None,
        queue: str | None = None,
        rate: float = SUBMIT_RATE,
        timeout: float = 3600.0,
    ) -> Run:
        """Submit thousands of jobs exactly once under a run's name; the same call again finishes what is left.

        ``jobs`` is a file of JSON lines, or mappings with the fields of its lines; ``rate`` is in calls a second. It
        stops after ``timeout`` seconds. Raises UsageError for what is wrong with the jobs, before anything is sent;
        AwsError where AWS ends it: what was accepted stays, and the same call goes on.
        """
        file = jobs if isinstance(jobs, Path) else self._kept(jobs)
        settings = Settings(self.care.lookup_waits, self.care.never_double, self.care.patience, rate=rate)
        ledger, prefix, _found = open_run(
            self.sending,
            file,
            name,
            queue=queue,
            definition=definition,
            lookup_waits=self.care.lookup_waits,
            tell=self.tell,
            outage=outage_of(self.sending, self.care, self.tell),
        )
        stop = threading.Event()
        timer = threading.Timer(timeout, stop.set)
        timer.daemon = True
        with ledger:
            timer.start()
            try:
                outcome = submit_run(
                    self.sending, ledger, prefix, settings=settings, stop=stop, tell=lambda _progress: None
                )
            finally:
                timer.cancel()
            entries = ledger.entries()
        if outcome.stopped is not None:
            raise outcome.stopped
        return Run(
            name,
            tuple(self.job(entry.job_id, entry.name) for entry in entries if entry.job_id),
            {entry.line: entry.error or "" for entry in entries if entry.state == "refused"},
            sum(entry.job_id is None for entry in entries),
        )

    def job(self, job_id: str, name: str = "") -> BatchJob:
        """Return a job by its id (``ID:7`` is an array's child); AWS is not asked."""
        return BatchJob(job_id, name, _connection=self)

    def jobs(self, *, hours: float = 24.0, name: str | None = None) -> list[Job]:
        """Return the environment's jobs of the last ``hours``, or all of a ``name`` (a trailing * is a glob)."""
        return list_recent(self.clients.batch, self.contract, hours=hours, name=name)

    def queues(self) -> list[QueueState]:
        """Return the queues: state, jobs, vCPUs in use, and what keeps jobs from running."""
        return queue_states(self.clients.batch, [queue.arn for queue in self.contract.queues.values()])

    def _spec(self, definition: str, command: Sequence[str] | None, fields: Mapping[str, Any]) -> JobSpec:
        known = {one.name for one in dataclasses.fields(JobSpec)}
        if unknown := sorted(fields.keys() - known):
            raise UsageError(
                Field(unknown[0]), " is not a field of a job.", fix=f"There are: {', '.join(sorted(known))}."
            )
        return JobSpec(definition=definition, command=None if command is None else list(command), **fields)

    def _send(
        self, requests: Sequence[JobRequest], *, once: str | None = None, origin: str = "python"
    ) -> list[BatchJob]:
        """Check all requests against AWS, then send them, each exactly once."""
        accepted: list[Submitted] = []
        try:
            done = send_all(
                self.sending,
                requests,
                [origin] * len(requests),
                once=once,
                care=self.care,
                accepted=accepted.append,
                tell=self.tell,
            )
        except AwaBatchError as error:
            error.submitted = tuple(job.job_id for job in accepted)
            raise
        now = time.monotonic()
        return [BatchJob(job.job_id, job.job_name, _connection=self, _submitted=now) for job in done]

    def _kept(self, jobs: Iterable[Mapping[str, Any]]) -> Path:
        """Write jobs into a file named for what is in it: a run goes on with the jobs that it began with."""
        try:
            text = "".join(json.dumps(dict(job), ensure_ascii=False, allow_nan=False) + "\n" for job in jobs)
        except (TypeError, ValueError) as error:
            raise UsageError(Field("jobs"), f": {error}.", fix="Give mappings of the fields of a job file.") from None
        file = state_dir() / "python-runs" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.jsonl"
        if not file.is_file():
            private_folder(file.parent)
            write_whole(file, text, private=True)
        return file
