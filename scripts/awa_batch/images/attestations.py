"""SBOM and provenance: what BuildKit notes of a build, kept beside the image in its index."""

from __future__ import annotations

import subprocess

from awa_batch.errors import ToolError
from awa_batch.images.docker_engine import Builder, Engine

OPTIONS = ("--sbom=true", "--provenance=mode=max")
_STORE = "io.containerd.snapshotter"


class AttestationsUnavailableError(ToolError):
    """The engine or its builder keeps no attestations."""


def check_attests(engine: Engine, builder: Builder) -> None:
    """Raise AttestationsUnavailableError unless buildx builds into an image store that keeps attestations.

    The store is containerd's, Docker 29's default; the older one of the engine holds single images alone (Docker's
    documentation, "Build attestations" and "containerd image store").
    """
    done = subprocess.run(
        [str(engine.command), "info", "--format", "{{json .DriverStatus}}"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if "buildx" in builder.arguments and _STORE in done.stdout:
        return
    lacks = "an image store that keeps them" if "buildx" in builder.arguments else "buildx"
    raise AttestationsUnavailableError(
        f"SBOM and provenance cannot be made here: {builder.arguments[0]} lacks {lacks}.",
        fix="Use Docker with buildx and containerd's image store (daemon.json: features, containerd-snapshotter), or "
        "leave attestations out.",
    )
