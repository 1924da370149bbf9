"""The result in S3: it appears when it is whole and as it was sent, or not at all."""

from __future__ import annotations

import base64
import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from isal import isal_zlib

from jobs.s3_concat.codecs import CONTENT_TYPES
from jobs.s3_concat.errors import CHANGED, EXIT_REFUSED, JobError, code_of
from jobs.s3_concat.model import Config
from jobs.s3_concat.reading import changed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    from jobs.s3_concat.inputs import Input

log = logging.getLogger("s3_concat")

MADE_OF = "inputs-sha256"
"""The result's metadata that tells what it was made of: a retry finds its own work by it."""

MIN_PART = 5 << 20
MAX_COPY = 5 << 30
MAX_PARTS = 10_000
"""S3's limits: 5 MiB a part but for the last, 5 GiB a part, 10,000 parts (S3 User Guide, "Amazon S3 multipart upload
limits")."""


class Existing(NamedTuple):
    """An object that is there: what it was made of (empty: nobody knows), its bytes, its ETag."""

    made_of: str
    size: int
    etag: str


def existing(s3: S3Client, bucket: str, key: str) -> Existing | None:
    """Return what is there under a key, or None."""
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchKey"):
            return None
        raise
    return Existing(head["Metadata"].get(MADE_OF, ""), head["ContentLength"], head["ETag"])


@dataclass
class Output:
    """The result that is being written to ``key``. Parts may come from several threads, in any order."""

    s3: S3Client
    config: Config
    key: str
    made_of: str

    def __post_init__(self) -> None:
        self._upload = ""
        self._parts: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def is_begun(self) -> bool:
        """Whether there are parts in S3."""
        return bool(self._upload)

    def put(self, data: bytes) -> None:
        """Write the whole result at once. S3 holds it against the checksum that is sent with it."""
        with _unless_there(self):
            self.s3.put_object(
                **self._named(), **self._described(), **self._condition(), Body=data, ChecksumCRC32=_base64_crc(data)
            )

    def begin(self) -> None:
        """Begin an upload in parts."""
        # A checksum of the whole object: S3 then works out those of parts that it copies. One of the parts' checksums,
        # which is its default, would have to name each of them at the end, and nobody knows those of copies.
        answer = self.s3.create_multipart_upload(
            **self._named(), **self._described(), ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
        )
        self._upload = answer["UploadId"]

    def part(self, number: int, data: bytes) -> None:
        """Upload a part, numbered from 1."""
        answer = self.s3.upload_part(
            **self._named(), UploadId=self._upload, PartNumber=number, Body=data, ChecksumCRC32=_base64_crc(data)
        )
        self._done(number, answer["ETag"])

    def copy(self, number: int, one: Input, start: int, end: int) -> None:
        """Have S3 copy a part of an object, which must still be what was listed. Raises JobError where it is not."""
        source: dict[str, Any] = {"CopySource": {"Bucket": one.bucket, "Key": one.key}, "CopySourceIfMatch": one.etag}
        if (start, end) != (0, one.size):
            source["CopySourceRange"] = f"bytes={start}-{end - 1}"
        try:
            answer = self.s3.upload_part_copy(**self._named(), UploadId=self._upload, PartNumber=number, **source)
        except ClientError as error:
            if code_of(error) in CHANGED:
                raise changed(one, start, code_of(error)) from error
            raise
        self._done(number, answer["CopyPartResult"]["ETag"])

    def complete(self, size: int, crc32: int | None) -> None:
        """Make the object of the parts; S3 refuses another size or, where one is given, another checksum."""
        parts: list[CompletedPartTypeDef] = [{"PartNumber": n, "ETag": etag} for n, etag in sorted(self._parts.items())]
        checksum: dict[str, Any] = {}
        if crc32 is not None:
            checksum = {"ChecksumCRC32": _base64(crc32), "ChecksumType": "FULL_OBJECT"}
        with _unless_there(self):
            self.s3.complete_multipart_upload(
                **self._named(), **self._condition(), **checksum,
                UploadId=self._upload, MultipartUpload={"Parts": parts}, MpuObjectSize=size,
            )  # fmt: skip
        self._upload = ""

    def check(self, size: int) -> None:
        """See that the object is there in full. Raises JobError."""
        stored = existing(self.s3, self.config.bucket, self.key)
        if stored is None or stored[:2] != (self.made_of, size):
            raise JobError(
                f"s3://{self.config.bucket}/{self.key} is not what was written ({size} bytes): {stored}.",
                "See that no other job writes the same output_key, and run this one again.",
            )

    def abort(self) -> None:
        """Leave no part behind. Does nothing where there is none."""
        if not self._upload:
            return
        try:
            self.s3.abort_multipart_upload(**self._named(), UploadId=self._upload)
        except (ClientError, BotoCoreError) as error:
            log.warning("the upload %s of %s could not be aborted: %s", self._upload, self.key, error)
        self._upload = ""

    def _named(self) -> dict[str, Any]:
        return {"Bucket": self.config.bucket, "Key": self.key}

    def _described(self) -> dict[str, Any]:
        return {"ContentType": CONTENT_TYPES[self.config.output_format], "Metadata": {MADE_OF: self.made_of}}

    def _condition(self) -> dict[str, Any]:
        return {} if self.config.overwrite else {"IfNoneMatch": "*"}

    def _done(self, number: int, etag: str) -> None:
        with self._lock:
            self._parts[number] = etag


@contextlib.contextmanager
def _unless_there(output: Output) -> Any:
    """Let pass an answer that says "there already" of what this very job made: the first answer was lost."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code == "ConditionalRequestConflict":
            raise JobError(f"Another writer finished {output.key} at this moment.", "Run the job again.") from error
        if code not in ("PreconditionFailed", "412", "NoSuchUpload"):
            raise
        found = existing(output.s3, output.config.bucket, output.key)
        if found is None or found.made_of != output.made_of:
            if code == "NoSuchUpload":
                raise
            raise kept(output.config, output.key) from error


def kept(config: Config, key: str) -> JobError:
    """Return what is said where an object is in the result's place."""
    return JobError(
        f"s3://{config.bucket}/{key} is there already, made of other inputs or by something else: it is kept.",
        "Set overwrite to true to replace it, or give another output_key.",
        EXIT_REFUSED,
    )


def _base64(crc32: int) -> str:
    return base64.b64encode(crc32.to_bytes(4, "big")).decode()


def _base64_crc(data: bytes) -> str:
    return _base64(isal_zlib.crc32(data))
