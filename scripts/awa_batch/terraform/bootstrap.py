"""The bucket of an account's Terraform states, and the environments' way to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.paths import project_root
from awa_batch.target import LocalTarget
from awa_batch.terraform.root import BACKEND_FILE, Root, Say


@dataclass(frozen=True)
class BootstrapRoot(Root):
    """terraform/bootstrap, for the account and region that ``environment`` lives in."""

    def __post_init__(self) -> None:
        """Refuse ENV=local, which keeps its state on disk, and an environment that does not exist."""
        super().__post_init__()
        if isinstance(self.target, LocalTarget):
            raise UsageError("ENV=local keeps its Terraform state on disk.", fix="Run `make up` for ENV=local.")

    @property
    def path(self) -> Path:
        """The root module's folder."""
        return project_root() / "terraform" / "bootstrap"

    @property
    def settings(self) -> dict[str, str]:
        """The environment's own project and region, where its terraform.tfvars sets them."""
        file = project_root() / "terraform" / "environments" / self.environment / "terraform.tfvars"
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        return dict(re.findall(r'^(project|region)\s*=\s*"([^"]+)"', text, re.MULTILINE))

    @property
    def with_settings(self) -> BootstrapRoot:
        """The same, its terraform processes given the environment's project and region."""
        given = tuple((f"TF_VAR_{name}", value) for name, value in self.settings.items())
        return BootstrapRoot(self.environment, extra_env=(*self.extra_env, *given), without_env=self.without_env)


def write_backend(root: BootstrapRoot, say: Say) -> Path:
    """Write the environment's backend.hcl from bootstrap's outputs and return it. The user commits it."""
    file = project_root() / "terraform" / "environments" / root.environment / BACKEND_FILE
    text = str(root.outputs()["backend_config"])
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
        say(f"wrote {file.relative_to(project_root())}: commit it, then `make plan ENV={root.environment}`")
    return file
