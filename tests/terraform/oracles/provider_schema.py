"""Write down which arguments a version of the AWS provider takes, for the kinds of resources and data that we use.

    python tests/terraform/oracles/provider_schema.py cdktf_cdktf_provider_aws-….whl

The package has bindings that are generated from the provider's own schema. It is 60 MB, so what is needed of it lies in
tests/data/provider_6_schema.json: kind → argument → those of its block, {} where it is none.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "tests" / "data" / "provider_6_schema.json"
PACKAGE = "cdktf_cdktf_provider_aws"
OF_TERRAFORM = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}


def used() -> list[str]:
    """Return the kinds in our sources: ``aws_x`` of resources, ``data.aws_x`` of data."""
    text = "\n".join(
        file.read_text(encoding="utf-8")
        for file in sorted((ROOT / "terraform").rglob("*.tf"))
        if ".terraform" not in file.parts
    )
    found = re.findall(r'(?m)^(resource|data) "(aws_\w+)"', text)
    return sorted({kind if block == "resource" else f"data.{kind}" for block, kind in found})


def structs(source: str) -> tuple[dict[str, dict[str, str]], str]:
    """Return struct → argument → annotation of a module of bindings, and the name of the whole resource's struct."""
    found = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        mapped = [
            keyword.value
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
            if keyword.arg == "name_mapping" and isinstance(keyword.value, ast.Dict)
        ]
        if not mapped:
            continue
        names = [key.value for key in mapped[0].keys if isinstance(key, ast.Constant)]
        (init,) = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
        kinds = {one.arg: ast.unparse(one.annotation) for one in init.args.kwonlyargs if one.annotation}
        found[node.name] = {str(name): kinds.get(str(name), "") for name in names}
    return found, next(name for name in found if name.endswith("Config") and "lifecycle" in found[name])


def arguments(found: dict[str, dict[str, str]], struct: str) -> dict[str, Any]:
    return {
        name.rstrip("_"): next((arguments(found, inner) for inner in re.findall(r"\w+", kind) if inner in found), {})
        for name, kind in sorted(found[struct].items())
        if name not in OF_TERRAFORM
    }


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as package:
        schema = {}
        version = ""
        for kind in used():
            folder = kind.replace("data.aws_", "data_aws_").removeprefix("aws_")
            source = package.read(f"{PACKAGE}/{folder}/__init__.py").decode()
            version = re.findall(r"hashicorp/aws/([\d.]+)/docs", source)[0]
            schema[kind] = arguments(*structs(source))
    FILE.write_text(json.dumps({"version": version, "schema": schema}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
