"""A copy of this clone with ENV=local of its own, and commands in it as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forked

from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
AWA = Path(sys.executable).parent / "awa-batch"


@dataclass(frozen=True)
class Project:
    """A copy of the clone, and how commands are run in it."""

    root: Path
    state: Path
    runner: str

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AWA_BATCH_", "TF_"))}
        return {
            **kept,
            "AWA_BATCH_ROOT": str(self.root),
            "AWA_BATCH_STATE_DIR": str(self.state),
            "AWA_BATCH_RUNNER": self.runner,
            "NO_COLOR": "1",
            # A user's own account settings must not reach the local AWS, nor break it.
            "AWS_PROFILE": "no-such-profile",
            "HTTP_PROXY": "http://127.0.0.1:9",
            # As on hosts whose configured file is not there.
            "TF_CLI_CONFIG_FILE": str(self.root / "no-such-file.tfrc"),
        }

    def run(self, *args: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        # Nothing may depend on the user's umask.
        done = forked.run(args, self.env | env, self.root, umask=0)
        assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def server(self) -> dict[str, object]:
        return json.loads((self.state / "server.json").read_text())

    def keys(self) -> dict[str, str]:
        return dict(json.loads((self.state / "credentials.json").read_text()))

    def client(self, service: str) -> Any:
        """Return a boto3 client of the running local AWS."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=str(self.server()["endpoint_url"]),
            region_name="ap-northeast-1",
            aws_access_key_id=self.keys()["access_key_id"],
            aws_secret_access_key=self.keys()["secret_access_key"],
        )

    def aws(self, *args: str) -> dict[str, object]:
        from bench.peers import aws_command

        script = f'eval "$({AWA} local env)" && exec "$@"'
        done = subprocess.run(
            ["bash", "-c", script, "bash", str(aws_command()), *args, "--output", "json"],
            env=self.env,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def has_engine() -> bool:
    from awa_batch.images.docker_engine import engine_status

    return engine_status().engine is not None


@contextmanager
def opened_project(folder: Path, runner: str) -> Iterator[Project]:
    """Give a copy of the clone; skip where there is no terraform, or no engine for ``docker``."""
    if shutil.which("terraform") is None and shutil.which("tofu") is None:
        missing("no terraform on PATH")
    if runner == "docker" and not has_engine():
        missing("no Docker engine answers")
    root = folder / "clone"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    made = Project(root, folder / "state", runner)
    try:
        yield made
    finally:
        subprocess.run(
            [str(AWA), "local", "clean"], env=made.env, cwd=root, capture_output=True, timeout=180, check=False
        )
