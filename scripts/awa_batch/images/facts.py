"""What an image is, read from its manifest and its configuration, and what differs between two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awa_batch.images.labels import CODE, PACKAGES, REPOSITORIES


@dataclass(frozen=True)
class ImageFacts:
    """An image: its layers by digest with their size in the registry (bytes, compressed), packages and code by name.

    ``packages`` and ``code`` are None of an image that was built without those labels.
    """

    digest: str
    layers: dict[str, int]
    labels: dict[str, str]
    architecture: str

    @property
    def size(self) -> int:
        """Bytes of all layers, compressed."""
        return sum(self.layers.values())

    @property
    def packages(self) -> dict[str, str] | None:
        """Package → version."""
        text = self.labels.get(PACKAGES)
        return None if text is None else dict(pin.split("==", 1) for pin in text.split() if "==" in pin)

    @property
    def code(self) -> dict[str, str] | None:
        """Path → the beginning of its SHA-256."""
        return self._object(CODE)

    @property
    def repositories(self) -> dict[str, str]:
        """Other repository → the commit of it that is in the image; empty of an image that holds none."""
        return self._object(REPOSITORIES) or {}

    def _object(self, label: str) -> dict[str, str] | None:
        try:
            found = json.loads(self.labels.get(label, "null"))
        except (ValueError, RecursionError):
            return None
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None


def facts_of(digest: str, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> ImageFacts:
    """Read an image's manifest (Docker's or OCI's) and configuration."""
    return ImageFacts(
        digest=digest,
        layers={str(layer["digest"]): int(layer["size"]) for layer in manifest.get("layers") or ()},
        labels={str(key): str(value) for key, value in ((config.get("config") or {}).get("Labels") or {}).items()},
        architecture=str(config.get("architecture", "")),
    )


@dataclass(frozen=True)
class Difference:
    """What differs: name → (before, after), None where it is not there. Layers are bytes that are new in the second."""

    packages: dict[str, tuple[str | None, str | None]]
    code: dict[str, tuple[str | None, str | None]]
    repositories: dict[str, tuple[str | None, str | None]]
    new_layers: dict[str, int]
    sizes: tuple[int, int]
    unknown: tuple[str, ...]
    """What cannot be told, as an image was built without the label."""


def difference(before: ImageFacts, after: ImageFacts) -> Difference:
    """Return what differs between two images."""
    unknown = []
    parts = []
    for name, old, new in (("packages", before.packages, after.packages), ("code", before.code, after.code)):
        if old is None or new is None:
            unknown.append(name)
        parts.append(_changed(old, new) if old is not None and new is not None else {})
    return Difference(
        packages=parts[0],
        code=parts[1],
        repositories=_changed(before.repositories, after.repositories),
        new_layers={digest: size for digest, size in after.layers.items() if digest not in before.layers},
        sizes=(before.size, after.size),
        unknown=tuple(unknown),
    )


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    return {
        name: (old.get(name), new.get(name))
        for name in sorted({*old, *new}, key=str.lower)
        if old.get(name) != new.get(name)
    }
