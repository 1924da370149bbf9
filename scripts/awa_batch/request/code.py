"""``code``: the job code of a clone, which a job runs in place of its image's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from awa_batch.batch.submitted_code import CODE
from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.images.code import pack_code
from awa_batch.job import JobSpec
from awa_batch.request.released import check_unreleased
from awa_batch.request.upload import Upload
from awa_batch.text import Field

TAG = "awa-batch:code"


@dataclass(frozen=True)
class SubmittedCode:
    """What a job that runs a clone's code gets: a variable, a tag that shows it, and the archive in S3."""

    variables: dict[str, str]
    tags: dict[str, str]
    uploads: tuple[Upload, ...]


def code_of(contract: Contract, spec: JobSpec) -> SubmittedCode:
    """Return what ``spec.code`` adds to a request; nothing where none is named.

    Raises UsageError naming the field: where the environment takes released code alone, where the command is not one of
    ``run_batch.py``, which alone runs such code, and where the folder cannot be packed.
    """
    if spec.code is None:
        return SubmittedCode({}, {}, ())
    field = Field("code", spec.code)
    check_unreleased(contract, field, "code")
    command = spec.command or spec.container_overrides.get("command")
    if command and not any(word.rsplit("/", 1)[-1] == "run_batch.py" for word in command):
        raise UsageError(
            field,
            ": only run_batch.py runs code that was submitted, and the command is another.",
            fix=("Use ", Field("command", '["python", "run_batch.py", "JOB"]'), ", or release the image."),
        )
    if not contract.data_bucket.name:
        raise UsageError(
            field,
            " needs a data bucket, and none is known.",
            fix=("Name an environment with ", Field("env_name"), ", or set AWA_BATCH_BUCKET."),
        )
    upload = _upload(contract.data_bucket.name, Path(spec.code).resolve())
    digest = upload.key.rsplit("/", 1)[-1].split(".", 1)[0]
    return SubmittedCode({CODE: upload.uri}, {TAG: digest[:12]}, (upload,))


@cache
def _upload(bucket: str, root: Path) -> Upload:
    """Return the archive as an object: one for all jobs of a run."""
    return Upload.of(bucket, pack_code(root), "tar.gz")
