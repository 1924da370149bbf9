"""Find the terraform or tofu program and the environment to run it in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from awa_batch.errors import ToolError

MINIMUM = (1, 10)
"""S3 state locking without DynamoDB (``use_lockfile``) exists from 1.10 on."""


@dataclass(frozen=True)
class TerraformBinary:
    """A usable program: its path and its version, for example ``(1, 11, 4)``."""

    path: str
    name: str
    version: tuple[int, ...]

    @property
    def version_text(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))


@cache
def find_terraform() -> TerraformBinary:
    """Return terraform, or tofu where only that is on PATH (``TF_BINARY`` names another).

    Raises ToolError when there is none or it is older than 1.10.
    """
    wanted = os.environ.get("TF_BINARY")
    names = [wanted] if wanted else ["terraform", "tofu"]
    for name in names:
        path = shutil.which(name)
        if path:
            break
    else:
        raise ToolError(
            f"{' or '.join(names)} is not on PATH.",
            fix="Install Terraform 1.10 or later (or OpenTofu), or name the program with TF_BINARY=/path/to/terraform.",
        )
    fix = f"Run `{path} version` to see why, or name another program with TF_BINARY."
    try:
        done = subprocess.run(
            [path, "version", "-json"], capture_output=True, text=True, env=clean_environment(), check=False
        )
    except OSError as error:
        raise ToolError(f"{path} cannot be run: {error.strerror}.", fix=fix) from None
    try:
        text = str(json.loads(done.stdout)["terraform_version"])
        version = tuple(int(part) for part in text.split("-")[0].split("."))
    except (ValueError, KeyError, TypeError):
        raise ToolError(
            f"{path} version -json did not answer with a version (exit {done.returncode}).", fix=fix
        ) from None
    if version < MINIMUM:
        raise ToolError(
            f"{path} is version {text}; awa-batch needs 1.10 or later.",
            fix="Install a newer Terraform, or name another program with TF_BINARY.",
        )
    return TerraformBinary(path=path, name=name, version=version)


def clean_environment() -> dict[str, str]:
    """Return this process's environment, made fit for an unattended terraform.

    A ``TF_CLI_CONFIG_FILE`` that names a missing file is dropped: terraform would warn about it on every call. So is
    ``TF_DATA_DIR``: one folder for all environments would mix up their backends.
    """
    env = dict(os.environ)
    config = env.get("TF_CLI_CONFIG_FILE")
    if config and not os.path.exists(config):
        del env["TF_CLI_CONFIG_FILE"]
    env.pop("TF_DATA_DIR", None)
    env["TF_IN_AUTOMATION"] = "1"
    env["TF_INPUT"] = "0"
    env["CHECKPOINT_DISABLE"] = "1"
    return env
