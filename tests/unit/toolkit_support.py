"""The example contract's place, and a scripted terraform."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data"

FAKE_TERRAFORM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({folder!r})
args = [a for a in sys.argv[1:] if not a.startswith("-chdir=")]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(args) + "\\n")
(here / "environment.json").write_text(json.dumps(dict(os.environ)))
if args[0] == "version":
    print((here / "version").read_text())
    sys.exit(0)
script = json.loads((here / "script.json").read_text()).get(args[0], {{}})
root = next(a for a in sys.argv if a.startswith("-chdir="))[7:]
if args[0] == "init" and not script.get("code"):
    (pathlib.Path(root) / ".terraform" / "providers").mkdir(parents=True, exist_ok=True)
if script.get("sleep"):
    import signal, time
    signal.signal(signal.SIGINT, lambda *_: (here / "interrupted").touch())
    (here / "started").touch()
    time.sleep(script["sleep"])
    print("a line to a reader that may be gone " * 4000, flush=True)
    (here / "ended").touch()
sys.stdout.write(script.get("out", ""))
sys.stderr.write(script.get("err", ""))
sys.exit(script.get("code", 0))
"""


@dataclass(frozen=True)
class FakeTerraform:
    """A program that counts its calls and answers as it was told."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "terraform"

    @property
    def calls(self) -> list[list[str]]:
        """The calls but those of ``version``, without ``-no-color``, which depends on where the test runs."""
        return [[word for word in call if word != "-no-color"] for call in self.raw_calls if call[0] != "version"]

    @property
    def raw_calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the last call."""
        return dict(json.loads((self.folder / "environment.json").read_text()))

    def version(self, text: str) -> None:
        (self.folder / "version").write_text(text)

    def answer(self, command: str, **what: Any) -> None:
        """Let ``command`` print ``out`` and ``err`` and exit with ``code``."""
        file = self.folder / "script.json"
        script = json.loads(file.read_text())
        script[command] = what
        file.write_text(json.dumps(script))


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class OpenBatch:
    """A Batch client whose queues are open, whose definitions are active and whose jobs run: all that is asked for."""

    def __init__(self, **changes: dict[str, Any]) -> None:
        """Take what is different, by the last part of the ARN (``-`` as ``_``) or by the job's id."""
        self.calls: list[str] = []
        self._changes = changes

    def _changed(self, name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        change = self._changes.get(name.rsplit("/", 1)[-1].replace("-", "_").replace(":", "_"), {})
        return [] if change.get("missing") else [{**value, **change}]

    def describe_job_queues(self, jobQueues: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("describe_job_queues")
        found = [
            self._changed(
                arn,
                {
                    "jobQueueArn": arn,
                    "jobQueueName": arn.rsplit("/", 1)[-1],
                    "state": "ENABLED",
                    "status": "VALID",
                    "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}],
                    **({"schedulingPolicyArn": "arn/sp"} if "fargate" in arn else {}),
                },
            )
            for arn in jobQueues
        ]
        return {"jobQueues": [*chain.from_iterable(found)]}

    def describe_job_definitions(self, jobDefinitions: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("describe_job_definitions")
        found = [
            self._changed(
                arn,
                {
                    "jobDefinitionArn": arn,
                    "jobDefinitionName": arn.rsplit("/", 1)[-1].rsplit(":", 1)[0],
                    "status": "ACTIVE",
                    "schedulingPriority": 1,
                    "platformCapabilities": ["FARGATE" if "fargate" in arn else "EC2"],
                },
            )
            for arn in jobDefinitions
        ]
        return {"jobDefinitions": [*chain.from_iterable(found)]}

    def describe_compute_environments(self, computeEnvironments: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("describe_compute_environments")
        found = [
            self._changed(
                name,
                {
                    "computeEnvironmentArn": f"arn/{name}",
                    "computeEnvironmentName": name,
                    "computeResources": {"maxvCpus": 16},
                },
            )
            for name in computeEnvironments
        ]
        return {"computeEnvironments": [*chain.from_iterable(found)]}

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        self.calls.append("describe_jobs")
        found = [self._changed(job_id, {"jobId": job_id, "jobName": "n", "status": "RUNNING"}) for job_id in jobs]
        return {"jobs": [*chain.from_iterable(found)]}
