"""Limits on the fields of one SubmitJob call: each rule refuses a value, naming the field and the nearest good value.

"Model" is botocore's model of AWS Batch, whose texts are those of the API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.limits.characters import check_command, check_text
from awa_batch.limits.tags import check_tags
from awa_batch.text import Command, Field

MAX_JOB_NAME = 128
"""Characters of a job's name (model: SubmitJobRequest.jobName)."""

JOB_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_JOB_NAME - 1}}}")
"""Letters, digits, hyphens and underscores, the first a letter or digit (model: SubmitJobRequest.jobName)."""

MIN_ARRAY, MAX_ARRAY = 2, 10_000
"""Children of an array (AWS Batch User Guide: Array jobs)."""

MIN_ATTEMPTS, MAX_ATTEMPTS = 1, 10
"""Attempts, the first one included (model: RetryStrategy.attempts)."""

MAX_RETRY_RULES = 5
"""Rules in ``evaluateOnExit`` (model: RetryStrategy.evaluateOnExit)."""

MIN_TIMEOUT, MAX_TIMEOUT = 60, 2**31 - 1
"""Seconds of an attempt (model: JobTimeout.attemptDurationSeconds, a 32-bit integer)."""

MIN_SCHEDULING_PRIORITY, MAX_SCHEDULING_PRIORITY = 0, 9999
"""Within a share (model: SubmitJobRequest.schedulingPriorityOverride)."""

MAX_SHARE_IDENTIFIER = 255
"""Characters of a share identifier (model: SubmitJobRequest.shareIdentifier)."""

SHARE_IDENTIFIER = re.compile(rf"[A-Za-z0-9]{{1,{MAX_SHARE_IDENTIFIER}}}")
"""Letters and digits, no hyphen (model: SubmitJobRequest.shareIdentifier)."""

RESERVED_ENVIRONMENT = "AWS_BATCH"
"""How the names begin that AWS Batch keeps for itself (model: ContainerOverrides.environment)."""

ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""The names that a shell takes (POSIX, 3.231 Name)."""

MAX_DEPENDENCIES = 20
"""Jobs that one job depends on (model: SubmitJobRequest.dependsOn)."""

MAX_IMAGE = 255
"""Characters of an image (model: ContainerProperties.image)."""

IMAGE = re.compile(r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}")
"""A registry, where one is named, a repository and a digest (OCI distribution specification)."""

MIN_MEMORY = 4
"""MiB of a container (model: ResourceRequirement.value of MEMORY)."""

MIN_VCPU = 1
"""Whole vCPUs of a container on EC2 (model: ResourceRequirement.value of VCPU)."""


def check_job_name(name: str) -> None:
    """Refuse a job name outside `JOB_NAME`."""
    if not JOB_NAME.fullmatch(name):
        near = re.sub(r"[^A-Za-z0-9_-]+", "-", name).lstrip("-_")[:MAX_JOB_NAME] or "job"
        raise UsageError(
            Field("name", name),
            f" is not a job name: 1 to {MAX_JOB_NAME} letters, digits, - and _, the first a letter or digit.",
            fix=("Use ", Field("name", near), "."),
        )


def check_array_size(size: int) -> None:
    """Refuse an array of fewer than `MIN_ARRAY` or more than `MAX_ARRAY` children."""
    if not MIN_ARRAY <= size <= MAX_ARRAY:
        raise UsageError(
            Field("array", size),
            f": an array has {MIN_ARRAY} to {MAX_ARRAY} children.",
            fix="Leave it out for a single job."
            if size < MIN_ARRAY
            else f"Use {MAX_ARRAY} and a second array for the rest.",
        )


def check_attempts(attempts: int) -> None:
    """Refuse a number of attempts outside `MIN_ATTEMPTS` to `MAX_ATTEMPTS`; the first try counts."""
    if not MIN_ATTEMPTS <= attempts <= MAX_ATTEMPTS:
        raise UsageError(
            Field("attempts", attempts),
            f": a job has {MIN_ATTEMPTS} to {MAX_ATTEMPTS} attempts, the first one included.",
            fix=("Use ", Field("attempts", _nearest(attempts, MIN_ATTEMPTS, MAX_ATTEMPTS)), "."),
        )


def check_timeout(seconds: int) -> None:
    """Refuse a timeout in seconds under `MIN_TIMEOUT` or above `MAX_TIMEOUT`."""
    if seconds < MIN_TIMEOUT:
        raise UsageError(
            Field("timeout", seconds),
            f": the least timeout is {MIN_TIMEOUT} seconds.",
            fix=("Use ", Field("timeout", MIN_TIMEOUT), "."),
        )
    if seconds > MAX_TIMEOUT:
        raise UsageError(
            Field("timeout", seconds), f": the greatest timeout is {MAX_TIMEOUT} seconds.", fix="Leave it out."
        )


def check_scheduling_priority(priority: int) -> None:
    """Refuse a priority outside `MIN_SCHEDULING_PRIORITY` to `MAX_SCHEDULING_PRIORITY`."""
    least, most = MIN_SCHEDULING_PRIORITY, MAX_SCHEDULING_PRIORITY
    if not least <= priority <= most:
        raise UsageError(
            Field("scheduling_priority", priority),
            f": a scheduling priority is {least} to {most}.",
            fix=("Use ", Field("scheduling_priority", _nearest(priority, least, most)), "."),
        )


def check_share_identifier(identifier: str) -> None:
    """Refuse a share identifier outside `SHARE_IDENTIFIER`."""
    if not SHARE_IDENTIFIER.fullmatch(identifier):
        near = re.sub(r"[^A-Za-z0-9]", "", identifier)[:MAX_SHARE_IDENTIFIER] or "default"
        raise UsageError(
            Field("share_identifier", identifier),
            f": a share identifier is 1 to {MAX_SHARE_IDENTIFIER} letters and digits.",
            fix=("Use ", Field("share_identifier", near), "."),
        )


def check_environment_names(names: Iterable[str], field: str = "env") -> None:
    """Refuse names of variables that AWS Batch keeps for itself or that no shell takes; ``field`` is what has them."""
    for name in names:
        if name.upper().startswith(RESERVED_ENVIRONMENT):
            raise UsageError(
                Field(field, name),
                f": names that begin with {RESERVED_ENVIRONMENT} are reserved by AWS Batch.",
                fix=f"Use another name, for example JOB_{name[len(RESERVED_ENVIRONMENT) :].lstrip('_') or 'VALUE'}.",
            )
        if not ENVIRONMENT_NAME.fullmatch(name):
            raise UsageError(
                Field(field, name),
                " is not the name of an environment variable.",
                fix="Use letters, digits and _, the first not a digit.",
            )


def check_image(image: str) -> None:
    """Refuse an image that is not named by its whole digest: what a tag names may change between two jobs."""
    if not IMAGE.fullmatch(image):
        raise UsageError(
            Field("image", image),
            " does not name an image by its digest, REPOSITORY@sha256: and 64 digits.",
            fix=("Take `image` of what this prints: ", Command("image", "list", "-o", "json"), "."),
        )
    if len(image) > MAX_IMAGE:
        raise UsageError(
            Field("image", image[:40]),
            f"… has {len(image)} characters; AWS Batch takes {MAX_IMAGE} at most.",
            fix="Push it to a repository with a shorter name.",
        )


def check_depends_on(dependencies: Sequence[Any]) -> None:
    """Refuse more dependencies than `MAX_DEPENDENCIES`, which a job may have at most. Raises UsageError."""
    if len(dependencies) > MAX_DEPENDENCIES:
        raise UsageError(
            Field("depends_on"),
            f": {len(dependencies)} dependencies; a job has at most {MAX_DEPENDENCIES}.",
            fix="Make the earlier jobs one array and depend on that, or add a job in between.",
        )


def _nearest(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)


RULES: dict[str, Callable[[Any], None]] = {
    "name": check_job_name,
    "command": check_command,
    "env": check_environment_names,
    "image": check_image,
    "array": check_array_size,
    "depends_on": check_depends_on,
    "share_identifier": check_share_identifier,
    "scheduling_priority": check_scheduling_priority,
    "attempts": check_attempts,
    "timeout": check_timeout,
    "tags": check_tags,
}
"""Field → its rule. What takes more than one field (vCPUs and memory) is checked where the request is built."""


def check_fields(given: Mapping[str, Any]) -> None:
    """Hold the text in all given fields against what can reach a job, then each field against its rule.

    Rules are held in the order of `RULES`; None is not given. Raises UsageError.
    """
    for name, value in given.items():
        if value:
            check_text(value, name)
    for name, check in RULES.items():
        if (value := given.get(name)) is not None:
            check(value)
