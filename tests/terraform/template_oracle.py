"""Plan the variants of a platform with a mocked provider, and have CloudFormation's schemas and rules judge them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from terraform_support import command, init

from bench.peers import ROOT, locked_environment

ORACLE = Path(__file__).parent / "oracles" / "cloudformation.py"
VARIANTS = Path(__file__).parent / "oracles" / "variants.tftest.hcl"

Resource = dict[str, Any]


def planned(copy: Path, env: dict[str, str]) -> dict[str, list[Resource]]:
    """Return variant → the resources that it plans; ``copy`` is a copy of terraform/."""
    place = copy / "modules" / "platform"
    tests = place / "variants"
    tests.mkdir(exist_ok=True)
    shutil.copy(VARIANTS, tests)
    option = "-test-directory=variants"
    done = init(place, env, option)
    assert done.returncode == 0, done.stdout + done.stderr
    done = command("test", "-json", "-verbose", option, cwd=place, env=env, timeout=540)
    assert done.returncode == 0, [
        said["diagnostic"] for said in map(json.loads, done.stdout.splitlines()) if said["type"] == "diagnostic"
    ]
    return {
        said["@testrun"]: [
            {
                "variant": said["@testrun"],
                "address": one["address"],
                "kind": one["type"],
                "values": given(one["change"]["after"], schemas[one["type"]]["block"]),
                "unknown": configured(one["change"]["after_unknown"], schemas[one["type"]]["block"]),
            }
            for schemas in [_resource_schemas(said["test_plan"])]
            for one in said["test_plan"]["resource_changes"]
            if one["mode"] == "managed" and one["type"].startswith("aws_")
        ]
        for said in map(json.loads, done.stdout.splitlines())
        if said["type"] == "test_plan"
    }


def _resource_schemas(plan: dict[str, Any]) -> dict[str, Any]:
    (schema,) = [one for name, one in plan["provider_schemas"].items() if name.endswith("hashicorp/aws")]
    return dict(schema["resource_schemas"])


def given(values: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Return values without those that the provider alone can set, which a mocked one makes up."""
    own = {name for name, one in block["attributes"].items() if one.get("computed") and not one.get("optional")}
    return {name: one for name, one in values.items() if name not in own}


def configured(unknown: Any, block: dict[str, Any]) -> Any:
    """Return what is not known yet though the configuration gives it: not what the provider computes."""
    found = {}
    for name, one in unknown.items():
        if name in block.get("attributes", {}):
            if not block["attributes"][name].get("computed"):
                found[name] = one
        elif name in block.get("block_types", {}) and isinstance(one, list):
            found[name] = [configured(part, block["block_types"][name]["block"]) for part in one]
    return found


def faults(resources: list[Resource]) -> list[str]:
    """Return what CloudFormation's schemas and cfn-lint's rules find wrong, as ``variant address: what``."""
    found: list[str] = _asked(resources)
    return found


def template(resources: list[Resource]) -> dict[str, Any]:
    """Return the ``template`` that is judged, and ``whose`` each of its resources is."""
    found: dict[str, Any] = _asked(resources, "--template")
    return found


def _asked(resources: list[Resource], *options: str) -> Any:
    lock = ROOT / "tests/terraform/cfn_lint/requirements.lock"
    python = locked_environment(ROOT / ".cfn-lint", lock) / "python"
    done = subprocess.run(
        [python, ORACLE, *options], input=json.dumps(resources), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
