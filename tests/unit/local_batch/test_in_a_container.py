"""The server in a container: where that is, who may call it by what name, its keys, and its first process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from local_batch import addresses, keys, options
from local_batch.errors import UsageError
from local_batch.runners import own_container
from local_batch.runners.docker_runner import _mark
from local_batch.runners.networks import Networks
from local_batch.runners.own_container import OwnContainer
from local_batch.runners.ownership import state_id

ID = "4f" * 32
MOUNTS = f"""\
511 489 0:49 / / rw,relatime - overlay overlay rw,lowerdir=/x
520 511 254:0 /var/lib/docker/volumes/state/_data /var/lib/aws-batch-local rw,relatime - ext4 /dev/vda rw
521 511 254:0 /var/lib/docker/containers/{ID}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw
522 511 254:0 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw
"""


def inspected(**networks: str) -> dict[str, Any]:
    return {
        "Id": ID,
        "NetworkSettings": {"Networks": {name: {"IPAddress": address} for name, address in networks.items()}},
        "Mounts": [
            {"Type": "volume", "Source": "/var/lib/docker/volumes/state/_data", "Destination": "/var/lib/state"},
            {"Type": "bind", "Source": "/srv/data", "Destination": "/data"},
            {"Type": "bind", "Source": "/mnt/other", "Destination": "/data/inner"},
            {"Type": "tmpfs", "Source": "", "Destination": "/tmp"},
        ],
    }


def test_its_container_is_found_by_what_engines_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert own_container.own_id(mounts) == ID
    mounts.write_text("".join(line for line in MOUNTS.splitlines(True) if "/etc/" not in line))
    assert own_container.own_id(mounts) is None
    assert own_container.own_id(tmp_path / "not there") is None


def test_another_engines_container_is_not_its_own(tmp_path: Path) -> None:
    from docker.errors import NotFound

    class Engine:
        def inspect_container(self, container: str) -> dict[str, Any]:
            if container != ID:
                raise NotFound("no such container")
            return inspected(bridge="172.17.0.2")

    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    engine = cast("Any", Engine())
    found = own_container.find(engine, mounts)
    assert found is not None
    assert (found.id, found.network, found.address) == (ID, "bridge", "172.17.0.2")
    mounts.write_text(MOUNTS.replace(ID, "00" * 32))
    assert own_container.find(engine, mounts) is None


@pytest.mark.parametrize(
    ("networks", "wanted"),
    [
        ({"bridge": "172.17.0.2"}, ("bridge", "172.17.0.2")),
        ({"bridge": "172.17.0.2", "team_default": "172.20.0.3"}, ("team_default", "172.20.0.3")),
        ({"b": "172.21.0.3", "a": "172.20.0.3"}, ("a", "172.20.0.3")),
        ({"host": ""}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_network_that_jobs_are_put_in(networks: dict[str, str], wanted: tuple[str | None, str | None]) -> None:
    found = own_container.of(inspected(**networks))
    assert (found.network, found.address) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/var/lib/state/efs/fs-1", "/var/lib/docker/volumes/state/_data/efs/fs-1"),
        ("/data", "/srv/data"),
        ("/data/inner/x", "/mnt/other/x"),
        ("/database", None),
        ("/etc", None),
        ("/tmp/x", None),
    ],
)
def test_what_a_path_is_on_the_engines_host(path: str, wanted: str | None) -> None:
    assert own_container.of(inspected()).host_path(path) == wanted


def test_servers_in_containers_are_told_apart_by_their_volumes() -> None:
    place = Path("/var/lib/state")
    first, second = (OwnContainer(ID, None, None, (("/var/lib/state", f"/volumes/{name}"),)) for name in "ab")
    assert _mark(place, first) == state_id(Path("/volumes/a")) != _mark(place, second)
    none = (OwnContainer(identity, None, None, ()) for identity in ("a", "b"))
    assert len({_mark(place, one) for one in none} | {_mark(place, None)}) == 3
    assert _mark(place, None) == state_id(place)


def test_jobs_are_put_in_its_network_and_know_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from local_batch.runners import networks

    monkeypatch.setattr(networks.pause_image, "have", lambda _client: "pause")
    made: list[dict[str, Any]] = []

    class Engine:
        def create_container_from_config(self, config: dict[str, Any]) -> dict[str, str]:
            made.append(config["HostConfig"])
            return {"Id": "c"}

        def start(self, container: str) -> None: ...

    monkeypatch.setattr(Networks, "_looked_at", lambda _self, _network: [])
    Networks(cast("Any", Engine()), {}, "team", {"batch": "172.20.0.3"}).take()
    Networks(cast("Any", Engine()), {}).take()
    assert made[0]["NetworkMode"] == "team"
    assert made[0]["ExtraHosts"] == ["host.docker.internal:host-gateway", "batch:172.20.0.3"]
    assert "NetworkMode" not in made[1]
    assert made[1]["ExtraHosts"] == ["host.docker.internal:host-gateway"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "198.51.100.1"])
def test_no_address_of_others_without_names(host: str) -> None:
    with pytest.raises(UsageError, match="listens on this machine only"):
        options.check({"host": host})
    with pytest.raises(UsageError, match="listens on this machine only"):
        addresses.check_host(host, "172.17.0.1")


def test_any_address_of_this_machine_with_names() -> None:
    options.check({"host": "0.0.0.0", "host_names": "batch,aws.test"})
    addresses.check_host("0.0.0.0", None, for_others=True)
    assert addresses.from_here("0.0.0.0") == "127.0.0.1"
    assert addresses.from_here("127.0.0.2") == "127.0.0.2"
    with pytest.raises(UsageError, match="listens on this machine only"):
        options.check({"host": "198.51.100.1", "host_names": "batch"})  # no address of this machine at all


@pytest.mark.parametrize("names", ["*", "a b", "a,,b", "-a", ".", "http://a"])
def test_names_that_are_none(names: str) -> None:
    with pytest.raises(UsageError, match="names of hosts"):
        options.check({"host_names": names})


SECRET = "known-to-the-team"


def pair(identity: str, secret: str) -> dict[str, str]:
    return {keys.ID_VARIABLE: identity, keys.SECRET_VARIABLE: secret}


def test_keys_that_the_owner_gives() -> None:
    found = keys.given(pair("AKIALOCALTEAM0001", SECRET))
    assert found is not None
    assert (found.access_key_id, found.secret_access_key) == ("AKIALOCALTEAM0001", SECRET)
    assert keys.given({}) is None
    assert keys.given(pair("", "")) is None


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({keys.ID_VARIABLE: "AKIALOCALTEAM0001"}, "SECRET_ACCESS_KEY is not set"),
        ({keys.SECRET_VARIABLE: SECRET}, "ACCESS_KEY_ID is not set"),
        (pair("test", SECRET), "no access key id"),
        (pair("AKIALOCALTEAM 001", SECRET), "no access key id"),
        (pair("é" * 20, SECRET), "no access key id"),
        (pair("A" * 129, SECRET), "no access key id"),
        (pair("AKIAIOSFODNN7EXAMPLE", SECRET), "a real account"),
        (pair("ASIAIOSFODNN7EXAMPLE", SECRET), "a real account"),
        (pair("AKIALOCALTEAM0001", "short"), "no secret"),
        (pair("AKIALOCALTEAM0001", "line\nline\nline"), "no secret"),
    ],
)
def test_keys_that_are_refused_and_not_shown(variables: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        keys.given(variables)
    for value in variables.values():
        assert value not in str(caught.value)


INIT = "import sys, local_batch.init as i; sys.exit(i.run([sys.executable, '-c', sys.argv[1]], {}))"


def run_init(code: str, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", before + INIT, code], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


@pytest.mark.parametrize(("code", "wanted"), [("raise SystemExit(4)", 4), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_first_process_ends_as_its_program_does(code: str, wanted: int) -> None:
    process = run_init(code)
    assert (process.wait(20), process.communicate()[0]) == (wanted, "")


def test_the_first_process_hands_sigterm_on() -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\nsignal.pause()"
    )
    process = run_init(code)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 7
    process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has such parents")
def test_the_first_process_collects_whose_parent_has_ended() -> None:
    # PR_SET_CHILD_SUBREAPER (man 2 prctl): orphans come to it as they come to the first process of a container.
    reaper = "import ctypes; ctypes.CDLL(None).prctl(36, 1); "
    code = (
        "import os, time, pathlib\n"
        "reading, writing = os.pipe()\n"
        "if not os.fork():\n"
        "    child = os.fork()\n"
        "    if child: os.write(writing, str(child).encode())\n"
        "    os._exit(0)\n"
        "orphan = int(os.read(reading, 20)); os.wait()\n"
        "for _ in range(200):\n"
        "    if not pathlib.Path(f'/proc/{orphan}').exists(): print('collected'); break\n"
        "    time.sleep(0.05)\n"
    )
    process = run_init(code, reaper)
    assert process.communicate(timeout=20)[0] == "collected\n"
