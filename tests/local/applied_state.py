"""An environment as it was applied before: its state put beside a copy of the Terraform, and plans of changes to it.

The state is what a real apply left on ENV=local (``tests/data/applied_with_two_pools.json.gz``). Plans do not look at
the resources themselves, of which the local AWS has none: they say what Terraform and the provider make of a change.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batch_support import LocalBatch

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "terraform"))

from terraform_support import TERRAFORM, command, environment, why_no_terraform  # noqa: E402

from tests.needs import missing  # noqa: E402

STATE = ROOT / "tests" / "data" / "applied_with_two_pools.json.gz"


class Applied:
    """The root of ENV=local with the state of that apply."""

    def __init__(self, aws: LocalBatch, scratch: Path) -> None:
        if trouble := why_no_terraform():
            missing(trouble)
        left_out = shutil.ignore_patterns(
            ".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.awsconfig", "*.tfplan", "backend.hcl"
        )
        shutil.copytree(TERRAFORM, scratch / "terraform", ignore=left_out)
        self.folder = scratch / "terraform/environments/local"
        state = gzip.decompress(STATE.read_bytes())
        (self.folder / "terraform.tfstate").write_bytes(state)
        definition = json.loads(state)["outputs"]["contract"]["value"]["job_definitions"]["ec2-sample"]
        release = {"images": {"latest": {"blue": definition["image"], "green": None}}}
        (self.folder / "release.auto.tfvars.json").write_text(json.dumps({"release": release}))
        server = {"access_key": aws.keys.access_key_id, "secret_key": aws.keys.secret_access_key}
        address = f"endpoint_url = {aws.server.endpoint_url}"
        (self.folder / "local.awsconfig").write_text(f"[profile awa-batch-local]\n{address}\n")
        (self.folder / "local.auto.tfvars.json").write_text(json.dumps(server))
        self.env = environment(scratch)
        self.main = (self.folder / "main.tf").read_text()
        done = command("init", "-input=false", "-no-color", cwd=self.folder, env=self.env)
        assert done.returncode == 0, done.stdout + done.stderr

    def remember(self, module: str, kind: str, name: str, instances: dict[str, dict[str, Any]]) -> None:
        """Put resources into the state that the older version did not make: key → attributes."""
        file = self.folder / "terraform.tfstate"
        state = json.loads(file.read_text())
        state["resources"].append(
            {
                "module": module, "mode": "managed", "type": kind, "name": name,
                "provider": 'provider["terraform.io/builtin/terraform"]',
                "instances": [
                    {"index_key": key, "schema_version": 0, "attributes": attributes}
                    for key, attributes in instances.items()
                ],
            }
        )  # fmt: skip
        file.write_text(json.dumps(state))

    def changes(self, settings: str = "", **instead: str) -> dict[str, dict[str, Any]]:
        """Return address → the change of each resource that a plan would change.

        ``settings`` are added to the values of main.tf; ``instead`` is what stands there in the place of another value.
        """
        text = self.main.rstrip().removesuffix("}")
        for old, new in instead.items():
            assert text.count(f'"{old}"') == 1, old
            text = text.replace(f'"{old}"', f'"{new}"')
        (self.folder / "main.tf").write_text(f"{text}\n{settings}\n}}\n")
        plan = ("plan", "-refresh=false", "-input=false", "-no-color", "-out=it.tfplan")
        done = command(*plan, cwd=self.folder, env=self.env)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = json.loads(command("show", "-json", "it.tfplan", cwd=self.folder, env=self.env).stdout)
        found = {one["address"]: one["change"] for one in shown["resource_changes"]}
        return {address: change for address, change in found.items() if change["actions"] not in (["no-op"], ["read"])}
