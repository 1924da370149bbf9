"""What job code needs inside an AWS Batch container: configuration, array index, rows, SIGTERM, logging."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from awa_runtime.batch import VariableError, array_index, array_size, attempt, job_id
    from awa_runtime.config import ConfigError, load_config, read_config
    from awa_runtime.image import ImageVersion, image_version
    from awa_runtime.logs import configure_logging
    from awa_runtime.manifest import ManifestError, has_row, manifest_index, manifest_row, read_manifest_row
    from awa_runtime.masking import MASK, masked
    from awa_runtime.signals import on_sigterm

__all__ = [
    "MASK",
    "ConfigError",
    "ImageVersion",
    "ManifestError",
    "VariableError",
    "array_index",
    "array_size",
    "attempt",
    "configure_logging",
    "has_row",
    "image_version",
    "job_id",
    "load_config",
    "manifest_index",
    "manifest_row",
    "masked",
    "on_sigterm",
    "read_config",
    "read_manifest_row",
]

# Each is imported when it is first asked for: pydantic takes 100 ms and 20 MB, which not every job needs.
_PLACES = {
    "VariableError": "awa_runtime.batch",
    "array_index": "awa_runtime.batch",
    "array_size": "awa_runtime.batch",
    "attempt": "awa_runtime.batch",
    "job_id": "awa_runtime.batch",
    "ConfigError": "awa_runtime.config",
    "load_config": "awa_runtime.config",
    "read_config": "awa_runtime.config",
    "ImageVersion": "awa_runtime.image",
    "image_version": "awa_runtime.image",
    "configure_logging": "awa_runtime.logs",
    "ManifestError": "awa_runtime.manifest",
    "has_row": "awa_runtime.manifest",
    "manifest_index": "awa_runtime.manifest",
    "manifest_row": "awa_runtime.manifest",
    "read_manifest_row": "awa_runtime.manifest",
    "MASK": "awa_runtime.masking",
    "masked": "awa_runtime.masking",
    "on_sigterm": "awa_runtime.signals",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
