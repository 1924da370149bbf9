"""What the guides suppose to be there when their commands are typed: files, jobs, and values in the place of names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from guide_runs import Shell, not_printed

from tests.guide_commands import Command, commands, in_sentences
from tests.guide_table import exit_code, shows_what_is_printed, told

if TYPE_CHECKING:
    from environment_support import Project

STATES = ("awa-batch-tfstate-123456789012-ap-northeast-1", "awa-batch-tfstate-in-use")
"""Buckets of states: the one that docs/first-account.md takes away, and that of docs/operations.md."""
SMALLER = {
    "seq 1000": "seq 12",
    "--prefix data/ ": "--prefix data/s3_concat/weather-EWR-2013-Q1 ",
    "--vcpu 4 --memory 8192 --array 100": "--vcpu 1 --memory 1024 --array 2",
}
"""What would take long on two cores."""
BEFORE = {
    "docs/ec2-scaling.md": "awa-batch submit ec2-sample --array 8 --wait -- true",
    "docs/cli.md": "awa-batch submit ec2-sample --wait -- true",
}
"""What was submitted before a page's `@last`."""


class Scene:
    """Files and jobs in an environment that is up, and commands as they are typed there."""

    def __init__(self, project: Project, shell: Shell) -> None:
        self.shell = shell
        self.ran: set[str] = set()
        self.root = root = project.root
        parameters = json.loads((root / "jobs/version_test/parameters.json").read_text())
        for name in ("params.json", "demo.json"):
            (root / name).write_text(json.dumps(parameters))
        parameters["metadata"]["description"] = "x" * 9000
        (root / "big.json").write_text(json.dumps(parameters))
        for name in ("items.csv", "rows.csv"):
            (root / name).write_text((root / "jobs/my_job/rows.csv").read_text())
        (root / "jobs.jsonl").write_text("".join(f'{{"command": ["echo", "{n}"]}}\n' for n in range(1, 13)))
        s3 = project.client("s3")
        s3.upload_file(str(root / "demo.json"), "awa-batch-local-data-123456789012", "data/demo/config.json")
        project.client("ssm").put_parameter(
            Name="/demo/config", Type="String", Value=(root / "demo.json").read_text(), Overwrite=True
        )
        for bucket in STATES:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            put = s3.put_object(Bucket=bucket, Key="awa-batch/dev/terraform.tfstate", Body=b"{}")
        job = self.submitted("ec2-sample --wait -- python run_batch.py version_test", code=2)
        script = "'exit $((AWS_BATCH_JOB_ARRAY_INDEX == 7))'"
        array = self.submitted(f"ec2-sample --array 8 --wait -- sh -c {script}", code=1)
        self.submitted("ec2-sample --from jobs.jsonl --run nightly-2026-11-24")
        self.instead = (
            (r"\.venv/bin/", ""),
            (r" -E (dev|prod)\b", ""),
            (r"(?<=--job-queue )awa-batch-dev-", "awa-batch-local-"),
            (r"run_batch\.py JOB\b", "run_batch.py version_test"),
            (r"\bDEFINITION\b", "ec2-sample"),
            (r"\bCOMMAND --help", "submit --help"),
            (r"\b(ARRAY_ID|b297e7b4|7f0c5d7e)\b", array),
            (r"\b(JOB_ID|JOB|ID)\b", job),
            (r"\bmy-queue\b", "awa-batch-local-fargate-low-priority"),
            (r"\bmy-definition:3\b", "awa-batch-local-fargate-sample:1"),
            (r"--share-identifier research", "--share-identifier default"),
            (r"(?<![$\w])BUCKET(?!\w|=)", bucket),
            (r"(?<==)VERSION\b", put["VersionId"]),
            *((re.escape(large), small) for large, small in SMALLER.items()),
        )

    def submitted(self, words: str, code: int = 0) -> str:
        """Submit what a page's names stand for, and return its id."""
        ended, printed = self.shell.run(f"awa-batch submit {words}")
        assert ended == code, printed
        return next(line for line in printed.splitlines() if re.fullmatch(r"[0-9a-f-]{36}", line))

    def typed(self, command: Command) -> str:
        """Return a command as it is typed: without names that stand for something, in ENV=local."""
        text = command.text
        for name, value in self.instead:
            text = re.sub(name, value, text)
        return text

    def faults(self, page: str) -> list[str]:
        """Run a page's commands in their order, those of its sentences last; return what is not as it is printed."""
        if page in BEFORE:
            self.shell.run(BEFORE[page])
        sentences = [one for one in in_sentences(page) if self.typed(one) not in self.ran]  # mostly those of others
        found: list[str] = []
        for command in (*commands(page), *sentences):
            if told(command)[0] == "runs":
                found += self.fault(command)
        return found

    def fault(self, command: Command) -> list[str]:
        """Run a command and return what is not as it should be: its exit code, or lines that it does not print."""
        if re.match(r"cat \S+$", command.text):  # which shows a file that one is to write
            (self.root / command.text.split()[1]).write_text("\n".join(command.shown) + "\n")
        line = self.typed(command)
        code, printed = self.shell.run(line)
        self.ran.add(line)
        missed = not_printed(command, printed) if shows_what_is_printed(command) else []
        if code == exit_code(command) and not missed:
            return []
        return [f"{command.text} (as {line}): exit code {code}; not printed: {missed}; printed: {printed}"]
