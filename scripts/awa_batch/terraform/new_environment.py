"""Make a new environment's root module from an existing one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.target import LOCAL
from awa_batch.terraform.root import BACKEND_FILE, Root, environments_dir

_NAME = re.compile(r"[a-z][a-z0-9-]{0,10}[a-z0-9]")
_LEFT_OUT = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan", "*.auto.tfvars.json", ".*.tfplan.*")


def new_environment(name: str, source: str = "dev") -> Path:
    """Copy the root module of ``source`` to a new environment ``name`` and return its folder.

    Names and the state's key are changed; state, plans and the release are left out, so that it starts empty. Raises
    UsageError for a name that is taken or does not fit into the names of AWS resources.
    """
    if not _NAME.fullmatch(name) or name == LOCAL:
        raise UsageError(
            f"ENV={name}: an environment's name is 2 to 12 lower-case letters, digits and hyphens, and not local.",
            fix="Use a name such as staging or test-1.",
        )
    target = environments_dir() / name
    if target.exists():
        raise UsageError(f"ENV={name}: {target} is there already.", fix="Use another name, or change that one.")
    root = Root(source)
    temporary = target.with_name(f".{name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(root.path, temporary, ignore=_LEFT_OUT)
    for file in (*temporary.glob("*.tf"), *temporary.glob("*.tfvars"), *temporary.glob(BACKEND_FILE)):
        text = file.read_text(encoding="utf-8")
        changed = text.replace(f"/{source}/", f"/{name}/")
        changed = re.sub(rf'(environment\s*=\s*)"{source}"', rf'\1"{name}"', changed)
        if changed != text:
            file.write_text(changed, encoding="utf-8")
    temporary.rename(target)
    return target
