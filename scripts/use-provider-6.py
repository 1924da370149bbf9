#!/usr/bin/env python3
"""Change the Terraform of a clone from version 5 of the AWS provider to version 6.

    python3 scripts/use-provider-6.py [FOLDER]

Everything that differs stands in terraform/provider_6.json. Rewrites *.tf, *.hcl of tests and mocks below FOLDER
(default: terraform/ of this clone) and removes the lock files, which name the old version; then run `terraform init` in
each environment, look at the plan, and commit the new locks. Running it twice changes nothing more.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).resolve().parents[1] / "terraform"


def rewritten(text: str, differences: dict[str, Any]) -> str:
    """Return a file's text for the new version."""
    text = text.replace(f'"{differences["from"]}"', f'"{differences["to"]}"')
    for old, new in differences["reads"].items():
        text = re.sub(rf"\b{old}\b", new, text)
    for kind, reads in differences["data"].items():
        for old, new in reads.items():
            text = re.sub(rf"(\bdata\.{kind}\.\w+)\.{old}\b", rf"\1.{new}", text)
            # What the native tests answer in its place: mocks, and values that stand over them.
            for opening in (rf'mock_data "{kind}"', rf"target\s*= data\.{kind}\.\w+\n\s*values\s*="):
                text = re.sub(rf"({opening}[^}}]*?\b){old}(\s*=)", rf"\1{new}\2", text)
    return text


def main(folder: Path) -> int:
    """Rewrite what lies below ``folder`` and return how many files were changed."""
    differences = json.loads((TERRAFORM / "provider_6.json").read_text(encoding="utf-8"))
    changed = 0
    for file in sorted([*folder.rglob("*.tf"), *folder.rglob("*.hcl")]):
        if ".terraform" in file.parts:
            continue
        if file.name == ".terraform.lock.hcl":
            file.unlink()
            continue
        text = file.read_text(encoding="utf-8")
        new = rewritten(text, differences)
        if new != text:
            file.write_text(new, encoding="utf-8")
            changed += 1
    print(f"{changed} files changed. Next: terraform init -upgrade in each environment, and a look at its plan.")
    return changed


def terraform_folder(text: str) -> Path:
    """Return a folder that has Terraform in it. Raises ArgumentTypeError."""
    folder = Path(text)
    if not folder.is_dir() or next(folder.rglob("*.tf"), None) is None:
        raise argparse.ArgumentTypeError(f"{text} is no folder with Terraform files. Name one, or none for terraform/.")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=terraform_folder, default=TERRAFORM, metavar="FOLDER")
    main(parser.parse_args().folder)
