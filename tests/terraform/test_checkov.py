"""checkov over the Terraform sources: no finding; every skip stands in place, with its reason.

It looks at the modules by themselves, with their defaults, and at ``prod``, in which all of them are in use. The other
environments and the examples are the same calls of the same modules (tests/terraform/test_policy.py) and would take
three times as long.

It has an environment of its own, ``.checkov``: it brings another package of the name hcl2 than our tests read with.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from typing import Any

from terraform_support import ENVIRONMENTS, TERRAFORM

from bench.peers import ROOT, locked_environment

SKIP = re.compile(r"checkov:skip=(?P<check>CKV2?_AWS_\d+)(?P<reason>.*)")


@cache
def report() -> dict[str, Any]:
    program = locked_environment(ROOT / ".checkov", ROOT / "tests/terraform/checkov/requirements.lock") / "checkov"
    others = "|".join(folder.name for folder in ENVIRONMENTS if folder.name != "prod")
    skipped = rf"\.terraform|/tests/|/testing/|/examples/|/environments/({others})(/|$)"
    done = subprocess.run(
        [
            str(program), "--directory", str(TERRAFORM), "--framework", "terraform", "--output", "json",
            "--skip-download", "--download-external-modules", "false", "--skip-path", skipped,
        ],
        env={**os.environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_checkov_finds_nothing() -> None:
    found = report()["results"]["failed_checks"]
    assert not [f"{one['check_id']} {one['resource']} in {one['file_path']}: {one['check_name']}" for one in found]
    # It has really looked: at our compute environments, buckets and roles among much else.
    looked_at = {one["resource"].rsplit(".", 2)[-2] for one in report()["results"]["passed_checks"]}
    assert {"aws_s3_bucket", "aws_iam_role", "aws_sns_topic"} <= looked_at


def test_checkov_reads_every_file() -> None:
    assert report()["results"]["parsing_errors"] == []


def test_every_skip_says_why() -> None:
    skips = [
        (file.relative_to(TERRAFORM), match)
        for file in TERRAFORM.rglob("*.tf")
        if ".terraform" not in file.parts
        for match in SKIP.finditer(file.read_text(encoding="utf-8"))
    ]
    assert skips
    assert not [(str(file), match["check"]) for file, match in skips if len(match["reason"].lstrip(":").split()) < 3]
