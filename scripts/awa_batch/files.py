"""Files that two commands may want at the same moment, and that a kill must not leave half written."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write ``text`` (UTF-8) to ``path`` so that readers, and a kill, find the old content or the new one.

    Where it is ``private``, its owner alone may read it, whatever the umask. Raises OSError; nothing else is left
    behind then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        if private:
            temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter, whatever the umask, the missing ones above it too; return it.

    One that is there already is tightened where it is this user's. Raises OSError.
    """
    missing = []
    above = path
    while not above.exists():
        missing.append(above)
        above = above.parent
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    found = path.stat()
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        path.chmod(0o700)
    return path


def make_private(folder: Path) -> None:
    """Take a folder, and all that is in it, from everybody but its owner. Links are not followed. Raises OSError."""
    for place, folders, files in os.walk(folder):
        for one in (Path(place), *(Path(place, name) for name in [*folders, *files])):
            mode = one.lstat().st_mode
            if mode & 0o077 and not stat.S_ISLNK(mode):
                one.chmod(stat.S_IMODE(mode) & 0o700)


@contextmanager
def new_folder(path: Path, *, clear: bool = False, private: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill that becomes ``path``, which must not be there, when the block ends well.

    Where it is ``private``, it becomes its owner's alone with all that is in it.

    ``clear`` first removes what killed processes left of such folders, of whatever name, beside ``path``. Raises
    OSError, also where ``path`` has been made meanwhile; nothing else is left behind then.
    """
    if clear:
        for leftover in path.parent.glob(".*.new"):
            pid = leftover.name.rsplit(".", 3)[-3]
            if leftover.is_dir() and pid.isdecimal() and not _is_there(int(pid)):
                shutil.rmtree(leftover, ignore_errors=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    if private:
        private_folder(temporary)
    else:
        temporary.mkdir(parents=True)
    try:
        yield temporary
        if private:
            make_private(temporary)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _is_there(pid: int) -> bool:
    """Return whether a process of this number runs; another one may have got it, which keeps a leftover longer."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


class HeldError(Exception):
    """Another process has the lock; ``pid`` is what it wrote into the file ("?" where it has not yet)."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid


def lock(path: Path, *, wait: bool) -> int:
    """Lock ``path`` (made where it is missing) for this process, and return the open file: closing it unlocks.

    The kernel unlocks when the process ends, however it ends. The file stays: without it two processes could lock two
    files of one name. It holds the pid of the process that has, or had, the lock. Without ``wait`` HeldError is raised
    where another one has it.
    """
    private_folder(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        pid = os.pread(file, 32, 0).decode(errors="replace").strip()
        os.close(file)
        raise HeldError(pid or "?") from None
    except BaseException:
        os.close(file)
        raise
    return file


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``; where another process has it, wait for it."""
    file = lock(path, wait=True)
    try:
        yield
    finally:
        os.close(file)


def is_locked(path: Path) -> bool:
    """Return whether a process holds the lock of ``path``."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
