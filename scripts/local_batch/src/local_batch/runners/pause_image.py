"""The image of the container that holds a task's network: a program that does nothing, made here.

Containers of one task reach each other under localhost, whichever of them ends first; on ECS a container of its own
does that too. An image from a registry would need one in reach, so this one is an ELF file of a few bytes.
"""

from __future__ import annotations

import io
import struct
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import APIClient

NAME = "aws-batch-local-pause"
COMMAND = ["/pause"]
_BASE = 0x400000

_SLEEP = {
    # mov eax, 34 (pause); syscall; jmp to the start
    "amd64": (62, bytes.fromhex("b822000000 0f05 ebf7")),
    # mov x0..x4, 0; mov x8, 73 (ppoll of nothing, for ever); svc 0; b to the start
    "arm64": (
        183,
        bytes.fromhex("000080d2 010080d2 020080d2 030080d2 040080d2 280980d2 010000d4 f9ffff17"),
    ),
}
"""Docker's name of an architecture → ELF's number of the machine, and machine code that sleeps for ever."""


def program(architecture: str) -> bytes:
    """Return an ELF program that sleeps until it is killed. Raises KeyError for an architecture without one."""
    machine, code = _SLEEP[architecture]
    start = 64 + 56
    header = struct.pack(
        "<4sBBBBB7xHHIQQQIHHHHHH",
        b"\x7fELF", 2, 1, 1, 0, 0,
        2, machine, 1, _BASE + start, 64, 0, 0, 64, 56, 1, 0, 0, 0,
    )  # fmt: skip
    size = start + len(code)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def have(client: APIClient) -> str:
    """Return the image's name, made where it is not there. Raises DockerException."""
    from docker.errors import DockerException, ImageNotFound

    architecture = str(client.version(api_version=False).get("Arch"))
    name = f"{NAME}:{architecture}"
    try:
        client.inspect_image(name)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        if architecture not in _SLEEP:
            raise DockerException(
                f"containers of one task share a network on {' and '.join(_SLEEP)} alone, and the engine is of the "
                f"architecture {architecture}"
            ) from None
        files = io.BytesIO()
        with tarfile.open(fileobj=files, mode="w") as archive:
            data = program(architecture)
            entry = tarfile.TarInfo("pause")
            entry.size, entry.mode = len(data), 0o555
            archive.addfile(entry, io.BytesIO(data))
        client.import_image_from_data(files.getvalue(), repository=NAME, tag=architecture)
    return name
