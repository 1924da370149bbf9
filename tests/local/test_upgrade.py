"""An environment that was applied before there were pools and queues as maps is planned again: nothing is replaced.

The state is what a real apply of that version left on ENV=local (``tests/data/applied_with_two_pools.json.gz``).
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from batch_support import LocalBatch

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "terraform"))

from terraform_support import TERRAFORM, command, environment, why_no_terraform  # noqa: E402

STATE = ROOT / "tests" / "data" / "applied_with_two_pools.json.gz"


def changes(folder: Path, env: dict[str, str]) -> dict[str, list[str]]:
    """Return address → actions of all that a plan would do, without a look at the resources themselves."""
    done = command("plan", "-refresh=false", "-input=false", "-no-color", "-out=it.tfplan", cwd=folder, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    shown: dict[str, Any] = json.loads(command("show", "-json", "it.tfplan", cwd=folder, env=env).stdout)
    found = {one["address"]: one["change"]["actions"] for one in shown["resource_changes"]}
    return {address: actions for address, actions in found.items() if actions not in (["no-op"], ["read"])}


@pytest.fixture
def applied(process_aws: LocalBatch, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The root of ENV=local with the state of that apply, and the environment to run terraform in."""
    if trouble := why_no_terraform():
        pytest.skip(trouble)
    left_out = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.tfplan", "backend.hcl")
    shutil.copytree(TERRAFORM, tmp_path / "terraform", ignore=left_out)
    folder = tmp_path / "terraform/environments/local"
    state = gzip.decompress(STATE.read_bytes())
    (folder / "terraform.tfstate").write_bytes(state)
    definition = json.loads(state)["outputs"]["contract"]["value"]["job_definitions"]["ec2-sample"]
    release = {"images": {"latest": {"blue": definition["image"], "green": None}}}
    (folder / "release.auto.tfvars.json").write_text(json.dumps({"release": release}))
    keys = process_aws.keys
    server = {
        "endpoint_url": process_aws.server.endpoint_url,
        "access_key": keys.access_key_id,
        "secret_key": keys.secret_access_key,
    }
    (folder / "local.auto.tfvars.json").write_text(json.dumps(server))
    env = environment(tmp_path)
    done = command("init", "-input=false", "-no-color", cwd=folder, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, env


def test_what_was_applied_stays_when_a_pool_and_a_queue_are_added(applied: tuple[Path, dict[str, str]]) -> None:
    folder, env = applied
    main = folder / "main.tf"
    pools = "{ gpu = { gpu = true, disk = { size = 200 } } }"
    more = f'  ec2 = {{ pools = {pools}, queues = {{ gpu = {{ priority = 50, pools = ["gpu"] }} }} }}'
    main.write_text(f"{main.read_text().rstrip().removesuffix('}')}\n{more}\n}}\n")
    found = changes(folder, env)
    # The provider knows no update of a lifecycle policy; the repository and its images are not touched.
    replaced = [address for address, actions in found.items() if "delete" in actions]
    assert not [address for address in replaced if "aws_ecr_lifecycle_policy" not in address], found
    of_batch = {address: actions for address, actions in found.items() if "aws_batch" in address or "_ec2[" in address}
    # Definitions get a new revision each time that what they say has changed; nothing else of Batch may.
    others = {address: actions for address, actions in of_batch.items() if "aws_batch_job_definition" not in address}
    assert {tuple(actions) for actions in others.values()} == {("create",)}, found
    assert [address for address in of_batch if 'queue["gpu"].aws_batch_job_queue' in address]
