"""Images of the process runner: folders of a layout that whoever makes them keeps to.

``<state directory>/process-images/<64 hexadecimal digits>/`` holds ``image.json``, the working directory (``app``
unless image.json says otherwise) and, where there is one, the virtual environment ``venv``. image.json is an object
with ``command`` (a list of words, the image's CMD), ``env`` (variables; ``PATH_PREPEND`` names folders of the image
that go in front of PATH) and ``working_dir`` (null: each job has an empty one). Such an image is called
``<registry>/<any name>@sha256:<digits>``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_batch import state
from local_batch.runners.base import TaskStartError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessImage:
    """An image, as its image.json describes it."""

    folder: Path
    command: list[str]
    working_dir: Path | None
    """None: each job has an empty one of its own, as a container's writable layer is."""
    env: dict[str, str]


MACHINE = json.dumps({"name": "this-machine", "command": ["true"], "env": {}, "working_dir": None}).encode()
"""image.json of an image that has nothing of its own: its jobs find this machine's commands."""
MACHINE_DIGEST = hashlib.sha256(MACHINE).hexdigest()


def machine_image(registry: str) -> str:
    """Return the name of the image that has nothing of its own."""
    return f"{registry}/this-machine@sha256:{MACHINE_DIGEST}"


def make_machine_image(state_dir: Path) -> None:
    """Make the image that has nothing of its own in a state directory."""
    folder = state_dir / state.PROCESS_IMAGES / MACHINE_DIGEST
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "image.json").write_bytes(MACHINE)


class ProcessImages:
    """The process images of a state directory."""

    def __init__(self, state_dir: Path, registry: str) -> None:
        self._folder = state_dir / state.PROCESS_IMAGES
        self._registry = registry
        self._reference = re.compile(re.escape(registry) + r"/[^@]+@sha256:([0-9a-f]{64})")
        self._known: dict[str, ProcessImage] = {}

    def get(self, name: str) -> ProcessImage:
        """Return the image of a name. Raises TaskStartError as a pull that fails does."""
        if found := self._known.get(name):
            return found
        match = self._reference.fullmatch(name)
        if match is None:
            raise TaskStartError(
                f"CannotPullContainerError: {name} is a container image, and this local AWS runs jobs as processes "
                f"(no container engine answered when it started); only images under {self._registry}/ can run."
            )
        folder = self._folder / match[1]
        try:
            details = json.loads((folder / "image.json").read_text())
            image = ProcessImage(
                folder,
                [str(word) for word in details.get("command") or ()],
                folder / str(named) if (named := details.get("working_dir", "app")) else None,
                {str(key): str(value) for key, value in (details.get("env") or {}).items()},
            )
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise TaskStartError(
                f"CannotPullContainerError: {name}: not found: there is no such process image: "
                f"{folder / 'image.json'}: {error}"
            ) from None
        self._known[name] = image
        return image
