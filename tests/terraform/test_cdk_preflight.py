"""The planned variants of a platform, judged by cdk-preflight: rules of what real AWS was seen to refuse, in its words.

It is no part of the gate: `make preflight` runs it (it installs 180 MB of npm packages, which the lock names by hash).
It needs node and npm. The template is the one that cfn-lint judges (test_templates.py), put into a stack resource by
resource.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from template_oracle import planned, template

PACKAGE = Path(__file__).parent / "cdk_preflight"
JUSTIFIED = {
    "pf-iam-policy-statement-required": "mocked plans have empty policies: policy_oracle judges those of real applies",
    "pf-kms-key-policy-statement": "as above",
    "pf-iam-policy-unknown-toplevel-field": "what the CDK makes of a policy that is a parameter, not known yet",
}
"""Rules whose findings are of the template and not of what is planned, each with why."""
OTHERS = {
    "F0003": "a stack has 200 parameters at most: ours stand for what is not known yet",
    "W2001": "of the parameters too",
    "W3010": "zones are chosen by the plan",
}
"""The same of the CDK's own validator, which runs beside the rules."""


@pytest.fixture(scope="module")
def installed() -> None:
    if os.environ.get("AWA_TEST_PREFLIGHT") != "yes":
        pytest.skip("not in the gate, for its 180 MB of npm packages: make preflight runs it")
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("no npm and node on PATH")
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=PACKAGE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"npm cannot install cdk-preflight here: {done.stderr[-300:]}")


@pytest.fixture(scope="module")
def made(installed: None, copy: tuple[Path, dict[str, str]], attached: dict[str, str]) -> dict[str, Any]:
    return template([one for resources in planned(copy[0], attached).values() for one in resources])


def judged(made: dict[str, Any], folder: Path) -> list[str]:
    """Return what the rules say, as ``rule whose: what``; warnings of the CDK's own validator among it."""
    (folder / "template.json").write_text(json.dumps(made["template"]), encoding="utf-8")
    done = subprocess.run(
        ["node", PACKAGE / "judge.js", folder / "template.json", folder / "out"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    report = folder / "out" / "validation-report.json"
    assert report.is_file(), done.stderr[-3000:]
    found = []
    for plugin in json.loads(report.read_text(encoding="utf-8"))["pluginReports"]:
        for violation in plugin["violations"]:
            for place in violation["violatingConstructs"]:
                name = place.get("cloudFormationResource", {}).get("logicalId", "")
                found.append(f"{violation['ruleName']} {made['whose'].get(name, name)}: {violation['description']}")
    return found


def test_nothing_is_found(made: dict[str, Any], tmp_path: Path) -> None:
    found = judged(made, tmp_path)
    assert found  # the empty policies of the mocks: it has looked
    assert [one for one in found if one.split()[0] not in {*JUSTIFIED, *OTHERS}] == []


def test_a_fault_is_found(made: dict[str, Any], tmp_path: Path) -> None:
    (name, queue), *_ = (
        (name, one) for name, one in made["template"]["Resources"].items() if one["Type"] == "AWS::Batch::JobQueue"
    )
    first = queue["Properties"]["JobStateTimeLimitActions"][0]
    twice = {**queue, "Properties": {**queue["Properties"], "JobStateTimeLimitActions": [first, first]}}
    planted = {**made, "template": {**made["template"], "Resources": {name: twice}}}
    assert any(one.startswith("pf-batch-jq-jstla-duplicate ") for one in judged(planted, tmp_path))
