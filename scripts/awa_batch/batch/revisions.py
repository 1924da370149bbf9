"""Revisions of a job definition: whether a newer one is there, and what it changes for a job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awa_batch.batch.definitions import newest_definition
from awa_batch.batch.derived import derived_name
from awa_batch.batch.failures import CallError
from awa_batch.batch.resources import requirements
from awa_batch.batch.several import containers_of, main_container

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef

_DIGEST = re.compile(r"@sha256:([0-9a-f]{12})[0-9a-f]*$")
_PARTS = {
    "command": "the command",
    "jobRoleArn": "the job role",
    "executionRoleArn": "the execution role",
    "user": "the user",
    "volumes": "volumes",
    "mountPoints": "mount points",
    "secrets": "secrets",
    "linuxParameters": "linux parameters",
    "logConfiguration": "the log configuration",
    "ulimits": "ulimits",
    "privileged": "privileges",
    "readonlyRootFilesystem": "the read-only root",
    "networkConfiguration": "the network",
    "fargatePlatformConfiguration": "the platform version",
    "ephemeralStorage": "ephemeral storage",
    "runtimePlatform": "the architecture",
}
_OWN = {
    "timeout": "the timeout",
    "retryStrategy": "the retry strategy",
    "parameters": "parameters",
    "schedulingPriority": "the scheduling priority",
}


@dataclass(frozen=True)
class NewerRevision:
    """The newest ACTIVE revision of a job's definition, where the job ran another one.

    ``name`` is ``name:revision``, ``changes`` what differs, in words; () where nothing that a job sees does.
    """

    name: str
    arn: str
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}, which changes {' and '.join(self.changes)}" if self.changes else self.name


def name_of(revision: str) -> str:
    """Return the name in a definition's ARN or ``name:revision``."""
    return revision.rsplit("/", 1)[-1].rsplit(":", 1)[0]


def newer_revision(batch: BatchClient, arn: str, own: JobDefinitionTypeDef | None) -> NewerRevision | None:
    """Return the newest revision where it is newer than ``arn``, what a job ran; None where it is not, or not known.

    Of a definition that was derived for another image there is none: a second one of its name runs the same. ``own`` is
    what AWS still shows of ``arn``. One call, which the credentials need not be allowed to make.
    """
    number = arn.rsplit(":", 1)[-1]
    if derived_name(arn):
        return None
    try:
        newest = newest_definition(batch, name_of(arn))
    except CallError:
        return None
    if newest is None or not number.isdecimal() or newest["revision"] <= int(number):
        return None
    name = f"{newest['jobDefinitionName']}:{newest['revision']}"
    return NewerRevision(name, newest["jobDefinitionArn"], tuple(changes_between(own, newest)) if own else ())


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between two definitions, as a person would say it; values of variables are not in it."""
    old, new = before.get("containerProperties") or {}, after.get("containerProperties") or {}
    if old.get("image") != new.get("image"):
        yield f"the image ({_image(old)} to {_image(new)})"
    had, has = requirements(old), requirements(new)
    for kind, unit in (("VCPU", "vCPUs"), ("MEMORY", "MiB"), ("GPU", "GPUs")):
        if had.get(kind, "0") != has.get(kind, "0"):
            yield f"{unit} ({had.get(kind, '0')} to {has.get(kind, '0')})"
    variables = [
        {one.get("name", ""): one.get("value", "") for one in part.get("environment") or ()} for part in (old, new)
    ]
    if changed := sorted(
        name for name in {*variables[0], *variables[1]} if variables[0].get(name) != variables[1].get(name)
    ):
        yield f"variables ({', '.join(changed)})"
    yield from (said for key, said in _PARTS.items() if (old.get(key) or None) != (new.get(key) or None))
    beside = [
        {str(one.get("name")): one for one in containers_of(part) if one.get("name") != main_container(part)}
        for part in (before, after)
    ]
    yield from (
        f"the container {name}"
        for name in sorted({*beside[0], *beside[1]})
        if beside[0].get(name) != beside[1].get(name)
    )
    yield from (said for key, said in _OWN.items() if (before.get(key) or None) != (after.get(key) or None))


def _image(container: Mapping[str, Any]) -> str:
    """Return an image as short as it can be told from another: its digest's beginning, else its name and tag."""
    image = str(container.get("image", ""))
    digest = _DIGEST.search(image)
    return digest[1] if digest else image.rsplit("/", 1)[-1]
