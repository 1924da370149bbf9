"""Make one image of several that differ in their processor: an index, which names each by its digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from awa_batch.images.registry_api import RegistryApi

_DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
_DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
_OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def push_index(api: RegistryApi, tag: str, images: Mapping[str, str]) -> str:
    """Put an index of ``images`` (platform → digest in the same repository) under ``tag``; return its digest.

    The same images always give the same index. Raises AwsError.
    """
    entries: list[dict[str, Any]] = []
    for platform, digest in images.items():
        system, _, architecture = platform.partition("/")
        content, kind = api.manifest(digest)
        described = json.loads(content)
        if "manifests" in described:  # an engine with containerd's store pushes an index of its own
            entries += described["manifests"]
            continue
        entries.append(
            {
                "mediaType": kind,
                "digest": digest,
                "size": len(content),
                "platform": {"architecture": architecture, "os": system},
            }
        )
    docker = all(entry["mediaType"] == _DOCKER for entry in entries)
    kind = _DOCKER_INDEX if docker else _OCI_INDEX
    index = {"schemaVersion": 2, "mediaType": kind, "manifests": entries}
    return api.put_manifest(tag, json.dumps(index, separators=(",", ":")).encode(), kind)
