"""Image repositories that an environment's main.tf writes out, one more of them, and the images of its jobs."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.terraform import hcl

_RELEASE = re.compile(r"(?m)^(?P<indent>[ \t]*)release[ \t]*=[ \t]*var\.release[ \t]*\n")
_DEFAULT = ("latest", "test")
"""What modules/platform has where `images` names none."""
_REPOSITORIES = re.compile(r"(\brepositories[ \t]*=[ \t]*\{)(\n[ \t]*|[ \t]*)")


def with_repository(root: Path, image: str) -> str | None:
    """Return the text of a root's main.tf with one repository more, None where it is there already.

    It is put into the map that ``images.repositories`` writes out; where there is none, that is written with the
    module's defaults. Raises UsageError with the line to write by hand where the text cannot be changed for sure.
    """
    file = root / "main.tf"
    text = file.read_text(encoding="utf-8")
    before = _repositories(text)
    if before is not None and image in before:
        return None
    if before is None:
        names = (*_DEFAULT, image)
        lines = (
            "# Image repositories: folders of container/ that are pushed. A name taken out deletes its repository.",
            f"images = {{ repositories = {{ {', '.join(f'{_key(one)} = {{}}' for one in names)} }} }}",
        )
        changed = _RELEASE.sub(
            lambda found: f"{found[0]}\n{found['indent']}{lines[0]}\n{found['indent']}{lines[1]}\n", text, count=1
        )
        wanted = set(names)
    else:
        changed = _REPOSITORIES.sub(partial(_with, image), text, count=1)
        wanted = {*before, image}
    if set(_repositories(changed) or ()) != wanted:
        raise UsageError(
            f"{file}: its repositories are not written so that one can be added.",
            fix=f"Write {_key(image)} = {{}} into images.repositories of its module platform.",
        )
    return changed


def _with(image: str, found: re.Match[str]) -> str:
    """Return the beginning of a map with one entry more: on a line of its own where the others are."""
    entry = f"{_key(image)} = {{}}"
    if "\n" in found[2]:
        return f"{found[1]}{found[2]}{entry}{found[2]}"
    return f"{found[1]} {entry}, "


def job_images(root: Path) -> list[str]:
    """Return the images that jobs of a root name in its main.tf, as far as they are written out."""
    try:
        content = hcl.read_text((root / "main.tf").read_text(encoding="utf-8"))
    except (OSError, hcl.UnreadableError):
        return []  # terraform says what is wrong
    found = set()
    for call in content.inner("module"):
        jobs = call.attribute("jobs")
        for job in jobs.value.attributes if jobs is not None and isinstance(jobs.value, hcl.Map) else ():
            for one in job.value.attributes if isinstance(job.value, hcl.Map) else ():
                if one.key == "image" and isinstance(one.value, hcl.String):
                    found.add(one.value.text)
    return sorted(found)


def _repositories(text: str) -> set[str] | None:
    """Return the repositories that a main.tf writes out, None where it has no ``images.repositories``."""
    try:
        content = hcl.read_text(text)
    except hcl.UnreadableError:
        return set()
    for call in content.inner("module"):
        images = call.attribute("images")
        for one in images.value.attributes if images is not None and isinstance(images.value, hcl.Map) else ():
            if one.key == "repositories":
                return {str(each.key) for each in one.value.attributes} if isinstance(one.value, hcl.Map) else set()
        if images is not None:
            return set()
    return None


def _key(name: str) -> str:
    """Return a name as a key of a map: quoted where it is no identifier."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) else f'"{name}"'
