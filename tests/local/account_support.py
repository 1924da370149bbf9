"""An account as ENV=dev finds it: the local AWS in its place, a copy of the Terraform, and commands run in that."""

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
from recorder import Recorder, marks, recording

from local_batch import lifecycle
from local_batch.keys import Keys
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
AWA = Path(sys.executable).parent / "awa-batch"
Done = subprocess.CompletedProcess[str]
STATE_BUCKET = "awa-batch-tfstate-123456789012-ap-northeast-1"
GUIDE = (ROOT / "docs" / "first-account.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Account:
    root: Path
    state: Path
    endpoint_url: str
    log: Path
    keys: Keys
    recorder: Recorder

    def planned(self) -> dict[str, Any]:
        """Return the saved plan as data."""
        root = self.root / "terraform/environments/dev"
        done = subprocess.run(
            ["terraform", f"-chdir={root}", "show", "-json", "awa-batch.tfplan"],
            env={k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"},
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    def run(self, *args: str, code: int = 0, environment: str = "dev", more: dict[str, str] | None = None) -> Done:
        """Run a command; ``more`` are variables, an empty one of which is unset."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AWA_BATCH_", "TF_"))}
        env = {
            **kept,
            "AWA_BATCH_ROOT": str(self.root),
            "AWA_BATCH_STATE_DIR": str(self.state),
            "AWA_BATCH_ENV": environment,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            **self.keys.variables(),
            **marks(f"{args[0]}-{environment}"),
            **(more or {}),
        }
        env = {name: value for name, value in env.items() if value}
        done = forked.run(args, env, self.root)
        assert done.returncode == code, (
            f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}\n"
            f"not answered: {self.recorder.failed[-10:]}\nthe local AWS: {self.log.read_text()[-2000:]}"
        )
        return done

    def client(self, service: str, region: str = "ap-northeast-1") -> Any:
        """Return a boto3 client of the account."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=region,
            aws_access_key_id=self.keys.access_key_id,
            aws_secret_access_key=self.keys.secret_access_key,
        )


@contextmanager
def opened_account(folder: Path) -> Iterator[Account]:
    """Give an account with nothing in it; skip where there is no terraform."""
    if shutil.which("terraform") is None:
        missing("no terraform on PATH")
    root = folder / "clone"
    # Each clone has its own .terraform; the modules and environments are what git would hand out.
    leave = shutil.ignore_patterns(
        ".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.awsconfig", "backend.hcl", "*.tfplan"
    )
    shutil.copytree(ROOT / "terraform", root / "terraform", ignore=leave)
    (root / "scripts/awa_batch").mkdir(parents=True)
    server = lifecycle.start(folder / "aws", "process")
    assert server.keys is not None
    try:
        with recording(server.endpoint_url) as recorder:
            log = folder / "aws" / "server.log"
            yield Account(root, folder / "state", recorder.url, log, server.keys, recorder)
    finally:
        lifecycle.stop(folder / "aws")
