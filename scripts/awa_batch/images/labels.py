"""What an image says of itself in its labels: where it comes from, its packages, its code.

A label is in the image's configuration, which a registry hands out without a layer: two images can be compared without
pulling either (`awa_batch.images.facts`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from awa_batch.images.context import commit_time, context_files, git
from awa_batch.images.dockerfiles import image_chain, image_sources

PACKAGES = "awa-batch.packages"
"""Label with the locked packages: ``name==version``, a blank between them."""
CODE = "awa-batch.code"
"""Label with the code: a JSON object, path → the first 12 digits of the file's SHA-256."""
REPOSITORIES = "awa-batch.repositories"
"""Label with the other repositories in the image: a JSON object, name → commit."""

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def image_labels(root: Path, name: str, repositories: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the labels of container/<name> as the clone ``root`` has it; without git those that it would tell are not.

    ``repositories`` are the other repositories in it, name → commit. ``org.opencontainers.image.created`` is when the
    last commit that changed the image was made, so that building it again changes nothing. Raises UsageError as
    `context_files` and `image_sources` do.
    """
    folders = image_sources(root, name)
    files = {path: hashlib.sha256((root / path).read_bytes()).hexdigest()[:12] for path in context_files(root, folders)}
    locks = [root / "container" / image / "requirements.lock" for image in image_chain(root, name)]
    packages = dict(pin for lock in locks if lock.is_file() for pin in _PIN.findall(lock.read_text(encoding="utf-8")))
    created = commit_time(root, folders)
    source = git(root, "config", "--get", "remote.origin.url")
    labels = {
        "org.opencontainers.image.created": created.strftime("%Y-%m-%dT%H:%M:%SZ") if created else "",
        "org.opencontainers.image.source": _origin(source or ""),
        PACKAGES: " ".join(f"{package}=={version}" for package, version in packages.items()),
        CODE: json.dumps(files, separators=(",", ":")),
        REPOSITORIES: json.dumps(dict(repositories), separators=(",", ":")) if repositories else "",
    }
    return {label: value for label, value in labels.items() if value}


def _origin(url: str) -> str:
    """Return a repository's address without user and password, which CI systems write into it; "" for a local path.

    However a clone reaches it, the address is the same: the image would be another one else.
    """
    if found := re.fullmatch(r"[\w.-]+@([\w.-]+):([^:]+)", url):
        url = f"ssh://{found[1]}/{found[2]}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return ""
    scheme = "https" if parts.scheme == "ssh" and parts.port is None else parts.scheme
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return urlunsplit((scheme, host, parts.path.removesuffix("/").removesuffix(".git"), "", ""))
