"""What of this machine a job may have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from local_batch.errors import UsageError
from local_batch.host_access import HostAccess
from local_batch.operations import container_properties
from local_batch.refusals import Refusal


def volume(path: str) -> dict[str, Any]:
    return {"volumes": [{"name": "v", "host": {"sourcePath": path}}]}


def device(path: str) -> dict[str, Any]:
    return {"linuxParameters": {"devices": [{"hostPath": path}]}}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def refusal(access: HostAccess, container: dict[str, Any]) -> str:
    found = access.refusal(container)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ({"privileged": True}, "privileged: "),
        (volume("/etc"), "volumes.host.sourcePath: /etc is not a folder that jobs of the local AWS may mount"),
        (volume("/"), "volumes.host.sourcePath: / holds "),
        (volume("/var/run"), "volumes.host.sourcePath: /var/run holds "),
        (volume("/var/run/docker.sock"), "volumes.host.sourcePath: /var/run/docker.sock holds "),
        (volume("etc"), "volumes.host.sourcePath: etc is not an absolute path"),
        (device("/dev/sda"), "linuxParameters.devices: /dev/sda is a device"),
        (device("/dev/null/../mem"), "linuxParameters.devices: /dev/null/../mem is a device"),
    ],
)
def test_nothing_of_this_machine_by_itself(state: Path, container: dict[str, Any], said: str) -> None:
    assert refusal(HostAccess.of(state), container).startswith(said)


@pytest.mark.parametrize(
    "container", [{}, {"privileged": False}, {"volumes": [{"name": "v"}]}, device("/dev/null"), device("/dev/urandom")]
)
def test_what_is_not_of_this_machine_is_taken(state: Path, container: dict[str, Any]) -> None:
    assert HostAccess.of(state).refusal(container) is None


def test_the_state_directory_and_folders_that_are_named_may_be_mounted(state: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    access = HostAccess.of(state, os.pathsep.join([str(models), "/dev/kvm"]))
    for path in (state, state / "x", models, models / "a/b"):
        assert access.refusal(volume(str(path))) is None
    assert access.refusal(device("/dev/kvm")) is None
    assert access.refusal(volume(f"{models}-too")) is not None


@pytest.mark.parametrize("way", ["link", "dots"])
def test_no_path_climbs_out(state: Path, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (state / "link").symlink_to(secret)
    path = state / "link" if way == "link" else f"{state}/../secret"
    assert "may mount" in refusal(HostAccess.of(state), volume(str(path)))


def test_a_socket_is_mounted_only_where_it_is_named_itself(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{state}/engine/docker.sock")
    assert "has root on this machine" in refusal(HostAccess.of(state), volume(f"{state}/engine"))
    named = HostAccess.of(state, f"{state}/engine/docker.sock")
    assert named.refusal(volume(f"{state}/engine/docker.sock")) is None


def test_a_refusal_says_how_to_allow_it(state: Path) -> None:
    told = refusal(HostAccess.of(state), volume("/data"))
    assert told.endswith("To allow it, start the local AWS with --host-mounts /data")
    told = refusal(HostAccess.of(state, prefix="AWA_BATCH_LOCAL"), volume("/data"))
    assert told.endswith("To allow it, start the local AWS with AWA_BATCH_LOCAL_HOST_MOUNTS=/data")
    told = refusal(HostAccess.of(state), {"privileged": True})
    assert told.endswith("--privileged yes")
    assert HostAccess.of(state, privileged="yes").refusal({"privileged": True}) is None


def test_a_folder_is_named_by_its_whole_path(state: Path) -> None:
    with pytest.raises(UsageError, match="not an absolute path"):
        HostAccess.of(state, "models")


BASE = {
    "image": "i",
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "4"}],
}


@pytest.mark.parametrize(
    "efs",
    [
        {"fileSystemId": "../../etc"},
        {"fileSystemId": "fs-1"},
        {"fileSystemId": "fs-12345678/.."},
        {"fileSystemId": "fs-12345678", "rootDirectory": "/a/../../b"},
        {"fileSystemId": "fs-12345678", "authorizationConfig": {"accessPointId": "../x"}},
    ],
)
def test_a_file_system_is_one_of_efs(efs: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="efsVolumeConfiguration"):
        container_properties.check(
            {**BASE, "volumes": [{"name": "v", "efsVolumeConfiguration": efs}]}, on_fargate=False
        )
