"""The project's Dockerfiles: which images there are, what each is made of, and the defaults that they name."""

from __future__ import annotations

import re
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.images.context import LATEST

_PART = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})?")
"""As ECR has it for a repository's name; a folder below container/, or one below that."""
_OWN = re.compile(rf"awa-batch/({_NAME.pattern})")


def image_names(root: Path) -> list[str]:
    """Return the images of the clone ``root``: the folders below container/ that have a Dockerfile."""
    container = root / "container"
    found = {path.parent.relative_to(container).as_posix() for path in container.glob("*/Dockerfile")}
    found |= {path.parent.relative_to(container).as_posix() for path in container.glob("*/*/Dockerfile")}
    return sorted(name for name in found if _NAME.fullmatch(name))


def dockerfile(root: Path, name: str) -> Path:
    """Return the Dockerfile of the image ``name``. Raises UsageError where there is no such image."""
    known = image_names(root)
    if name not in known:
        raise UsageError(
            f"There is no image {name!r} to build.",
            fix=f"Images: {', '.join(known) or 'none'} (container/<image>/Dockerfile).",
        )
    return root / "container" / name / "Dockerfile"


def image_chain(root: Path, name: str) -> list[str]:
    """Return the image ``name`` and the images of this project that it is built on, the lowest first.

    Raises UsageError where one of them is not there, or they are built on each other in a circle.
    """
    chain: list[str] = []
    image: str | None = name
    while image is not None:
        if image in chain:
            raise UsageError(
                f"container/{name}/Dockerfile is built on itself: {' on '.join([*chain, image])}.",
                fix="Name another image in ARG BASE_IMAGE.",
            )
        chain.append(image)
        image = base_image(root, image)
    return chain[::-1]


def image_sources(root: Path, name: str) -> tuple[str, ...]:
    """Return the folders and files that make the image ``name`` what it is. Raises UsageError as `image_chain` does.

    They are its own folder and what its Dockerfile takes from others.
    """
    folders: list[str] = []
    for image in image_chain(root, name):
        folders += LATEST if image == "latest" else (*_taken(root, image), f"container/{image}")
    return tuple(dict.fromkeys(folders))


def _taken(root: Path, image: str) -> list[str]:
    """Return what a Dockerfile copies or mounts of the project beside the image's own folder."""
    text = dockerfile(root, image).read_text(encoding="utf-8").replace("\\\n", " ")
    found: list[str] = []
    for instruction in re.findall(r"^(?:COPY|ADD)\s+(.*)$", text, re.MULTILINE):
        words = instruction.split()
        if not any(word.startswith("--from=") for word in words):
            found += [word for word in words if not word.startswith("--")][:-1]
    for mount in re.findall(r"--mount=(\S+)", text):
        options = dict(one.partition("=")[::2] for one in mount.split(","))
        if options.get("type", "bind") == "bind" and "from" not in options:  # Dockerfile reference: bind is the default
            found.append(options.get("source") or options.get("src") or "")
    clean = (one.removeprefix("./").rstrip("/") for one in found)
    own = f"container/{image}"
    return sorted(
        {one for one in clean if one and "$" not in one and one != own and not one.startswith(f"{own}/")
         and (root / one).exists()}
    )  # fmt: skip


def base_image(root: Path, name: str) -> str | None:
    """Return the image of this project that ``name`` is built on, None for one that is built on another.

    Its Dockerfile says so: ``ARG BASE_IMAGE=awa-batch/latest`` and ``FROM ${BASE_IMAGE}``.
    """
    path = dockerfile(root, name)
    if "BASE_IMAGE" not in arguments(path):
        return None
    found = _OWN.fullmatch(argument_default(path, "BASE_IMAGE"))
    return found[1] if found else None


def arguments(path: Path) -> set[str]:
    """Return the names of a Dockerfile's build arguments."""
    return set(re.findall(r"^ARG (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def argument_default(path: Path, argument: str) -> str:
    """Return the default that a Dockerfile gives to ``ARG argument``. Raises UsageError where it gives none."""
    found = re.search(rf"^ARG {re.escape(argument)}=(\S+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise UsageError(
            f"{path} has no line ARG {argument}=….", fix="Put it back: the toolkit reads its default there."
        )
    return found.group(1)
