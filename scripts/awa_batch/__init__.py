"""awa-batch: submit, watch, explain, retry and release AWS Batch jobs of a platform that Terraform built.

``from awa_batch import connect`` is the way in for programs (docs/python.md).
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

__all__ = ["BatchJob", "Connection", "__version__", "connect"]


def __getattr__(name: str) -> Any:
    """Load the library when it is asked for: a command's help does without. Their types are in __init__.pyi."""
    if name in __all__:
        return getattr(importlib.import_module("awa_batch.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
