"""What has to lie in S3 before a job starts: a configuration, a manifest or an index map too large for the request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

PREFIX = "submit/"
"""Where it lies in the data bucket: every job role may read there, and old objects are deleted (module storage)."""


@dataclass(frozen=True)
class Upload:
    """An object. ``key`` is named for the content, so that the same content is one object however often it is sent."""

    bucket: str
    key: str
    body: bytes

    @property
    def uri(self) -> str:
        """The object's address, which the job gets in place of the content: ``s3://BUCKET/KEY``."""
        return f"s3://{self.bucket}/{self.key}"

    @classmethod
    def of(cls, bucket: str, body: bytes, extension: str) -> Upload:
        """Return ``body`` as an object named by its SHA-256."""
        return cls(bucket, f"{PREFIX}{hashlib.sha256(body).hexdigest()}.{extension}", body)
