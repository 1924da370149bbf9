"""The bucket of an account's Terraform states, and the environments' way to it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.files import write_whole
from awa_batch.paths import project_root
from awa_batch.terraform import hcl
from awa_batch.terraform.root import BACKEND_FILE, Root, environments_dir
from awa_batch.terraform.settings import shown
from awa_batch.text import Field, Say, Step


@dataclass(frozen=True)
class BootstrapRoot(Root):
    """terraform/bootstrap, for the account and region that ``environment`` lives in."""

    def __post_init__(self) -> None:
        """Refuse ENV=local, which keeps its state on disk, and an environment that does not exist."""
        super().__post_init__()
        if self.target.keeps_state_on_disk:
            raise UsageError(
                "ENV=local keeps its Terraform state on disk.", fix=("Run ", self.target.apply_step, " instead.")
            )

    @property
    def path(self) -> Path:
        """The root module's folder."""
        return project_root() / "terraform" / "bootstrap"

    def again(self, command: str) -> Step:
        """Return the one step that does it all."""
        del command
        return Step("bootstrap", environment=self.environment)

    @property
    def settings(self) -> dict[str, str]:
        """The environment's own project and region, as far as its root module sets them.

        Raises UsageError where one of them is not written out: the bucket would lie in another region, or have
        another project's name.
        """
        found: dict[str, str] = {}
        for file in sorted((environments_dir() / self.environment).glob("*.tf")):
            try:
                content = hcl.read_file(file)
            except hcl.UnreadableError as error:
                raise UsageError(
                    f"{shown(file)} cannot be read: {error}.", fix="Correct it; `terraform fmt` says what is wrong."
                ) from None
            wanted = [(block, "project") for block in content.inner("module", "platform")]
            wanted += [
                (block, "region") for block in content.inner("provider", "aws") if block.attribute("alias") is None
            ]
            for block, name in wanted:
                if (attribute := block.attribute(name)) is None:
                    continue
                if not isinstance(attribute.value, hcl.String):
                    raise UsageError(
                        f"{shown(file)} line {attribute.line}: {name} is not written out as a string.",
                        fix=f'Write it out, like {name} = "…": the bucket of states is named and placed after it.',
                    )
                found[name] = attribute.value.text
        return found

    @property
    def with_settings(self) -> BootstrapRoot:
        """The same, its terraform processes given the environment's project and region."""
        given = tuple((f"TF_VAR_{name}", value) for name, value in self.settings.items())
        return BootstrapRoot(self.environment, extra_env=(*self.extra_env, *given), without_env=self.without_env)


def write_backend(root: BootstrapRoot, say: Say) -> Path:
    """Write the environment's backend.hcl from bootstrap's outputs and return it. The user commits it."""
    file = environments_dir() / root.environment / BACKEND_FILE
    text = str(root.outputs()["backend_config"])
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        write_whole(file, text)
        say((f"wrote {shown(file)}: commit it, then ", Step("plan", environment=root.environment)))
    return file


def check_policies_folder(folder: Path) -> None:
    """Refuse a place in which no files can be written, before anything is made. Raises UsageError."""
    for place in (folder, *folder.absolute().parents):
        try:
            is_folder = stat.S_ISDIR(place.stat().st_mode)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _no_place(folder, f": {error.strerror}.") from None
        if not is_folder:
            raise _no_place(folder, f": {place} is no folder.")
        if not os.access(place, os.W_OK | os.X_OK):
            raise _no_place(folder, f": {place} may not be written to.")
        return


def _no_place(folder: Path, problem: str) -> UsageError:
    fix = ("Name a folder that is there or can be made, like ", Field("deployer_policies", "policies"), ".")
    return UsageError(Field("deployer_policies", str(folder)), problem, fix=fix)


def write_policies(root: BootstrapRoot, folder: Path) -> list[Path]:
    """Write the policies of who plans and applies from bootstrap's outputs, a file each, and return the files.

    Each is what ``aws iam create-policy --policy-document file://…`` takes. Raises UsageError where they cannot be
    written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in sorted(root.outputs()["deployer_policies"].items()):
            file = folder / f"{name}.json"
            write_whole(file, json.dumps(json.loads(text), indent=2) + "\n")
            written.append(file)
    except OSError as error:
        raise _no_place(folder, f": {error.strerror}.") from None
    return written
