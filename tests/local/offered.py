"""What a running local Batch offers to the command line: queues, definitions and a bucket as a contract's file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import forked
from batch_support import REGION, LocalBatch

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"


class Offered:
    """An environment of two queues and two definitions on ``aws``, and commands run in it with a state of their own."""

    def __init__(self, aws: LocalBatch, folder: Path, *command: str, vcpus: int = 16) -> None:
        self.aws = aws
        self.folder = folder
        self.bucket = aws.name("bucket")
        self.s3 = aws.client("s3")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.queues = {"ec2": aws.queue(vcpus=vcpus), "fargate": aws.queue(kind="FARGATE", vcpus=vcpus)}
        self.definitions = {
            "ec2": aws.definition(*command),
            "fargate": aws.definition(*command, vcpu="0.25", memory="512", fargate=True),
        }
        self.contract = folder / "contract.json"
        self.contract.write_text(json.dumps(self._contract(vcpus)))

    def _contract(self, vcpus: int) -> dict[str, Any]:
        arn = f"arn:aws:batch:{REGION}:{ACCOUNT}"
        return {
            "schema_version": 1,
            "project": "awa-batch",
            "environment": "local",
            "region": REGION,
            "account_id": ACCOUNT,
            "prefix": "awa-batch-local",
            "queues": {
                f"{kind}-high-priority": {
                    "name": name, "arn": f"{arn}:job-queue/{name}", "platform": kind.upper(), "priority": 1,
                    "scheduling": "FIFO", "max_vcpus": vcpus, "capacity": "ON_DEMAND",
                }
                for kind, name in self.queues.items()
            },
            "job_definitions": {
                f"{kind}-sample": {
                    "name": name, "arn": f"{arn}:job-definition/{name}:1", "platform": kind.upper(),
                    "image": self.aws.image, "slot": "blue", "vcpu": 1 if kind == "ec2" else 0.25,
                    "memory": 128 if kind == "ec2" else 512, "log_group": "/aws/batch/job",
                }
                for kind, name in self.definitions.items()
            },
            "repositories": {},
            "data_bucket": {"name": self.bucket, "arn": f"arn:aws:s3:::{self.bucket}"},
        }  # fmt: skip

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "AWA_BATCH_"))}
        return kept | {
            "AWA_BATCH_CONTRACT": str(self.contract),
            "AWA_BATCH_STATE_DIR": str(self.folder / "state"),
            "AWA_BATCH_ROOT": str(ROOT),
            "AWS_ENDPOINT_URL": self.aws.server.endpoint_url,
            **self.aws.keys.variables(),
            "TZ": "UTC",
        }

    def run(self, *words: str, code: int = 0, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run ``awa-batch WORDS`` (or a script of this project, by its path) and hold its exit code."""
        if words[0].endswith(".py"):
            done = subprocess.run(
                [sys.executable, str(ROOT / words[0]), *words[1:]],
                env=self.env | env, capture_output=True, text=True, timeout=120, check=False, input=stdin,
            )  # fmt: skip
        else:
            done = forked.run(words, self.env | env, stdin=stdin or "", timeout=120)
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done
