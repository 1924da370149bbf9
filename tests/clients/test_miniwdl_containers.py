"""miniwdl's plugin for AWS Batch: the workflow runs here, its tasks in containers that mount the same folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_batch.testing import BatchForTests
from tests.clients.support import BASE_IMAGE, HERE, jobs, programs, run

RUNNER = "docker"
SERVER = ("--host-mounts", "/")


def test_the_tasks_of_miniwdl_share_its_folder_as_its_user(
    aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    env |= {
        "MINIWDL__SCHEDULER__CONTAINER_BACKEND": "aws_batch_job_no_efs",
        "MINIWDL__AWS__TASK_QUEUE": aws.queue,
        "MINIWDL__AWS__SUBMIT_PERIOD": "0.1",
        "MINIWDL__AWS__DESCRIBE_PERIOD": "0.2",
        "MINIWDL__FILE_IO__ROOT": str(tmp_path),
    }
    words: list[str | Path] = [
        programs("miniwdl") / "miniwdl", "run", HERE / "squares.wdl", "numbers=2", "numbers=3", f"image={BASE_IMAGE}",
        "--as-me", "--dir", tmp_path / "runs",
    ]  # fmt: skip
    said = run(words, env, tmp_path)
    assert json.loads(said[said.index("\n{") :])["outputs"] == {"squares.sum": 13}
    found = jobs(aws)
    assert [job["status"] for job in found] == ["SUCCEEDED"] * 3
    assert {job["container"]["user"] for job in found} == {f"{os.geteuid()}:{os.getegid()}"}
    assert {one["host"]["sourcePath"] for job in found for one in job["container"]["volumes"]} == {str(tmp_path)}
    # They take their definitions back.
    assert aws.client("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
