"""What an explanation is made of."""

from __future__ import annotations

from dataclasses import dataclass

from awa_batch.batch.revisions import NewerRevision
from awa_batch.text import Text


@dataclass(frozen=True)
class Finding:
    """What is behind a job's state.

    ``verdict`` is one fixed word for scripts (OUT_OF_MEMORY, QUEUE_FULL, …), ``what`` says it in plain words,
    ``evidence`` is what AWS said that shows it, ``next`` the commands or changes that help, the best first.
    ``worth_retry`` is whether the same job may go well with nothing changed; None where that cannot be told.
    """

    verdict: str
    what: str
    evidence: tuple[str, ...] = ()
    next: tuple[Text, ...] = ()
    worth_retry: bool | None = None


@dataclass(frozen=True)
class Try:
    """One attempt of a job. ``seconds`` is how long its container ran, None where it never did."""

    number: int
    exit_code: int | None
    reason: str
    seconds: float | None


@dataclass(frozen=True)
class Group:
    """The children of an array that failed from one cause.

    ``example`` is the least index of them, ``evidence`` what AWS said of that one, ``log`` the end of its log.
    """

    verdict: str
    what: str
    count: int
    example: int
    next: tuple[Text, ...] = ()
    evidence: tuple[str, ...] = ()
    worth_retry: bool | None = None
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why a job is as it is.

    ``attempts`` are those of the job, or of the child ``log_of`` of an array. ``log`` holds the last lines of the
    attempt that tells most; where there are none, ``log_note`` says why. ``newer`` is the newest revision of the job's
    definition, where the job failed with an older one: a retry would run that again.
    """

    job_id: str
    job_name: str
    status: str
    verdict: str
    what: str
    evidence: tuple[str, ...] = ()
    next: tuple[Text, ...] = ()
    attempts: tuple[Try, ...] = ()
    groups: tuple[Group, ...] = ()
    log_of: str | None = None
    log: tuple[str, ...] = ()
    log_note: str = ""
    worth_retry: bool | None = None
    newer: NewerRevision | None = None
