"""What the tests of clients share: a client's programs, made from its lock, its image, and the jobs that it made."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peers import ROOT, locked_environment
from local_batch.testing import BatchForTests
from tests.needs import missing

BASE_IMAGE = "python:3.13-slim-trixie"
"""What images of clients are made on: `container/offline/make-base-images.sh` makes it where it cannot be pulled."""
SECONDS = 300
"""How long a client may run, on a busy machine."""
HERE = Path(__file__).parent


def programs(client: str) -> Path:
    """Return the folder of a client's programs."""
    folder = ROOT / ".clients"
    folder.mkdir(exist_ok=True)
    return locked_environment(folder / client, HERE / f"{client}.lock")


def run(
    words: list[str | Path], env: dict[str, str], folder: Path, heard: Callable[[str], object] = lambda _: None
) -> str:
    """Run a client with a terminal to read from, as some want one; return what it said.

    ``heard`` is called with each line as it comes.
    """
    ours, theirs = pty.openpty()
    said = ""
    try:
        with subprocess.Popen(
            words, env=env, cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            late = threading.Timer(SECONDS, process.kill)
            late.start()
            try:
                for line in process.stdout or ():
                    said += line
                    heard(line)
            finally:
                late.cancel()
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == 0, said
    return said


def define(aws: BatchForTests, name: str, *command: str) -> None:
    aws.client("batch").register_job_definition(
        jobDefinitionName=name,
        type="container",
        containerProperties={
            "image": aws.image,
            "command": list(command),
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}],
        },
    )


def jobs(aws: BatchForTests, queue: str = "") -> list[dict[str, Any]]:
    """Return every job of a queue, the EC2 queue unless another is named."""
    batch = aws.client("batch")
    wanted = [{"name": "JOB_NAME", "values": ["*"]}]
    ids = [one["jobId"] for one in batch.list_jobs(jobQueue=queue or aws.queue, filters=wanted)["jobSummaryList"]]
    return list(batch.describe_jobs(jobs=ids)["jobs"]) if ids else []


def with_programs(aws: BatchForTests, name: str, *folders: Path) -> str:
    """Return an image in which the programs of some folders come first, as they are on PATH in its users' image."""
    digits = (name.encode().hex() * 64)[:64]
    image = aws.state_dir / "process-images" / digits
    image.mkdir(exist_ok=True)
    env = {"PATH_PREPEND": os.pathsep.join(map(str, folders))}
    (image / "image.json").write_text(json.dumps({"command": ["true"], "env": env, "working_dir": None}))
    return f"{aws.image.partition('/')[0]}/{name}@sha256:{digits}"


def need_engine() -> None:
    """Skip, or in CI fail, where no Docker engine answers that has the base image."""
    if not shutil.which("docker"):
        missing("no docker on PATH")
    asked = ["docker", "image", "inspect", "--format", "{{.Id}}", BASE_IMAGE]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        missing(f"no Docker engine answers that has {BASE_IMAGE}: {done.stderr.strip()}")


@contextmanager
def container_image(name: str, folder: Path, *lines: str) -> Iterator[str]:
    """Build an image from a folder: these lines of a Dockerfile on the base image. It is removed at the end."""
    (folder / "Dockerfile").write_text("\n".join((f"FROM {BASE_IMAGE}", *lines, "")))
    build = ["docker", "build", "--quiet", "--tag", name, str(folder)]
    done = subprocess.run(build, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    try:
        yield name
    finally:
        subprocess.run(["docker", "image", "rm", "--force", name], check=False, capture_output=True, timeout=60)
