"""Make the folder of a new image: every job, in a locked environment of its own."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.files import new_folder, write_whole
from awa_batch.images.dockerfiles import image_names
from awa_batch.images.packages import lock_new
from awa_batch.images.projects import image_lock, image_project
from awa_batch.terraform.repositories import with_repository
from awa_batch.terraform.root import Root
from awa_batch.text import Field, Say

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
"""As ECR's, without what is no folder's or no label's: 2 to 40 characters, the first a letter."""
_TAKEN = ("latest", "offline", "runtime", "test", "multi_repo")
_README = Path(__file__).with_name("README.md.txt")
_ABOUT = Path(__file__).with_name("about_project.txt")


def new_image(root: Path, name: str, say: Say, environments: Sequence[str] = ()) -> list[Path]:
    """Make container/<name> from container/latest, locked, and its repository in ``environments``; return what is new.

    Its environment starts as that of container/latest without the packages of jobs. Raises UsageError for a name that
    is taken or bad, for an environment that is not there or whose repositories cannot be added to, and what locking
    raises; nothing is left then.
    """
    _check(root, name)
    texts: dict[Path, str] = {}
    for environment in environments:
        path = Root(environment).path
        if (text := with_repository(path, name)) is not None:
            texts[path / "main.tf"] = text
    latest = root / "container" / "latest"
    files = {
        "Dockerfile": _dockerfile((latest / "Dockerfile").read_text(encoding="utf-8"), name),
        "pyproject.toml": _project((latest / "pyproject.toml").read_text(encoding="utf-8"), name),
        "build_and_push.sh": _named((latest / "build_and_push.sh").read_text(encoding="utf-8"), name),
        "README.md": _README.read_text(encoding="utf-8").replace("IMAGE_NAME", name),
    }
    with tempfile.TemporaryDirectory(prefix="awa-batch-image-") as temporary:
        copy = Path(temporary)
        for file_name, text in files.items():
            target = copy / "container" / name / file_name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        # The versions of latest are kept where they fit.
        shutil.copyfile(root / image_lock("latest"), copy / image_lock(name))
        (copy / "scripts").mkdir()
        shutil.copyfile(root / "scripts/lock.sh", copy / "scripts/lock.sh")
        say(f"Locking {image_project(name)}")
        lock_new(copy, name)
        kept = {file: file.read_text(encoding="utf-8") for file in texts}
        try:
            with new_folder(root / "container" / name) as folder:
                for made in (copy / "container" / name).iterdir():
                    shutil.copyfile(made, folder / made.name)
                (folder / "build_and_push.sh").chmod(0o755)
                for file, text in texts.items():
                    write_whole(file, text)
        except BaseException:
            for file, text in kept.items():
                write_whole(file, text)
            raise
    return [root / "container" / name, *texts]


def _check(root: Path, name: str) -> None:
    """Refuse a name that is taken or bad. Raises UsageError."""
    if not 2 <= len(name) <= 40 or not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:40].strip("-")
        raise UsageError(
            Field("new_image", name),
            ": an image's name is 2 to 40 lower-case letters, digits and single hyphens or underscores, the first a "
            "letter, the last none of those two.",
            fix=f"Use {near if len(near) >= 2 and _NAME.fullmatch(near) else 'gpu'}.",
        )
    if name in _TAKEN or name in image_names(root) or (root / "container" / name).exists():
        raise UsageError(
            Field("new_image", name),
            f": container/{name} is there already.",
            fix="Use another name, or change that one.",
        )


def _named(text: str, name: str) -> str:
    return text.replace("container/latest", f"container/{name}").replace("latest", name)


def _dockerfile(text: str, name: str) -> str:
    """Return latest's Dockerfile for another image: its lock and its name, the same code."""
    lock = image_lock("latest")
    if lock not in text or "IMAGE_NAME=latest" not in text:
        raise UsageError(
            f"container/latest/Dockerfile has no {lock} or no IMAGE_NAME=latest.",
            fix="Put them back, or make the image's folder by hand.",
        )
    text = text.replace(lock, image_lock(name)).replace("IMAGE_NAME=latest", f"IMAGE_NAME={name}")
    text = text.replace("awa-batch/latest", f"awa-batch/{name}")
    text = re.sub(r"(?m)^ARG IMAGE_VERSION=\S*$", "ARG IMAGE_VERSION=0.1.0", text)
    about = f"# The image {name}: every job under jobs/, in a locked environment of its own (pyproject.toml here).\n"
    return about + text.partition("\n")[2]


def _project(text: str, name: str) -> str:
    text = re.sub(r"(?m)^#.*\n", "", text)
    text = re.sub(r"(?m)^name\s*=.*$", f'name = "awa-batch-jobs-{name}"', text, count=1)
    text = re.sub(r"(?m)^version\s*=.*$", 'version = "0.1.0"', text, count=1)
    return _ABOUT.read_text(encoding="utf-8").replace("IMAGE_NAME", name) + text
