"""What an image runs on: processors as Docker and AWS call them, and which of them an engine here can build for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from awa_batch.errors import ToolError, UsageError
from awa_batch.images.docker_engine import Builder, Engine
from awa_batch.text import Field

ARCHITECTURES = {"linux/amd64": "X86_64", "linux/arm64": "ARM64"}
"""Docker's platform → ``cpuArchitecture`` of ECS, which has these two (RuntimePlatform, ECS API reference)."""
DEFAULT = "linux/amd64"
_EMULATORS = {"linux/amd64": "qemu-x86_64", "linux/arm64": "qemu-aarch64"}
_BINFMT = Path("/proc/sys/fs/binfmt_misc")


class PlatformUnavailableError(ToolError):
    """The engine can run nothing of a processor, not by emulation either, and so cannot build for it."""


def parse_platforms(text: str) -> tuple[str, ...]:
    """Return the platforms of ``linux/amd64,linux/arm64``, in that order. Raises UsageError."""
    named = [part.strip() for part in text.split(",")]
    for one in named:
        if one not in ARCHITECTURES:
            raise UsageError(
                Field("platform", text),
                f": {one or 'nothing'} is no platform of AWS Batch.",
                fix=f"Use {' or '.join(ARCHITECTURES)}, or both with a comma between them.",
            )
    if len(set(named)) != len(named):
        raise UsageError(Field("platform", text), " names a platform twice.", fix="Name each once.")
    return tuple(one for one in ARCHITECTURES if one in named)


def platforms_for(architectures: Sequence[str]) -> tuple[str, ...]:
    """Return what an image is to be built for whose job definitions ask for ``architectures``; none: `DEFAULT`."""
    return tuple(one for one, name in ARCHITECTURES.items() if name in architectures) or (DEFAULT,)


def lacking(platforms: Sequence[str], architectures: Sequence[str]) -> list[str]:
    """Return the architectures that job definitions ask for and an image for ``platforms`` does not have."""
    return [name for name in architectures if name not in {ARCHITECTURES[one] for one in platforms}]


def tag_for(tag: str, platforms: Sequence[str]) -> str:
    """Return the tag of an image for ``platforms``: one tag is never two images, and none is moved."""
    if tuple(platforms) == (DEFAULT,):
        return tag
    return f"{tag}-multi" if len(platforms) > 1 else f"{tag}-{platforms[0].partition('/')[2]}"


def check_buildable(engine: Engine, builder: Builder, platforms: Sequence[str]) -> None:
    """Raise PlatformUnavailableError for the first platform that the engine can neither run nor emulate."""
    known = _buildable(engine, builder)
    for one in platforms:
        if one not in known:
            raise PlatformUnavailableError(
                Field("platform", one),
                f": this engine builds for {', '.join(sorted(known)) or 'none of the platforms of AWS Batch'} alone.",
                fix="Install emulation (Debian and Ubuntu: qemu-user-static and binfmt-support), or build on a machine "
                "with that processor.",
            )


def _buildable(engine: Engine, builder: Builder) -> set[str]:
    own = {f"linux/{engine.architecture}"} & set(ARCHITECTURES)
    if "buildx" in builder.arguments:
        context = builder.arguments[builder.arguments.index("--builder") + 1]
        done = subprocess.run(
            [builder.arguments[0], "buildx", "inspect", context], capture_output=True, text=True, check=False
        )
        found = re.search(r"^Platforms:(.*)$", done.stdout, re.MULTILINE)
        return own | ({part.strip(" *") for part in found[1].split(",")} & set(ARCHITECTURES) if found else set())
    if not engine.is_native:
        return set(ARCHITECTURES)  # virtual machines for engines come with emulation; BuildKit says it where not
    return own | {one for one, name in _EMULATORS.items() if (_BINFMT / name).exists()}
