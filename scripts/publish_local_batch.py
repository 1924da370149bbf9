#!/usr/bin/env python3
"""Publish the image of aws-batch-local: one image for each processor, then one name for all of them.

usage: publish_local_batch.py image     build for this machine's processor, push as VERSION-amd64 or VERSION-arm64
       publish_local_batch.py index     put VERSION above both, once they are there

Variables: IMAGE_REPOSITORY (ghcr.io/TEAM/aws-batch-local), REGISTRY_USER and REGISTRY_TOKEN (none: no sign-in), RELEASE
(the git tag that it is published for, v0.1.0). A tag is never moved: a version is one image for ever.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.indexes import push_index
from awa_batch.images.platforms import ARCHITECTURES
from awa_batch.images.push import push_image
from awa_batch.images.registry_api import RegistryApi
from awa_batch.images.tags import image_version
from awa_batch.paths import state_dir
from awa_batch.text import Say

ROOT = Path(__file__).resolve().parents[1]
IMAGE = "aws-batch-local"


def publish_image(repository: str, version: str, auth: dict[str, str] | None, say: Say, root: Path = ROOT) -> str:
    """Build for this engine's processor and push; return ``repository@sha256:…``.

    Raises what `build_image` and `push_image` do.
    """
    engine = find_engine()
    built = build_image(IMAGE, root=root, engine=engine, state_dir=state_dir(), say=say)
    tag = f"{version}-{engine.architecture}"
    return push_image(engine, built.reference, repository, tag, auth=auth, move=False, say=say)


def publish_index(repository: str, version: str, auth: dict[str, str] | None) -> str:
    """Put ``version`` above the images of all processors; return ``repository@sha256:…``.

    Raises UsageError where one of them is missing, or the version is there already; AwsError where the registry
    refuses.
    """
    api = RegistryApi(repository, (auth["username"], auth["password"]) if auth else None)
    if api.digest(version) is not None:
        what = f"{repository}:{version} is there already. A tag is never moved."
        raise UsageError(what, fix="Release a new version.")
    digests: dict[str, str] = {}
    for platform in ARCHITECTURES:
        tag = f"{version}-{platform.partition('/')[2]}"
        if (digest := api.digest(tag)) is None:
            fix = "Publish the image on a machine of that kind first."
            raise UsageError(f"{repository}:{tag} is not there.", fix=fix)
        digests[platform] = digest
    return f"{repository}@{push_index(api, version, digests)}"


def main(words: list[str]) -> int:
    """Do what ``words`` say; return the exit code."""
    if words not in (["image"], ["index"]):
        sys.stderr.write((__doc__ or "").partition("\n\n")[2])
        return 2
    try:
        repository = os.environ.get("IMAGE_REPOSITORY", "").lower()  # registries know no capitals; names of teams do
        version = image_version(ROOT, IMAGE)
        if "/" not in repository:
            raise UsageError("IMAGE_REPOSITORY names no repository.", fix=f"Set it: ghcr.io/TEAM/{IMAGE}")
        if (release := os.environ.get("RELEASE", f"v{version}")) != f"v{version}":
            what = f"The release is {release}, and the image is {version}."
            raise UsageError(what, fix="Tag the commit of its version.")
        token = os.environ.get("REGISTRY_TOKEN")
        auth = {"username": os.environ.get("REGISTRY_USER", ""), "password": token} if token else None
        if words == ["image"]:
            print(publish_image(repository, version, auth, _say))
        else:
            print(publish_index(repository, version, auth))
    except AwaBatchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _say(line: object) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
