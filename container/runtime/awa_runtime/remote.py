"""Read what a job was given by address: an object in S3, a parameter in Systems Manager, a file."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

S3 = "s3://"
SSM = "ssm:"


class RemoteError(Exception):
    """What an address names could not be read; ``str()`` says why and what to do."""


def is_uri(text: str) -> bool:
    """Return whether ``text`` is an address: ``s3://bucket/key`` or ``ssm:/parameter/name``."""
    return text.startswith((S3, SSM))


def read_uri(uri: str) -> str:
    """Return the text that ``s3://bucket/key`` or ``ssm:/parameter/name`` holds. Raises RemoteError."""
    if uri.startswith(SSM):
        return _parameter(uri)
    try:
        return read_object(uri).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RemoteError(f"{uri} is not UTF-8 text (byte {error.start}).\n  Write it as UTF-8.") from None


def read_object(address: str, start: int = 0, end: int | None = None) -> bytes:
    """Return the bytes from ``start`` up to, not with, ``end`` of ``s3://bucket/key`` or of a local file.

    Raises RemoteError; FileNotFoundError where nothing lies there.
    """
    if not address.startswith(S3):
        return _file(Path(address), start, end)
    bucket, _, key = address.removeprefix(S3).partition("/")
    if not bucket or not key:
        raise RemoteError(f"{address} names no object.\n  Write s3://BUCKET/KEY.")
    where = {} if start == 0 and end is None else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _client("s3").get_object(Bucket=bucket, Key=key, **where)
        return bytes(answer["Body"].read())
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in ("NoSuchKey", "404"):
            raise FileNotFoundError(2, "there is no such object", address) from None
        fix = (
            f"Give the job role s3:GetObject on it and s3:ListBucket on {bucket}."
            if code in ("AccessDenied", "403")
            else "Check bucket and key."
        )
        raise RemoteError(f"{address} cannot be read: {error}.\n  {fix}") from None
    except (BotoCoreError, OSError, ValueError) as error:  # botocore refuses an endpoint with a ValueError
        raise RemoteError(f"{address} cannot be read: {error}.\n  {_ACCESS}") from None


_ACCESS = "Check the network and the credentials: in a job its role's, on a laptop AWS_PROFILE and AWS_REGION."


def _file(path: Path, start: int, end: int | None) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read() if end is None else file.read(end - start)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RemoteError(f"{path} cannot be read: {error.strerror}.\n  Name a file that can.") from None


def _parameter(uri: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    name = uri.removeprefix(SSM)
    while name.startswith("//"):
        name = name[1:]
    if not name.strip("/"):
        raise RemoteError(f"{uri} names no parameter.\n  Write ssm:/PATH/NAME.")
    try:
        return str(_client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        fix = {
            "ParameterNotFound": "Check the parameter's name and the region.",
            "AccessDeniedException": "Give the job role ssm:GetParameter on it, and kms:Decrypt where it is encrypted.",
        }.get(code, "Check the parameter.")
        raise RemoteError(f"{uri} cannot be read: {error}.\n  {fix}") from None
    except (BotoCoreError, ValueError) as error:
        raise RemoteError(f"{uri} cannot be read: {error}.\n  {_ACCESS}") from None


@cache
def _client(service: str) -> Any:
    """Return a client of the job's own role and region. The local AWS has no bucket host names, so paths there."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "total_max_attempts": 5})
    if os.environ.get("AWS_ENDPOINT_URL"):
        config = config.merge(Config(s3={"addressing_style": "path"}))
    client: Any = boto3.client
    return client(service, config=config)
