"""Limits on the fields of one SubmitJob call (sources: the SubmitJob API reference and botocore's model)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from awa_batch.errors import UsageError

_JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_SHARE = re.compile(r"[A-Za-z0-9]{1,255}")
MAX_TIMEOUT = 2**31 - 1
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_job_name(name: str, flag: str = "--name") -> None:
    """Refuse a job name outside 1 to 128 letters, digits, hyphens, underscores, starting with a letter or digit."""
    if not _JOB_NAME.fullmatch(name):
        near = re.sub(r"[^A-Za-z0-9_-]+", "-", name).lstrip("-_")[:128] or "job"
        raise UsageError(
            f"{flag} {name!r} is not a job name: 1 to 128 letters, digits, - and _, the first a letter or digit.",
            fix=f"Use {flag} {near}.",
        )


def check_array_size(size: int, flag: str = "--array") -> None:
    """Refuse an array size outside 2 to 10,000."""
    if not 2 <= size <= 10_000:
        near = "leave it out for a single job" if size < 2 else "use 10000 and a second array for the rest"
        raise UsageError(f"{flag} {size}: an array has 2 to 10000 children.", fix=f"{near[0].upper()}{near[1:]}.")


def check_attempts(attempts: int, flag: str = "--attempts") -> None:
    """Refuse a number of attempts outside 1 to 10; the first try counts."""
    if not 1 <= attempts <= 10:
        raise UsageError(
            f"{flag} {attempts}: a job has 1 to 10 attempts, the first one included.",
            fix=f"Use {flag} {1 if attempts < 1 else 10}.",
        )


def check_timeout(seconds: int, flag: str = "--timeout") -> None:
    """Refuse a timeout under 60 s, the least that AWS Batch takes, or above what its 32-bit integer holds."""
    if seconds < 60:
        raise UsageError(f"{flag} {seconds}: the least timeout is 60 seconds.", fix=f"Use {flag} 60.")
    if seconds > MAX_TIMEOUT:
        raise UsageError(f"{flag} {seconds}: the greatest timeout is {MAX_TIMEOUT} seconds.", fix="Leave it out.")


def check_scheduling_priority(priority: int, flag: str = "--scheduling-priority") -> None:
    """Refuse a scheduling priority outside 0 to 9999."""
    if not 0 <= priority <= 9999:
        raise UsageError(
            f"{flag} {priority}: a scheduling priority is 0 to 9999.", fix=f"Use {flag} {0 if priority < 0 else 9999}."
        )


def check_share_identifier(identifier: str, flag: str = "--share-identifier") -> None:
    """Refuse a share identifier that is not 1 to 255 letters and digits (no hyphen)."""
    if not _SHARE.fullmatch(identifier):
        near = re.sub(r"[^A-Za-z0-9]", "", identifier)[:255] or "default"
        raise UsageError(
            f"{flag} {identifier!r}: a share identifier is 1 to 255 letters and digits.", fix=f"Use {flag} {near}."
        )


def check_environment_names(names: Sequence[str] | Mapping[str, str], flag: str = "--env") -> None:
    """Refuse environment variable names that AWS Batch keeps for itself (``AWS_BATCH*``) or that no shell takes."""
    for name in names:
        if name.upper().startswith("AWS_BATCH"):
            raise UsageError(
                f"{flag} {name}: names that begin with AWS_BATCH are reserved by AWS Batch.",
                fix=f"Use another name, for example JOB_{name[9:].lstrip('_') or 'VALUE'}.",
            )
        if not _ENV_NAME.fullmatch(name):
            raise UsageError(
                f"{flag} {name!r} is not the name of an environment variable.",
                fix="Use letters, digits and _, the first not a digit, and write NAME=VALUE.",
            )


def check_depends_on(count: int, flag: str = "--depends-on") -> None:
    """Refuse more than 20 dependencies."""
    if count > 20:
        raise UsageError(
            f"{flag}: {count} dependencies; a job has at most 20.",
            fix="Make the earlier jobs one array and depend on that, or add a job in between.",
        )


def check_tags(tags: Mapping[str, str], flag: str = "--tag") -> None:
    """Refuse more than 50 tags, keys over 128 or values over 256 characters, and AWS's own ``aws:`` prefix."""
    if len(tags) > 50:
        raise UsageError(f"{flag}: {len(tags)} tags; a job has at most 50.", fix=f"Remove {len(tags) - 50} of them.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise UsageError(
                f"{flag}: {key[:40]!r} is not a tag key: 1 to 128 characters, not beginning with aws:.",
                fix="Use a shorter key without that beginning.",
            )
        if len(value) > 256:
            raise UsageError(
                f"{flag}: the value of {key!r} has {len(value)} characters; a tag value has at most 256.",
                fix="Shorten it, or pass it in the environment.",
            )
