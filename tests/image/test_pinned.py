"""A base image by digest: asked of a real registry, pulled and built on by a real engine."""

from __future__ import annotations

import subprocess
from pathlib import Path

from awa_batch.images.base_names import base_names, pin_base_images
from awa_batch.images.build import build_image
from awa_batch.images.context import BASE_IMAGES
from awa_batch.images.docker_engine import Engine
from awa_batch.images.push import push_image
from tests.repositories import repository

DOCKERFILE = """ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE}
ARG IMAGE_REVISION=
LABEL revision="${IMAGE_REVISION}"
CMD ["none"]
"""


def test_an_image_is_built_on_the_digest_that_was_asked_for(
    engine: Engine, address: str, tiny: str, tmp_path: Path
) -> None:
    docker, name = str(engine.command), f"{address}/{tiny.split(':')[0]}"
    pushed = push_image(engine, tiny, name, "1", say=print)
    subprocess.run([docker, "image", "rm", f"{name}:1"], capture_output=True, check=True)
    root = tmp_path / "clone"
    repository(root, {"container/tiny/Dockerfile": DOCKERFILE, BASE_IMAGES: f"PYTHON_IMAGE={name}:1\n"})
    pin_base_images(root, print)
    pinned = base_names(root)["PYTHON_IMAGE"]
    assert f"{name}@{pinned.digest}" == pushed
    said: list[object] = []
    made = [
        build_image("tiny", root=root, engine=engine, state_dir=tmp_path / "state", say=said.append) for _ in range(2)
    ]
    try:
        assert made[0].image_id == made[1].image_id
        assert [line for line in said if "Pulling" in str(line)] == [f"Pulling {pinned.reference}"]  # once
        assert not [line for line in said if "by tag" in str(line).lower()]
    finally:
        subprocess.run(
            [docker, "image", "rm", "--force", made[0].reference, f"{name}@{pinned.digest}"],
            capture_output=True, check=True,
        )  # fmt: skip
