"""Networks of tasks by themselves: kept, given out again, removed where there are too many or one was changed."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_batch.runners import networks, pause_image
from local_batch.runners.networks import Networks


class Engine:
    """Counts containers."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self.running: set[str] = set()
        self.files: dict[str, str] = {}

    def _url(self, form: str, container: str) -> str:
        return form.format(container)

    def head(self, url: str, params: dict[str, str], **_how: Any) -> Any:
        stat = self.files.get(url.split("/")[2], "as made")
        return SimpleNamespace(headers={"X-Docker-Container-Path-Stat": f"{params['path']} {stat}"})

    def create_container_from_config(self, config: dict[str, Any]) -> dict[str, str]:
        assert config["Labels"] == {"of": "us"}
        return {"Id": f"c{next(self._numbers)}"}

    def start(self, container: str) -> None:
        self.running.add(container)

    def remove_container(self, container: str, **_how: Any) -> None:
        self.running.remove(container)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(pause_image, "have", lambda _client: "pause")
    return Engine()


def of(engine: Engine) -> Networks:
    return Networks(cast("Any", engine), {"of": "us"})


def test_a_network_is_given_out_again(engine: Engine) -> None:
    kept = of(engine)
    first, second = kept.take(), kept.take()
    assert first != second
    kept.give_back(first)
    assert kept.take() == first
    assert engine.running == {first, second}


def test_one_that_may_have_been_changed_is_not(engine: Engine) -> None:
    kept = of(engine)
    first = kept.take()
    kept.give_back(first, as_it_was=False)
    assert engine.running == set()
    assert kept.take() != first


def test_one_whose_files_a_job_has_changed_is_not(engine: Engine) -> None:
    kept = of(engine)
    first = kept.take()
    engine.files[first] = "longer"
    kept.give_back(first)
    assert engine.running == set()


def test_not_more_are_kept_than_are_used_soon(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "MOST_IDLE", 2)
    kept = of(engine)
    for one in [kept.take() for _ in range(5)]:
        kept.give_back(one)
    assert len(engine.running) == 2


def test_none_is_left_in_the_end(engine: Engine) -> None:
    kept = of(engine)
    used, idle = kept.take(), kept.take()
    kept.give_back(idle)
    kept.forget()
    assert engine.running == {used}
    kept.close()
    kept.give_back(used)
    assert engine.running == set()
