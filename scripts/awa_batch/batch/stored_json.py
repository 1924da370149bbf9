"""A JSON object in S3 that several machines write: each write says which version it replaces, and S3 refuses others.

Conditional writes: "Amazon S3 User Guide", How to prevent object overwrites with conditional writes. Who loses gets 412
PreconditionFailed; 409 ConditionalRequestConflict where both were at it at once; 404 where what was to be replaced has
gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from awa_batch.batch.failures import CallError, calling
from awa_batch.errors import UsageError
from awa_batch.json_text import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOST = frozenset({404, 409, 412})


@dataclass(frozen=True)
class Stored:
    """What was read: the value, the version (an ETag) that a write names, and its age in seconds by S3's own clock."""

    value: dict[str, Any]
    version: str
    age: float


@dataclass(frozen=True)
class StoredJson:
    """The object ``key`` of ``bucket``, which holds a JSON object."""

    s3: S3Client
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """Where it lies."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self) -> Stored | None:
        """Return what is there, None where nothing is. Raises CallError, UsageError for what is no JSON object."""
        try:
            with calling(f"reading {self.uri}"):
                answer = self.s3.get_object(Bucket=self.bucket, Key=self.key)
                text = answer["Body"].read().decode("utf-8", "replace")
        except CallError as error:
            if error.code == "NoSuchKey":
                return None
            raise
        try:
            value = read_json(text)
        except ValueError as error:
            value = str(error)
        if not isinstance(value, dict):
            raise UsageError(
                f"{self.uri} is not what awa-batch writes there.", fix="Look at it; where nobody needs it, delete it."
            )
        said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = parsedate_to_datetime(said) if said else datetime.now(UTC)
        return Stored(value, answer.get("ETag", ""), max(0.0, (now - answer["LastModified"]).total_seconds()))

    def write(self, value: dict[str, Any], *, over: str | None) -> str | None:
        """Replace the version ``over``, or make the object where it is None. Returns the new version.

        None where somebody else has written, or removed, it meanwhile: nothing was written then. Raises CallError.
        """
        body = json.dumps(value, indent=1, sort_keys=True).encode()
        try:
            with calling(f"writing {self.uri}"):
                if over is None:
                    answer = self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=body, IfNoneMatch="*")
                else:
                    answer = self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=body, IfMatch=over)
        except CallError as error:
            if error.status in _LOST and error.code != "NoSuchBucket":
                return None
            raise
        return answer.get("ETag", "")

    def remove(self) -> None:
        """Remove it, whoever wrote it. Raises CallError."""
        with calling(f"removing {self.uri}"):
            self.s3.delete_object(Bucket=self.bucket, Key=self.key)
