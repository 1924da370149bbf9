"""``generations.auto.tfvars.json``: which compute environments a root has; the toolkit writes, users commit it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.files import write_whole
from awa_batch.json_text import read_json

NAME = "generations.auto.tfvars.json"
PLATFORMS = ("ec2", "fargate")

Pool = dict[str, dict[str, Any]]
"""Generation → what is said of it: ``state``, ``replaces`` and what it keeps of its own."""
Pools = dict[str, dict[str, Pool]]
"""Platform (ec2, fargate) → pool → its generations: the variable ``generations`` of modules/platform."""

_VARIABLE = re.compile(r'(?m)^variable\s+"generations"')
_ARGUMENT = re.compile(r"(?m)^\s*generations\s*=\s*var\.generations\b")
_OUTPUT = re.compile(r'(?m)^output\s+"generations"')


def generations_path(root: Path) -> Path:
    """Return the file of the root module in ``root``."""
    return root / NAME


def read_generations(root: Path) -> Pools:
    """Return what the file says; of a platform that it does not name, nothing. Raises UsageError."""
    file = generations_path(root)
    if not file.is_file():
        return {platform: {} for platform in PLATFORMS}
    try:
        value = read_json(file.read_text(encoding="utf-8"))["generations"]
        found: Pools = {platform: dict(value.get(platform) or {}) for platform in PLATFORMS}
        for pools in found.values():
            for pool in pools.values():
                for generation in pool.values():
                    generation.get("state")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{file} is not a file of generations: {type(error).__name__}: {error}.",
            fix="Take the last good one from git (`git log -p` on it).",
        ) from None
    return found


def write_generations(root: Path, value: Pools) -> None:
    """Write the file, readers and kills finding the old or the new one; without any pool there is no file."""
    kept = {platform: pools for platform, pools in value.items() if pools}
    if kept:
        write_whole(generations_path(root), json.dumps({"generations": kept}, indent=2, sort_keys=True) + "\n")
    else:
        generations_path(root).unlink(missing_ok=True)


def check_takes_generations(root: Path) -> None:
    """Refuse a root that was made before there was such a file: Terraform would not read it. Raises UsageError."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(root.glob("*.tf")))
    missing = [
        what
        for what, pattern in (
            ('variable "generations" (variables.tf)', _VARIABLE),
            ("generations = var.generations (main.tf)", _ARGUMENT),
            ('output "generations" (outputs.tf)', _OUTPUT),
        )
        if not pattern.search(text)
    ]
    if missing:
        raise UsageError(
            f"{root} does not take generations: it lacks {', '.join(missing)}.",
            fix="Take them over from terraform/environments/dev as it comes with this version, and apply.",
        )
