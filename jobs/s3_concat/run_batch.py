"""s3_concat: decompress every object under a prefix, join them in name order, compress, write the result.

Memory and disk stay bounded: inputs are streamed, and only the compressed result is kept, in the temporary folder,
until it is checked and uploaded. Running it again gives the same object. Exit codes: 1 failed, 2 refused.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from awa_runtime import configure_logging, load_config, on_sigterm
from jobs.s3_concat.gz import ENGINE, GzipError, Tally, Writer, decompress
from jobs.s3_concat.model import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

log = logging.getLogger("s3_concat")

CHUNK = 1 << 20
UPLOADS = 4  # parts of 8 MiB on their way at a time: this, not the data, decides the memory that the upload takes
EXIT_FAILED = 1
EXIT_REFUSED = 2


class JobError(Exception):
    """Why the job cannot go on: one line of what, one of what to do, and its exit code."""

    def __init__(self, what: str, fix: str, code: int = EXIT_FAILED) -> None:
        super().__init__(f"{what}\n  {fix}")
        self.code = code


def client() -> S3Client:
    """Return an S3 client; with a local endpoint (AWS_ENDPOINT_URL), which has no bucket host names, buckets are paths.

    Raises JobError where the region, the profile or the endpoint is none.
    """
    local = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    try:
        return boto3.client(
            "s3",
            config=ClientConfig(
                retries={"mode": "standard", "total_max_attempts": 8},
                s3={"addressing_style": "path" if local else "auto"},
            ),
        )
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no address
        raise JobError(
            f"There is no S3 client: {error}.", "Correct AWS_REGION, AWS_PROFILE or AWS_ENDPOINT_URL.", EXIT_REFUSED
        ) from error


def inputs(s3: S3Client, config: Config) -> list[ObjectTypeDef]:
    """Return the objects to join, in name order (by the key's bytes). Raises JobError where there is none."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=config.bucket, Prefix=config.input_prefix)
    # Keys that end in / are the folders that the S3 console makes.
    found = [item for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]
    if not found:
        raise JobError(
            f"There is no object under s3://{config.bucket}/{config.input_prefix}: nothing to join.",
            "Upload the inputs first, or set input_prefix to where they are.",
            EXIT_REFUSED,
        )
    return sorted(found, key=lambda item: item["Key"].encode())


def read(s3: S3Client, bucket: str, item: ObjectTypeDef) -> Iterator[bytes]:
    """Yield an object's bytes as they were when it was listed: a change in between is refused by S3 (412).

    A connection that breaks is taken up again where it broke.
    """
    position, broken = 0, 0
    while position < item["Size"]:
        body = s3.get_object(Bucket=bucket, Key=item["Key"], IfMatch=item["ETag"], Range=f"bytes={position}-")["Body"]
        try:
            while chunk := body.read(CHUNK):
                position += len(chunk)
                yield chunk
        except BotoCoreError as error:
            broken += 1
            if broken == 5:
                raise
            log.warning("%s broke at byte %d (%s); going on from there", item["Key"], position, error)
            time.sleep(0.2 * 2**broken)
        finally:
            body.close()


def join(s3: S3Client, config: Config, objects: list[ObjectTypeDef], target: Path) -> tuple[Tally, int]:
    """Write the joined content, compressed, to ``target``; return its tally and the bytes read. Raises JobError."""
    total, compressed = Tally(), 0
    with target.open("wb") as file:
        writer = Writer(file)
        for item in objects:
            key, one = item["Key"], Tally()
            try:
                for piece in decompress(read(s3, config.bucket, item)):
                    one.add(piece)
                    total.add(piece)
                    writer.write(piece)
            except GzipError as error:
                raise JobError(
                    f"s3://{config.bucket}/{key} cannot be read: {error}.",
                    "Upload it again as gzip, or move it out of the input prefix.",
                ) from None
            compressed += item["Size"]
            log.info("read %s: %d bytes compressed, %d bytes, %d lines", key, item["Size"], one.size, one.lines)
        writer.close()
    return total, compressed


def check(target: Path, expected: Tally) -> None:
    """Read the compressed result back and compare bytes, lines and CRC. Raises JobError."""
    found = Tally()
    try:
        with target.open("rb") as file:
            for piece in decompress(iter(lambda: file.read(CHUNK), b"")):
                found.add(piece)
    except GzipError as error:
        raise JobError(f"The result does not read back: {error}.", "Run the job again.") from None
    if found != expected:
        raise JobError(f"The result reads back as {found}, not {expected}.", "Run the job again.")


def write(s3: S3Client, config: Config, target: Path, tally: Tally) -> None:
    """Upload the result, S3 checking it against a checksum, and see that it is there in full. Raises JobError."""
    s3.upload_file(
        str(target),
        config.bucket,
        config.output_key,
        Config=TransferConfig(max_concurrency=UPLOADS),
        ExtraArgs={
            "ChecksumAlgorithm": "CRC32",
            "ContentType": "application/gzip",
            "Metadata": {
                "content-size": str(tally.size),
                "content-lines": str(tally.lines),
                "content-crc32": f"{tally.crc32:08x}",
            },
        },
    )
    stored = s3.head_object(Bucket=config.bucket, Key=config.output_key)["ContentLength"]
    if stored != target.stat().st_size:
        raise JobError(
            f"s3://{config.bucket}/{config.output_key} has {stored} bytes, not the {target.stat().st_size} sent.",
            "See that no other job writes the same output_key, and run this one again.",
        )


def run(config: Config, s3: S3Client) -> dict[str, Any]:
    """Do the job; return its summary. What it makes in between is removed however it ends. Raises JobError."""
    started = time.monotonic()
    try:
        objects = inputs(s3, config)
        log.info("joining %d objects of s3://%s/%s with %s", len(objects), config.bucket, config.input_prefix, ENGINE)
        with tempfile.TemporaryDirectory(prefix="s3_concat-") as folder:
            target = Path(folder) / "joined.gz"
            tally, read_bytes = join(s3, config, objects, target)
            check(target, tally)
            write(s3, config, target, tally)
            size = target.stat().st_size
    except ClientError as error:
        raise refused(error, config) from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise JobError(f"S3 failed: {error}.", "Check the network, the region and the job role; then retry.") from error
    except OSError as error:
        free = shutil.disk_usage(tempfile.gettempdir()).free
        raise JobError(
            f"The result cannot be kept in {tempfile.gettempdir()}: {error} ({free} bytes free).",
            "Give the job more ephemeral storage, in its definition.",
        ) from error
    return {
        "job": "s3_concat",
        "result": f"s3://{config.bucket}/{config.output_key}",
        "objects": len(objects),
        "compressed_bytes_read": read_bytes,
        "bytes": tally.size,
        "lines": tally.lines,
        "crc32": f"{tally.crc32:08x}",
        "compressed_bytes_written": size,
        "seconds": round(time.monotonic() - started, 3),
    }


def refused(error: ClientError, config: Config) -> JobError:
    """Turn what S3 answered into a line that names the field or the permission at fault."""
    code = error.response.get("Error", {}).get("Code", "")
    if code == "NoSuchBucket":
        return JobError(f"There is no bucket {config.bucket}.", "Set bucket to one that exists.", EXIT_REFUSED)
    if code in ("PreconditionFailed", "412", "NoSuchKey"):
        return JobError(
            f"An input under s3://{config.bucket}/{config.input_prefix} changed while it was read ({code}).",
            "Run the job again when nothing writes there any more.",
        )
    if code in ("AccessDenied", "403", "AllAccessDisabled"):
        return JobError(
            f"S3 refused {error.operation_name} in {config.bucket}: {code}.",
            f"The job role needs to list and read {config.input_prefix}* and to write {config.output_key}.",
        )
    return JobError(f"S3 refused {error.operation_name}: {error}.", "Look the code up; then retry the job.")


def main() -> int:
    """Read the configuration, run, print the summary as one line of JSON."""
    configure_logging()
    config = load_config(Config)
    on_sigterm(lambda: log.warning("told to end (SIGTERM): removing what was made in between"))
    try:
        summary = run(config, client())
    except JobError as error:
        print(error, file=sys.stderr, flush=True)
        return error.code
    print(json.dumps(summary), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
