"""Whole files and locks, also when a process is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.files import (
    HeldError,
    is_locked,
    lock,
    locked,
    new_folder,
    private_folder,
    read_given,
    read_given_text,
    write_whole,
)

HOLD = "import sys, pathlib; from awa_batch.files import lock; lock(pathlib.Path(sys.argv[1]), wait=False); print('held', flush=True); sys.stdin.read()"  # noqa: E501


def test_a_file_is_replaced_whole_and_keeps_the_usual_mode(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text("old")
    with file.open() as reader:
        write_whole(file, "nëw")
        assert reader.read() == "old"
    assert file.read_text(encoding="utf-8") == "nëw"
    plain = tmp_path / "plain"
    plain.touch()
    assert file.stat().st_mode == plain.stat().st_mode
    assert {path.name for path in tmp_path.iterdir()} == {"f.json", "plain"}


def test_what_cannot_be_written_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_text("old")

    def full(self: Path, *_: object, **__: object) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    assert file.read_text() == "old"


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    """As root, /dev/null would else become a file, for every program of the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]
    with pytest.raises(OSError, match="Is a directory"):
        write_whole(tmp_path, "text")


def test_a_folder_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    with new_folder(tmp_path / "made" / "a") as folder:
        (folder / "f").write_text("1")
        assert not (tmp_path / "made" / "a").exists()
    assert (tmp_path / "made" / "a" / "f").read_text() == "1"

    def broken() -> None:
        with new_folder(tmp_path / "made" / "b") as folder:
            (folder / "f").touch()
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        broken()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["a"]


def test_what_killed_processes_left_of_new_folders_is_cleared(tmp_path: Path) -> None:
    gone, runs, other = (tmp_path / name for name in (".a.999999999.0f.new", f".b.{os.getpid()}.0f.new", ".note.new"))
    for folder in (gone, runs, other):
        folder.mkdir()
    with new_folder(tmp_path / "kept"):
        assert gone.is_dir()
    with new_folder(tmp_path / "made", clear=True) as folder:
        (folder / "file").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([runs.name, other.name, "kept", "made"])


def test_a_lock_is_one_process_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.lock"
    assert not is_locked(path)
    assert not path.exists()  # looking makes nothing
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert is_locked(path)
    with pytest.raises(HeldError) as caught:
        lock(path, wait=False)
    assert caught.value.pid == str(holder.pid)
    holder.kill()
    holder.communicate()
    assert not is_locked(path)
    os.close(lock(path, wait=False))
    assert path.read_text() == f"{os.getpid()}\n"


def test_a_lock_is_held_as_long_as_its_block(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with locked(path):
        assert is_locked(path)
    assert not is_locked(path)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def loose(folder: Path) -> list[Path]:
    """Return what others may read, write or enter."""
    return [path for path in [folder, *folder.rglob("*")] if not path.is_symlink() and path.stat().st_mode & 0o077]


@pytest.mark.usefixtures("open_umask")
def test_a_private_folder_is_its_owners_alone_with_those_made_above_it(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "ledgers" / "local"
    assert private_folder(folder) == folder
    assert loose(tmp_path / "state") == []
    folder.chmod(0o755)
    private_folder(folder)
    assert loose(tmp_path / "state") == []


@pytest.mark.usefixtures("open_umask")
def test_a_private_new_folder_is_with_all_that_was_put_in(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("others may read it")
    with new_folder(tmp_path / "images" / "one", private=True) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("x")
        (folder / "sub" / "program").touch(0o755)
        (folder / "link").symlink_to(outside)
    assert loose(tmp_path / "images") == []
    assert (tmp_path / "images/one/sub/program").stat().st_mode & 0o777 == 0o700
    assert outside.stat().st_mode & 0o777 == 0o666


def test_what_a_full_disk_says_names_the_file_that_was_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(tmp_path / "f", "text")
    assert caught.value.filename == str(tmp_path / "f")
    with pytest.raises(OSError, match="No space left") as caught, new_folder(tmp_path / "g") as folder:
        (folder / "x").write_text("text")
    assert caught.value.filename == str(tmp_path / "g")
    assert list(tmp_path.iterdir()) == []


def special_files(folder: Path) -> dict[str, tuple[str, str]]:
    """Return kind → (path, what is said of it) of what a user may name in place of a file."""
    os.mkfifo(folder / "fifo")
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)  # takes no room
    (folder / "loop").symlink_to("loop")
    (folder / "binary").write_bytes(bytes(range(256)))
    return {
        "fifo": (str(folder / "fifo"), "is a pipe, not a file."),
        "endless device": ("/dev/zero", "is a device, not a file."),
        "empty device": ("/dev/null", "is a device, not a file."),
        "terminal": ("/dev/tty", "is a device, not a file."),
        "huge": (str(folder / "huge"), "is too large: at most 16 MiB are read."),
        "directory": (str(folder), ": Is a directory."),
        "missing": (str(folder / "missing"), ": No such file or directory."),
        "below a file": (str(folder / "binary" / "x"), ": Not a directory."),
        "loop": (str(folder / "loop"), ": Too many levels of symbolic links."),
        "long": ("x" * 5000, ": File name too long."),
        "NUL": ("a\0b", ": embedded null byte."),
        "unreadable": ("/proc/self/mem", ": Input/output error."),  # for root as well
        "binary": (str(folder / "binary"), " is not UTF-8 text: invalid start byte at byte 128."),
    }


def test_no_file_that_a_user_names_is_waited_for_or_read_without_an_end(tmp_path: Path) -> None:
    for kind, (path, said) in special_files(tmp_path).items():
        with pytest.raises(UsageError) as caught:
            read_given_text(Path(path), f"--config {path}", "Name another.")
        assert caught.value.what.endswith(said.removeprefix(":")), kind
        assert caught.value.fix, kind


def test_a_file_that_a_user_names_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"\xef\xbb\xbf{}")
    assert read_given(file, "f", "", most=5) == b"\xef\xbb\xbf{}"
    assert read_given_text(file, "f", "") == "{}"
    with pytest.raises(UsageError, match="is too large"):
        read_given(file, "f", "", most=4)
    with pytest.raises(UsageError, match="is too large"):  # its size is told as 0
        read_given(Path("/proc/self/status"), "f", "", most=4)
