"""Why the job cannot go on."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from jobs.s3_concat.model import Config

EXIT_FAILED = 1
EXIT_REFUSED = 2

CHANGED = ("PreconditionFailed", "412", "NoSuchKey", "404", "InvalidRange", "416")
"""Codes of S3 for an object that is no longer what was listed."""


class JobError(Exception):
    """One line of what, one of what to do, and the job's exit code."""

    def __init__(self, what: str, fix: str, code: int = EXIT_FAILED) -> None:
        super().__init__(f"{what}\n  {fix}")
        self.code = code


def code_of(error: ClientError) -> str:
    """Return S3's code of an error: a word, or the HTTP status where there was no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explain(error: ClientError | BotoCoreError, config: Config) -> JobError:
    """Turn what S3 answered into a line that names the field or the permission at fault."""
    if isinstance(error, BotoCoreError):
        return JobError(f"S3 failed: {error}.", "Check the network, the region and the job role; then retry.")
    code = code_of(error)
    if code == "NoSuchBucket":
        return JobError(f"There is no bucket {config.bucket}.", "Set bucket to one that exists.", EXIT_REFUSED)
    if code in CHANGED:
        return JobError(
            f"An input changed while it was read or copied ({error.operation_name}: {code}).",
            "Run the job again when nothing writes there any more.",
        )
    if code in ("AccessDenied", "403", "AllAccessDisabled"):
        return JobError(
            f"S3 refused {error.operation_name} in {config.bucket}: {code}.",
            f"The job role needs to list and read {', '.join(f'{one}*' for one in config.prefixes)} and to write "
            f"{config.output_key}.",
        )
    return JobError(f"S3 refused {error.operation_name}: {error}.", "Look the code up; then retry the job.")
