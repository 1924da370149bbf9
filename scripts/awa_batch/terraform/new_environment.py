"""Make a new environment's root module from an existing one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.files import new_folder
from awa_batch.target import target_of
from awa_batch.terraform import hcl
from awa_batch.terraform.root import BACKEND_FILE, Root, environment_names, environments_dir
from awa_batch.terraform.settings import shown
from awa_batch.text import Field

_NAME = re.compile(r"[a-z][a-z0-9-]{0,10}[a-z0-9]")
_CIDR = re.compile(r'(\bvpc_cidr\s*=\s*")10\.([0-9]+)\.0\.0/16(")')
_LEFT_OUT = shutil.ignore_patterns(
    ".terraform", "*.tfstate*", "*.tfplan", "*.auto.tfvars.json", "*.awsconfig", ".*.tfplan.*"
)


def new_environment(name: str, source: str = "dev") -> Path:
    """Copy the root module of ``source`` to a new environment ``name`` and return its folder.

    Its name and its state's key are changed, where main.tf and the backend say them; state, plans and the release are
    left out, so that it starts empty, and a vpc_cidr that the source writes out becomes one that no environment has. Of
    ENV=local the values are taken, and the rest (provider, backend) from an environment in an account. Raises
    UsageError for a name that is taken or does not fit into the names of AWS resources, and for a source that cannot be
    copied so that both keep apart.
    """
    if not _NAME.fullmatch(name) or not target_of(name).has_account:
        raise UsageError(
            f"Environment {name!r}: a name is 2 to 12 lower-case letters, digits and hyphens, and not local.",
            fix="Use a name such as staging or test-1.",
        )
    target = environments_dir() / name
    if target.exists():
        raise UsageError(
            f"Environment {name!r}: {shown(target)} is there already.", fix="Use another name, or change that one."
        )
    frame = source if target_of(source).has_account else _in_an_account(source)
    texts = _renamed(Root(frame), name)
    if frame != source:
        texts["main.tf"] = _of_an_account(_renamed(Root(source), name)["main.tf"])
    texts["main.tf"] = _with_own_cidr(
        texts.get("main.tf") or (Root(frame).path / "main.tf").read_text(encoding="utf-8")
    )
    with new_folder(target) as folder:
        shutil.copytree(Root(frame).path, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    return target


def _in_an_account(source: str) -> str:
    """Return an environment in an account, whose provider and backend a copy of ENV=local gets. Raises UsageError."""
    found = [name for name in environment_names() if target_of(name).has_account and "backend" in _texts(name)]
    if not found:
        raise UsageError(
            Field("from", source),
            ": it stands on the local AWS, and no environment in an account is there to take the provider from.",
            fix="Get terraform/environments/dev back (git checkout), then try again.",
        )
    return "dev" if "dev" in found else found[0]


def _texts(name: str) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in sorted(Root(name).path.glob("*.tf")))


def _of_an_account(text: str) -> str:
    """Return ENV=local's values without what only that may have: it is destroyed with all that is in it."""
    text = re.sub(r"(?m)^(?:[ \t]*#[^\n]*\n)*[ \t]*disposable[ \t]*=[^\n]*\n", "", text)
    if _CIDR.search(text) is None and "network" not in text:
        text = re.sub(r"\n+}\s*$", '\n\n  network = {\n    vpc_cidr = "10.64.0.0/16"\n  }\n}\n', text)
    return text


def _with_own_cidr(text: str) -> str:
    """Return values whose vpc_cidr is no other environment's; as they are where it is not 10.N.0.0/16."""
    taken = {int(found[2]) for name in environment_names() if (found := _CIDR.search(_texts(name)))}
    free = next((number for number in range(64, 256) if number not in taken), None)
    return text if free is None else _CIDR.sub(lambda found: f"{found[1]}10.{free}.0.0/16{found[3]}", text, count=1)


def _renamed(root: Root, name: str) -> dict[str, str]:
    """Return the texts of the root's files that name the environment, with ``name`` in its place."""
    texts: dict[str, str] = {}
    named = False
    for file in sorted([*root.path.glob("*.tf"), *root.path.glob(BACKEND_FILE)]):
        text = file.read_text(encoding="utf-8")
        try:
            content = hcl.read_text(text)
        except hcl.UnreadableError as error:
            raise UsageError(
                f"{shown(file)} cannot be read: {error}.", fix="Correct it, or copy another environment."
            ) from None
        keys = [content.attribute("key")] if file.name == BACKEND_FILE else _state_keys(content)
        changes = [_of_key(file, key, root.environment, name) for key in keys if key is not None]
        for block in content.inner("module", "platform"):
            attribute = block.attribute("environment")
            if attribute is None or not isinstance(attribute.value, hcl.String):
                continue
            named = True
            changes.append((attribute, name))
        for old, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
            text = f'{text[: old.start]}"{new}"{text[old.end :]}'
        if changes:
            texts[file.name] = text
    if not named:
        raise UsageError(
            f'{shown(root.path)}: module "platform" has no environment = "…" that could be changed.',
            fix="Write it out there, or copy another environment.",
        )
    return texts


def _state_keys(content: hcl.Block) -> list[hcl.Attribute | None]:
    backends = [backend for block in content.inner("terraform") for backend in block.inner("backend")]
    return [backend.attribute("key") for backend in backends]


def _of_key(file: Path, key: hcl.Attribute, old: str, new: str) -> tuple[hcl.Attribute, str]:
    """Return the state's key with the new name in it: with the same key, two environments would share a state."""
    parts = key.value.text.split("/") if isinstance(key.value, hcl.String) else []
    if not isinstance(key.value, hcl.String) or old not in parts:
        raise UsageError(
            f"{shown(file)} line {key.line}: the state's key does not name {old}: both environments would share it.",
            fix=f'Write it like key = "awa-batch/{old}/terraform.tfstate", or copy another environment.',
        )
    return key, "/".join(new if part == old else part for part in parts)
