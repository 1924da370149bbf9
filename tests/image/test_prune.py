"""Images of a clone on a real engine: what goes and what stays."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import Engine
from awa_batch.images.local_images import remove_local, unneeded
from awa_batch.images.push import push_image
from tests.repositories import commit, repository

DOCKERFILE = """FROM scratch
ARG IMAGE_REVISION=
LABEL revision="${IMAGE_REVISION}"
CMD ["none"]
"""


def test_old_images_of_this_clone_go_and_no_others(engine: Engine, address: str, tmp_path: Path) -> None:
    docker, name = str(engine.command), f"prune-{uuid.uuid4().hex[:8]}"
    root, other = tmp_path / "clone", tmp_path / "other"
    references = []
    for number in range(5):
        (root / "container" / name).mkdir(parents=True, exist_ok=True)
        (root / "container" / name / "Dockerfile").write_text(f"# {number}\n{DOCKERFILE}")
        commit(root) if number else repository(root, {})
        made = build_image(name, root=root, engine=engine, state_dir=tmp_path / "state", say=print)
        references.append(made.reference)
        if number == 1:
            pushed = push_image(engine, made.reference, f"{address}/awa-batch-local/{name}", "x", say=print)
    repository(other, {f"container/{name}/Dockerfile": DOCKERFILE, "of": "another clone"})
    references.append(build_image(name, root=other, engine=engine, state_dir=tmp_path / "state", say=print).reference)
    container = subprocess.run(
        [docker, "create", references[0]], capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        old = unneeded(root, engine, 2, {pushed.partition("@")[2]})
        assert [one.tags for one in old] == [(references[2],)]  # 0 is a container's, 1 is released, 3 and 4 are new
        assert [one.name for one in unneeded(root, engine, 1, set())] == [name] * 3
        assert unneeded(root, engine, 1, set(), ["another"]) == []
        (released,) = (one for one in unneeded(root, engine, 2, set()) if references[1] in one.tags)
        assert set(released.tags) == {references[1], f"{address}/awa-batch-local/{name}:x"}
        assert [remove_local(engine, one) for one in (*old, released)] == ["", ""]
        assert remove_local(engine, released) == ""  # gone already
        left = subprocess.run(
            [docker, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"awa-batch/{name}"],
            capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        assert set(left) == {references[0], *references[3:]}
    finally:
        subprocess.run([docker, "rm", container], capture_output=True, check=True)
        for reference in references:
            subprocess.run([docker, "image", "rm", "--force", reference], capture_output=True, check=False)
