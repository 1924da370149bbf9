"""Put a folder in place whole: a process that is killed half way leaves none, two that make the same one do no harm."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath


def put_whole(folder: Path, fill: Callable[[Path], object]) -> None:
    """Make ``folder`` of what ``fill`` puts into an empty one beside it. Raises what ``fill`` raises, and OSError.

    Where another process was faster, its folder stays.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        fill(part)
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def unpack(archive: bytes, folder: Path, strip: int = 0) -> None:
    """Unpack a tar archive, compressed or not, leaving out the first ``strip`` parts of each path, as tar(1) does.

    What would lie outside the folder, and devices, are refused. Raises OSError and tarfile.TarError.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:*") as files:
        wanted = []
        for member in files.getmembers():
            parts = PurePosixPath(member.name).parts[strip:]
            if not parts:
                continue
            changed = {"name": str(PurePosixPath(*parts))}
            if member.islnk():  # it names another member of the archive
                changed["linkname"] = str(PurePosixPath(*PurePosixPath(member.linkname).parts[strip:]))
            wanted.append(member.replace(**changed, deep=False) if strip else member)  # type: ignore[arg-type]
        files.extractall(folder, members=wanted, filter="data")
