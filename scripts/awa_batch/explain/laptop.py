"""The command that runs a failed job's code on a laptop: the same words, configuration, row and index."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import array_index
from awa_batch.masking import masked_request
from awa_batch.text import Command, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.target import Target

_ENTRY = "run_batch.py"
_NOT_OURS = ("AWS_BATCH", "MANAGED_BY_AWS", "AWS_ENDPOINT", "AWS_ACCESS", "AWS_SECRET", "AWS_SESSION")


def laptop_step(detail: JobDetailTypeDef, target: Target) -> Text | None:
    """Return a command line to paste in the clone's root; None for a job that is not one of ``jobs/``.

    A variable whose name sounds like a secret is left out, and named. What lies in S3 is read with the credentials at
    hand, for ENV=local those of the local AWS.
    """
    container = detail.get("container") or {}
    words = list(container.get("command") or ())
    place = next((number for number, word in enumerate(words) if word.rsplit("/", 1)[-1] == _ENTRY), None)
    if place is None or place + 1 >= len(words):
        return None
    given = [
        {"name": pair.get("name", ""), "value": pair.get("value", "")}
        for pair in container.get("environment") or ()
        if not pair.get("name", "").startswith(_NOT_OURS)
    ]
    masked = masked_request({"containerOverrides": {"environment": given}})["containerOverrides"]["environment"]
    shown = [pair for pair, known in zip(given, masked, strict=True) if pair == known]
    hidden = [pair["name"] for pair, known in zip(given, masked, strict=True) if pair != known]
    variables = [f"{pair['name']}={shlex.quote(pair['value'])}" for pair in shown]
    if (index := array_index(detail)) is not None:
        variables.append(f"AWS_BATCH_JOB_ARRAY_INDEX={index}")
    line = " ".join([*variables, ".venv/bin/python container/latest/run_batch.py", shlex.join(words[place + 1 :])])
    say = f", with {', '.join(hidden)} set" if hidden else ""
    if not target.has_account and "s3://" in line:
        return (f"On a laptop{say}, and with the variables of ", Command("local", "env"), f": {line}")
    return (f"On a laptop{say}: {line}",)
