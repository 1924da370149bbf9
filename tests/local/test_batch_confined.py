"""What a job of the local AWS may not have: this machine's folders, devices and root, its owner's keys and files."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from batch_support import LocalBatch, refused, started

from local_batch.processes import started_at

OF_THE_HOST: list[dict[str, Any]] = [
    {"privileged": True},
    {"volumes": [{"name": "v", "host": {"sourcePath": "/etc"}}]},
    {"volumes": [{"name": "v", "host": {"sourcePath": "/var/run/docker.sock"}}]},
    {"linuxParameters": {"devices": [{"hostPath": "/dev/kmsg"}]}},
]


@pytest.mark.parametrize("properties", OF_THE_HOST, ids=lambda one: next(iter(one)))
def test_a_job_that_asks_for_this_machine_is_refused(aws: LocalBatch, properties: dict[str, Any]) -> None:
    definition = aws.definition("true", properties=properties)
    with refused("To allow it, start the local AWS with --"):
        aws.submit(aws.queue(), definition)


def test_a_folder_that_becomes_a_link_is_looked_at_again(docker_aws: LocalBatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    folder = docker_aws.state_dir / "becomes-a-link"
    folder.mkdir()
    properties = {
        "volumes": [{"name": "v", "host": {"sourcePath": str(folder)}}],
        "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
    }
    queue = docker_aws.queue()
    first = docker_aws.submit(queue, docker_aws.definition("sleep", "2"))
    job_id = docker_aws.submit(
        queue, docker_aws.definition("cat", "/v/secret", properties=properties), dependsOn=[{"jobId": first}]
    )
    folder.rmdir()
    folder.symlink_to(tmp_path)
    job = docker_aws.wait(job_id)
    assert job["status"] == "FAILED"
    assert "may mount" in job["attempts"][-1]["container"]["reason"]


SHOW = 'echo "$HOME"; ls -A "$HOME"; stat -c %a "$HOME"; echo "$AWS_SHARED_CREDENTIALS_FILE" "$AWS_CONFIG_FILE"'


def test_a_process_has_an_empty_home_and_no_keys_of_the_user(process_aws: LocalBatch) -> None:
    job = process_aws.run("sh", "-c", SHOW)
    home, mode, files = process_aws.lines(job)
    assert home.startswith(str(process_aws.state_dir))
    assert mode == "700"
    assert not any(Path(file).exists() for file in files.split())
    process_aws.until(lambda: not Path(home).exists())


def test_the_servers_environment_holds_nothing_of_its_starters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"PATH": os.environ["PATH"], "DOCKER_HOST": os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")}
    for name, value in {"AWS_SECRET_ACCESS_KEY": "of-an-account", "MY_TOKEN": "mine", "MOTO_X": "1", **kept}.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path / "state", "process") as aws:
        # A job may read it: its parent is the server.
        job = aws.run("sh", "-c", "tr '\\0' '\\n' < /proc/$PPID/environ")
        seen = dict(line.split("=", 1) for line in aws.lines(job) if "=" in line)
    assert seen.keys() <= {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", *os.environ}
    assert not {"AWS_SECRET_ACCESS_KEY", "MY_TOKEN", "MOTO_X"} & seen.keys()
    assert {name: seen[name] for name in kept} == kept


def hidden(aws: LocalBatch, job: dict[str, Any]) -> int:
    return int(aws.lines(job)[-1])


def test_what_leaves_its_session_and_empties_its_environment_ends_with_its_job(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.run("sh", "-c", "setsid env -i sh -c 'echo $$; exec sleep 600' & sleep 0.3")
    pid = hidden(aws, job)
    aws.until(lambda: started_at(pid) is None)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_ends_with_the_server_too(tmp_path: Path, end: str) -> None:
    state = tmp_path / "state"
    with started(state, "process") as aws:
        command = "setsid env -i sh -c 'echo $$; exec sleep 600' & sleep 600"
        job_id = aws.submit(aws.queue(), aws.definition("sh", "-c", command))
        job = aws.wait(job_id, "RUNNING")
        aws.until(lambda: bool(job["container"].get("logStreamName")) and bool(aws.lines(job)))
        pid = hidden(aws, job)
        assert started_at(pid) is not None
        if end == "kill":
            os.kill(aws.server.pid, signal.SIGKILL)
            aws.until(lambda: started_at(aws.server.pid) is None)
    # It has been killed; that it is gone is the kernel's, which takes its time on a busy machine.
    LocalBatch.until(lambda: started_at(pid) is None)
