"""The local registry as a program: started once, found again, its port kept, nothing else ended."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.images import registry
from awa_batch.images.docker_engine import Engine
from awa_batch.images.registry import (
    RegistryUnavailableError,
    clean_registry,
    registry_status,
    start_registry,
    stop_registry,
)

# Answers as the real one does, so that these tests run where none is installed; tests/image uses the real one.
FAKE = """#!{python}
import http.server, re, sys
text = open(sys.argv[2]).read()
port = int(re.search(r"addr: 127.0.0.1:(\\d+)", text).group(1))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker-registry"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DOCKER_HOST", "unix:///none.sock")
    return Engine(Path("docker"), (), "27", "Docker Engine")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state: with a # and a colon"
    yield folder
    stop_registry(folder)


pytestmark = pytest.mark.skipif(not Path("/proc/version").exists(), reason="a registry program needs a native engine")


def quiet(_line: str) -> None:
    return None


def test_it_starts_once_and_is_found_again(engine: Engine, state: Path) -> None:
    assert not registry_status(state).running
    address = start_registry(state, engine, quiet)
    with urllib.request.urlopen(f"http://{address}/v2/") as answer:
        assert answer.status == 200
    first = json.loads((state / "registry" / "process.json").read_text())
    assert start_registry(state, engine, quiet) == address
    assert json.loads((state / "registry" / "process.json").read_text()) == first
    status = registry_status(state)
    assert (status.running, status.address, status.how) == (True, address, f"process {first['pid']}")


def test_stopping_and_starting_keeps_the_port(engine: Engine, state: Path) -> None:
    address = start_registry(state, engine, quiet)
    assert stop_registry(state)
    assert not registry_status(state).running
    assert not stop_registry(state)
    assert start_registry(state, engine, quiet) == address


def test_a_port_that_was_taken_meanwhile_is_given_up_with_a_word(engine: Engine, state: Path) -> None:
    address = start_registry(state, engine, quiet)
    stop_registry(state)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(address.rsplit(":", 1)[1])))
        other.listen()
        said: list[str] = []
        assert start_registry(state, engine, said.append) != address
    assert "is taken by another program" in said[0]


def test_a_registry_that_was_killed_is_started_anew(engine: Engine, state: Path) -> None:
    address = start_registry(state, engine, quiet)
    os.kill(json.loads((state / "registry" / "process.json").read_text())["pid"], 9)
    assert start_registry(state, engine, quiet) == address
    assert registry_status(state).running


def test_a_foreign_process_under_our_pid_is_never_ended(engine: Engine, state: Path) -> None:
    start_registry(state, engine, quiet)
    record = state / "registry" / "process.json"
    ours = record.read_text()
    record.write_text(json.dumps({"pid": os.getpid(), "started": "another start"}))
    assert not stop_registry(state)  # and this test still runs
    record.write_text(ours)


def test_cleaning_removes_everything(engine: Engine, state: Path) -> None:
    start_registry(state, engine, quiet)
    clean_registry(state)
    assert not (state / "registry").exists()


def test_a_registry_that_does_not_start_says_its_last_line(engine: Engine, state: Path) -> None:
    program = shutil.which("docker-registry")
    assert program
    Path(program).write_text("#!/bin/sh\necho 'panic: no storage' >&2\nexit 1\n")
    assert os.stat(program).st_mode & stat.S_IXUSR
    with pytest.raises(RegistryUnavailableError, match="panic: no storage"):
        start_registry(state, engine, quiet)
    assert not (state / "registry" / "process.json").exists()


def test_no_program_and_no_image_is_said_with_what_to_install(
    engine: Engine, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PROGRAMS", ("no-such-registry",))
    monkeypatch.setattr("awa_batch.images.registry.has_image", lambda *_: False)
    monkeypatch.setattr("awa_batch.images.registry.pull", lambda *_: "offline")
    with pytest.raises(RegistryUnavailableError) as caught:
        start_registry(state, engine, quiet)
    assert "registry:3: offline; registry:2: offline" in caught.value.what
    assert "docker-registry" in caught.value.fix
