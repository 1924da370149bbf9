"""server.json: how a running local AWS is found."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FILE = "server.json"
LOG = "server.log"
LOCK = "server.lock"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running local AWS. ``server_id`` is new at each start; ``started_at`` is ISO 8601 in UTC."""

    pid: int
    port: int
    endpoint_url: str
    server_id: str
    started_at: str
    runner: str
    runner_reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return what server.json and the health answer hold."""
        return asdict(self)


def read(state_dir: Path) -> ServerInfo | None:
    """Return what server.json says, or None where there is none that can be read."""
    try:
        found = json.loads((state_dir / FILE).read_text())
        return ServerInfo(**{name: found[name] for name in ServerInfo.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(state_dir: Path, info: ServerInfo) -> None:
    """Write server.json whole or not at all."""
    part = state_dir / f"{FILE}.{os.getpid()}"
    part.write_text(json.dumps(info.as_dict(), indent=2) + "\n")
    part.replace(state_dir / FILE)
