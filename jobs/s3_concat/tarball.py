"""The files of a tar archive, one after the other, nothing unpacked to disk."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from jobs.s3_concat.gz import PIECE, DataError

MAX_HEADER = 16 << 20
"""Bytes that may stand before a file: names and attributes, which tarfile keeps in memory however long they are."""


class _Stream:
    """What tarfile reads from: the pieces as one file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""
        self.position, self.limit = 0, MAX_HEADER

    def read(self, size: int) -> bytes:
        found = [self._left]
        have = len(self._left)
        while have < size and (piece := next(self._pieces, None)) is not None:
            found.append(piece)
            have += len(piece)
        data = b"".join(found)
        self._left = data[size:]
        self.position += len(data[:size])
        if self.position > self.limit:
            raise DataError(f"damaged tar archive: a header of more than {MAX_HEADER} bytes near byte {self.position}")
        return data[:size]

    def rest_is_zero(self) -> bool:
        while data := self.read(PIECE):
            self.limit = self.position + MAX_HEADER
            if data.strip(b"\0"):
                return False
        return True


def files(pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield (name, content in pieces) of each regular file. Each content must be read before the next is asked for.

    Raises DataError for an archive that is damaged, and for a member that could do harm where it is unpacked: links,
    devices, names that lead out of the folder.
    """
    stream = _Stream(pieces)
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=PIECE) as archive:  # type: ignore[call-overload]
            while (member := archive.next()) is not None:
                archive.members.clear()  # else it keeps what it knows of each
                if not member.isdir():
                    _refuse_unsafe(member)
                    stream.limit = stream.position + member.size + PIECE
                    yield member.name, _content(archive, member)
                stream.limit = stream.position + MAX_HEADER
            # What follows the end of the archive would be lost: another archive, as two joined files have it.
            tail = archive.fileobj.buf.strip(b"\0")  # tarfile has read ahead so far
    except tarfile.TarError as error:
        raise DataError(f"damaged tar archive near byte {stream.position}: {error}") from None
    if tail or not stream.rest_is_zero():
        raise DataError(f"damaged tar archive: there is more after its end, before byte {stream.position}")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file, left = archive.extractfile(member), member.size
    while file is not None and left:
        try:
            piece = file.read(min(PIECE, left))
        except tarfile.TarError:
            at = member.offset_data + member.size - left
            raise DataError(f"damaged tar archive: cut off in {member.name!r}, after byte {at}") from None
        left -= len(piece)
        yield piece


def _refuse_unsafe(member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    what = ""
    if path.is_absolute() or ".." in path.parts:
        what = "leads out of its folder"
    elif not member.isreg() or member.issparse():
        what = "is no regular file"
    if what:
        raise DataError(f"the tar member {member.name!r} at byte {member.offset} {what}")
