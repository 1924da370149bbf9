"""What downloads of packages need here, in image builds and without: a CA bundle, an index."""

from __future__ import annotations

import os
from pathlib import Path

from awa_batch.errors import UsageError

_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


def ca_bundle() -> Path | None:
    """Return the CA bundle that package downloads in a build need: CA_BUNDLE, else SSL_CERT_FILE, else None.

    Raises UsageError where CA_BUNDLE names a file that is not there (an SSL_CERT_FILE that is not there is passed over:
    nobody set it for this toolkit).
    """
    if named := os.environ.get("CA_BUNDLE"):
        path = Path(named).expanduser()
        if not path.is_file():
            raise UsageError(f"CA_BUNDLE={named}: there is no such file.", fix="Name a PEM file, or unset CA_BUNDLE.")
        return path.resolve()
    usual = os.environ.get("SSL_CERT_FILE")
    return Path(usual).resolve() if usual and Path(usual).is_file() else None


def package_index() -> str | None:
    """Return the package index to install from where one is set: uv's own variables, else pip's; else None."""
    return next((os.environ[name] for name in _INDEX_VARIABLES if os.environ.get(name)), None)
