"""What a job of the demo reads and writes in S3: upload the sources, compare the result with them."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from awa_batch.errors import JobFailedError, UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1 << 20
_UPLOADS = 8  # files that are compressed and sent at a time


def sources(source_dir: Path) -> list[Path]:
    """Return the .dat files of a folder, in name order. Raises UsageError where there is none."""
    found = sorted(source_dir.glob("*.dat"), key=lambda path: path.name.encode())
    if not found:
        raise UsageError(f"{source_dir} has no .dat file.", fix="Name a folder that has some.")
    return found


def upload(s3_client: S3Client, bucket: str, source_dir: Path, prefix: str) -> list[str]:
    """Upload every .dat file of ``source_dir``, compressed, under ``prefix``, several at a time.

    Returns all their keys, in name order.

    The same source always gives the same object, and one that is there already with that content is left alone.
    Raises UsageError where there is nothing to upload; S3's refusals come through as botocore's ClientError.
    """

    def put(path: Path) -> str:
        content = path.read_bytes()
        mark = hashlib.sha256(content).hexdigest()
        key = f"{prefix}{path.name}.gz"
        if _mark_of(s3_client, bucket, key) != mark:
            s3_client.put_object(
                Bucket=bucket,
                Key=key,
                Body=gzip.compress(content, compresslevel=9, mtime=0),
                ContentType="application/gzip",
                Metadata={"source-sha256": mark},
            )
        return key

    with ThreadPoolExecutor(_UPLOADS, "upload") as pool:
        return list(pool.map(put, sources(source_dir)))


def _mark_of(s3_client: S3Client, bucket: str, key: str) -> str | None:
    try:
        return s3_client.head_object(Bucket=bucket, Key=key)["Metadata"].get("source-sha256")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
            return None
        raise


def verify(s3_client: S3Client, bucket: str, key: str, source_dir: Path) -> tuple[int, str]:
    """Compare the object, decompressed, with the joined sources byte for byte; return (bytes, SHA-256 in hex).

    Raises JobFailedError that names the first byte that differs, or where the object is missing or no gzip.
    """
    where = f"s3://{bucket}/{key}"
    try:
        body = s3_client.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            raise JobFailedError(
                f"{where} is not there.", fix=("Look at the job: ", Command("logs", "@last"), ".")
            ) from None
        raise
    expected = b"".join(path.read_bytes() for path in sources(source_dir))
    digest, position = hashlib.sha256(), 0
    try:
        with gzip.open(body) as content:
            while piece := content.read(CHUNK):
                if piece != expected[position : position + len(piece)]:
                    raise JobFailedError(
                        f"{where} differs from the joined sources in {source_dir} after byte {position}.", fix=_OTHERS
                    )
                digest.update(piece)
                position += len(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise JobFailedError(f"{where} is not a whole gzip file: {error}.", fix="Run the job again.") from None
    if position != len(expected):
        raise JobFailedError(
            f"{where} ends after {position} bytes; the joined sources in {source_dir} have {len(expected)}.",
            fix=_OTHERS,
        )
    return position, digest.hexdigest()


_OTHERS = "See that nothing but the sources lies under the input prefix, and run the job again."
