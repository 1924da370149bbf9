"""Files that two commands may want at the same moment, or that a user names, or a kill must not leave half written."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.text import Part, Text, as_text

MAX_GIVEN = 16 * 1024 * 1024
"""Bytes of a file that a user names, unless its reader takes more: a thousand times what AWS Batch takes of any."""

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_given(path: Path, named: Part | Text, fix: Part | Text, *, most: int = MAX_GIVEN) -> bytes:
    """Return the bytes of a file that a user named: ``named`` says how, ``fix`` what to name in place of a wrong one.

    Nothing waits, and nothing is read without an end: a pipe, a socket, a device and a file of more than ``most`` bytes
    are refused. Raises UsageError, for what cannot be read as well.
    """
    said = as_text(named)
    try:
        _refuse_special(path.stat().st_mode, said)
        # Not blocking, and no terminal of ours: it may have become something else since.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            _refuse_special(about.st_mode, said)
            content = b"" if about.st_size > most else file.read(most + 1)
    except (OSError, ValueError) as error:  # the latter: a name with a NUL in it
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(*said, f": {why}.", fix=fix) from None
    if about.st_size > most or len(content) > most:
        raise UsageError(
            *said, f" is too large: at most {most // 1024 // 1024} MiB are read.", fix="Split it, or name another file."
        )
    return content


def read_given_text(path: Path, named: Part | Text, fix: Part | Text, *, most: int = MAX_GIVEN) -> str:
    """Return a file that a user named as UTF-8 text, without its byte order mark. Raises UsageError as `read_given`."""
    try:
        return read_given(path, named, fix, most=most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            *as_text(named), f" is not UTF-8 text: {error.reason} at byte {error.start}.", fix="Save it as UTF-8."
        ) from None


def _refuse_special(mode: int, said: Text) -> None:
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            raise UsageError(*said, f" is {kind}, not a file.", fix="Save what it gives in a file, and name that.")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an OSError tell of ``path``: one of a full disk names no file, one in a temporary file names that."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename2 is None:
            error.filename = str(path)
        raise


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write ``text`` (UTF-8) to ``path`` so that readers, and a kill, find the old content or the new one.

    Where it is ``private``, its owner alone may read it, whatever the umask. Raises OSError; nothing else is left
    behind then. A device or a pipe is written to: for root, /dev/null would else become a file for all of the machine.
    """
    if path.exists() and not path.is_file():
        with naming(path):
            path.write_text(text, encoding="utf-8")
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with naming(path):
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
    try:
        with naming(path):
            if private:
                private_folder(temporary)
            else:
                temporary.mkdir(parents=True)
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


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder itself, which may be read-only; where another process has it, wait for it."""
    file = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
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
