"""Images of the engine on this machine, which others build and remove meanwhile."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import docker.errors

from awa_batch.images.docker_engine import Engine
from awa_batch.images.local_images import local_images
from awa_batch.images.registry import clean_registry
from tests.repositories import commit, repository

if TYPE_CHECKING:
    import pytest


def fake_engine(told: list[dict[str, Any]], gone: set[str], removed: list[str] | None = None) -> Engine:
    """Return an engine that lists ``told``, of which ``gone`` are not there any more when they are asked for."""

    def get(image_id: str) -> Any:
        if image_id in gone:
            raise docker.errors.ImageNotFound(f"No such image: {image_id}")
        (one,) = (one for one in told if one["Id"] == image_id)
        return SimpleNamespace(id=image_id, tags=one["RepoTags"], attrs={"Size": 1, "Created": "2026-01-01"})

    def remove(name: str, **_kwargs: object) -> None:
        if removed is not None:
            removed.append(name)

    images = SimpleNamespace(get=get, list=lambda **_: [get(one["Id"]) for one in told], remove=remove)
    client = SimpleNamespace(api=SimpleNamespace(images=lambda **_: told), images=images, close=lambda: None)
    return cast("Engine", SimpleNamespace(client=lambda: client))


def test_an_image_that_goes_while_they_are_listed_is_left_out(tmp_path: Path) -> None:
    repository(tmp_path, {"container/latest/Dockerfile": "FROM scratch\n"})
    made = commit(tmp_path)
    told = [{"Id": name, "RepoTags": [f"awa-batch/latest:{made}"]} for name in ("one", "two")]
    assert [one.image_id for one in local_images(tmp_path, fake_engine(told, {"one"}))] == ["two"]


def test_names_of_the_registry_go_though_an_image_goes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awa_batch.images.registry._saved_port", lambda _folder: 5000)
    monkeypatch.setattr("awa_batch.images.registry._stop_container", lambda *_args, **_kwargs: None)
    removed: list[str] = []
    told = [
        {"Id": "one", "RepoTags": None, "RepoDigests": None},
        {"Id": "two", "RepoTags": ["127.0.0.1:5000/awa-batch/latest:x", "other:x"], "RepoDigests": []},
    ]
    clean_registry(tmp_path, fake_engine(told, {"one"}, removed))
    assert removed == ["127.0.0.1:5000/awa-batch/latest:x"]
