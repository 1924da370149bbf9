"""How an image is run on this machine: what the engine is told, and what leads to the environment's AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.environment.image_run import arguments_of, connection_of
from awa_batch.images.docker_engine import Engine
from awa_batch.target import target_of

if TYPE_CHECKING:
    import pytest

ENGINE = Engine(Path("docker"), (), "27", "Docker Engine")
DESKTOP = Engine(Path("docker"), (), "27", "Docker Desktop 4.40")


def test_no_value_stands_in_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    words = arguments_of(ENGINE, "sha256:1", ["python", "-c", "1"], {"A": "secret", "B": "2"}, terminal=False)
    assert words[:3] == ["docker", "run", "--rm"]
    assert words[-4:] == ["sha256:1", "python", "-c", "1"]
    assert [words[place + 1] for place, word in enumerate(words) if word == "--env"] == ["A", "B"]
    assert "secret" not in words
    assert "--read-only" in words
    assert "--tty" not in words
    assert "--tty" in arguments_of(ENGINE, "sha256:1", ["sh"], {}, terminal=True)


def test_an_engine_in_a_machine_of_its_own_reaches_ours_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5555")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert connection_of(target_of("local"), ENGINE)["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5555"
    assert connection_of(target_of("local"), DESKTOP)["AWS_ENDPOINT_URL"] == "http://host.docker.internal:5555"
    assert "--network" not in arguments_of(DESKTOP, "i", [], {}, terminal=False)


def test_an_accounts_keys_are_those_that_aws_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    found = connection_of(target_of("dev"), ENGINE)
    assert found == {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
