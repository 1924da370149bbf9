"""Code that came with a job (`awa-batch submit --code`): fetched, verified, and run in place of the image's."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import tempfile
from pathlib import Path

from awa_runtime.archives import put_whole, unpack
from awa_runtime.remote import RemoteError, read_object

VARIABLE = "AWA_BATCH_CODE_ARCHIVE"
"""The variable that names the archive: ``s3://BUCKET/…/<SHA-256 of its bytes>.tar.gz``, or such a file."""

_NAME = re.compile(r"(?:^|/)([0-9a-f]{64})\.tar\.gz$")


class CodeError(Exception):
    """The code could not be had or is not what was submitted; ``str()`` says why and what to do."""


def submitted_code() -> Path | None:
    """Return the folder of the code that `AWA_BATCH_CODE_ARCHIVE` names, made if need be; None where nothing is named.

    The folder lies below the temporary one, as nothing else can be written to, and has the archive's SHA-256 for a
    name: two jobs that start at once on one machine may both make it. Raises CodeError.
    """
    address = os.environ.get(VARIABLE, "")
    if not address:
        return None
    named = _NAME.search(address)
    if not named:
        raise CodeError(
            f"{VARIABLE}={address} names no archive <SHA-256>.tar.gz.\n  Let awa-batch submit --code set it."
        )
    folder = Path(tempfile.gettempdir(), "awa-batch-code", named[1])
    if folder.is_dir():
        return folder
    try:
        archive = read_object(address)
    except FileNotFoundError:
        raise CodeError(
            f"The code {address} is not there (any more).\n  Submit again with awa-batch submit --code."
        ) from None
    except RemoteError as error:
        raise CodeError(str(error)) from None
    if hashlib.sha256(archive).hexdigest() != named[1]:
        raise CodeError(
            f"The code {address} is not what was submitted: its SHA-256 is another one.\n"
            "  Submit again with awa-batch submit --code."
        )
    _unpack(archive, folder)
    return folder


def _unpack(archive: bytes, folder: Path) -> None:
    try:
        put_whole(folder, lambda part: unpack(archive, part))
    except (OSError, tarfile.TarError) as error:
        raise CodeError(f"The code cannot be unpacked: {error}.\n  Give the job more room in /tmp.") from None
