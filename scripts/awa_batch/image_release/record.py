"""What a release in progress must know on every machine: the step that is under way, and what the canary said.

An object beside the published contract. It is written under the environment's lock, and each write names the version
that it replaces.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from awa_batch.batch.stored_json import StoredJson
from awa_batch.errors import ToolError, UsageError
from awa_batch.release import Slots

KEY = "contract/release.json"


@dataclass(frozen=True)
class Pending:
    """A step that has begun: the release file may say ``slots`` already, and nothing, or all, of it is applied."""

    step: str
    slots: Slots


@dataclass(frozen=True)
class CanaryNote:
    """What is kept of a canary: of which image (by digest), whether it passed, why, its jobs, when it was judged.

    ``number`` tells one canary's jobs from those of the one before; ``passed`` is None while they run.
    """

    image: str
    number: int
    passed: bool | None = None
    why: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True)
class Note:
    """What is kept of one image's release."""

    pending: Pending | None = None
    canary: CanaryNote | None = None


@dataclass
class Record:
    """The object, as it was read."""

    there: StoredJson
    value: dict[str, Any]
    version: str | None

    @staticmethod
    def read(there: StoredJson) -> Record:
        """Read it; where there is none, nothing has been released by steps yet. Raises CallError, UsageError."""
        found = there.read()
        return Record(there, found.value if found else {"images": {}}, found.version if found else None)

    def note(self, image: str) -> Note:
        """Return what is kept of an image. Raises UsageError for what another version wrote."""
        entry = self.value.get("images", {}).get(image) or {}
        try:
            pending, canary = entry.get("pending"), entry.get("canary")
            return Note(
                Pending(pending["step"], Slots(**pending["slots"])) if pending else None,
                CanaryNote(**{**canary, "why": tuple(canary["why"]), "jobs": tuple(canary["jobs"])})
                if canary
                else None,
            )
        except (TypeError, KeyError, AttributeError):
            raise UsageError(
                f"{self.there.uri} was written by another version of awa-batch.",
                fix="Use that version (git pull), or delete the object where no release is under way.",
            ) from None

    def write(self, image: str, note: Note) -> None:
        """Keep a note. Raises ToolError where another command has written meanwhile, CallError."""
        images = {**self.value.get("images", {}), image: dataclasses.asdict(note)}
        value = {**self.value, "images": images}
        version = self.there.write(value, over=self.version)
        if version is None:
            raise ToolError(
                f"{self.there.uri} was written by another command meanwhile.",
                fix="See what it does, then run this command again: it goes on where it was.",
            )
        self.value, self.version = value, version
