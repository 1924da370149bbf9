"""Pack a clone's job code, so that a job can run it without a build: what would go into the image, packages apart."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from functools import cache
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.images.context import context_files, file_mode
from awa_batch.text import Field

FOLDERS = ("container/runtime/awa_runtime", "jobs")
ENTRY = "container/latest/run_batch.py"
LIMIT = "AWA_BATCH_CODE_MIB"
"""The variable with the most MiB that an archive may have."""
DEFAULT_MIB = 10.0


@cache
def pack_code(root: Path) -> bytes:
    """Return the code of the clone ``root`` as a gzipped tar archive; the same files give the same bytes.

    Read once in a process, so that all jobs of one submission run the same. Below the archive's root lie
    ``run_batch.py``, ``awa_runtime/`` and ``jobs/``, as below /app in the image; what git ignores by .dockerignore's
    rules, documents, tests and sample data stay out. Raises UsageError for a folder that is no clone, and for more
    than `LIMIT` MiB (default `DEFAULT_MIB`).
    """
    if not _is_file(root / ENTRY):
        raise UsageError(
            Field("code", root),
            f" is not a clone of the project: it has no {ENTRY}.",
            fix="Name the clone's own folder.",
        )
    places = {ENTRY: Path(ENTRY).name}
    for name in context_files(root, FOLDERS):
        places[name] = name.removeprefix("container/runtime/")
    found = io.BytesIO()
    # No time and no user, so that the archive is the files' alone.
    with (
        gzip.GzipFile(fileobj=found, mode="wb", filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for source, name in sorted(places.items(), key=lambda one: one[1]):
            content = (root / source).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), file_mode(root / source)
            archive.addfile(entry, io.BytesIO(content))
    most = _limit()
    if len(found.getvalue()) > most * (1 << 20):
        raise UsageError(
            Field("code", root),
            f" has {len(found.getvalue()) / (1 << 20):.1f} MiB packed; {most:g} are the most.",
            fix=f"Keep data out of jobs/ (data.src/ is left out), or set {LIMIT}.",
        )
    return found.getvalue()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def _limit() -> float:
    text = os.environ.get(LIMIT, "")
    try:
        return float(text) if text else DEFAULT_MIB
    except ValueError:
        raise UsageError(f"{LIMIT}={text} is not a number of MiB.", fix=f"Write {LIMIT}={DEFAULT_MIB:g}.") from None
