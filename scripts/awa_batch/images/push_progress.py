"""How far a push is, layer by layer, read from what the engine reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["waiting", "pushing", "retrying", "pushed", "known"]

_STATES: dict[str, State] = {
    "Preparing": "waiting",
    "Waiting": "waiting",
    "Pushing": "pushing",
    "Pushed": "pushed",
    "Layer already exists": "known",
}


@dataclass(frozen=True)
class LayerProgress:
    """A layer on its way to a registry: ``done`` of ``total`` bytes, uncompressed; 0 where the engine does not say.

    ``known``: the registry had it. ``retrying``: the registry did not take it, and the engine begins it anew.
    """

    layer: str
    state: State
    done: int = 0
    total: int = 0


Pushing = Callable[[LayerProgress], None]


def unseen(_: LayerProgress) -> None:
    """Show nothing of a push."""


def layer_progress(event: Mapping[str, Any]) -> LayerProgress | None:
    """Return what an event of the engine says of a layer; None for an event of another kind."""
    layer, status = event.get("id"), str(event.get("status", ""))
    if not layer:
        return None
    state = _STATES.get(status)
    if status.startswith("Mounted from"):
        state = "known"
    elif status.startswith("Retrying"):
        state = "retrying"
    if state is None:
        return None
    detail = event.get("progressDetail") or {}
    return LayerProgress(str(layer), state, int(detail.get("current") or 0), int(detail.get("total") or 0))
