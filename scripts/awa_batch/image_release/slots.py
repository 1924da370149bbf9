"""Where a release stands: what the release file says, what is applied, and what is kept of steps and canaries."""

from __future__ import annotations

from dataclasses import dataclass

from awa_batch.contract import Contract
from awa_batch.contract.model import JobDefinition
from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.image_release.record import CanaryNote, Note, Pending, Record
from awa_batch.release import Slots, read_slots, release_path
from awa_batch.terraform.root import Root
from awa_batch.text import Step


@dataclass(frozen=True)
class Standing:
    """``applied`` is what job definitions run; ``written`` what the release file of this clone says."""

    applied: Slots
    written: Slots
    note: Note

    @property
    def pending(self) -> Pending | None:
        """A step that was cut off; None where all of it had been done by then."""
        found = self.note.pending
        return None if found and found.slots == self.applied == self.written else found

    @property
    def canary(self) -> CanaryNote | None:
        """The verdict on the candidate; None where there is none, or it is of another image."""
        found = self.note.canary
        return found if found and found.image == self.applied.green else None


def definitions_of(contract: Contract, image: str) -> dict[str, JobDefinition]:
    """Return the job definitions that run an image, by their logical names."""
    return {name: one for name, one in contract.job_definitions.items() if one.image_name == image}


def applied_slots(contract: Contract) -> dict[str, Slots]:
    """Return image → what the environment's job definitions run of it."""
    found: dict[str, Slots] = {}
    for definition in contract.job_definitions.values():
        before = found.get(definition.image_name, Slots())
        if definition.slot == "blue":
            now = Slots(definition.image, before.green, before.share)
        else:
            now = Slots(before.blue, definition.image, definition.share)
        found[definition.image_name] = now
    return found


def standing(contract: Contract, image: str, record: Record) -> Standing:
    """Return where an image stands. Raises NotAppliedError where no job of the environment runs it, UsageError."""
    written = read_slots(Root(contract.environment).path)
    applied = applied_slots(contract)
    if image not in applied:
        there = ", ".join(sorted(applied)) or "none"
        raise NotAppliedError(
            f"No job definition of {contract.environment} runs the image {image!r} (images that are run: {there}).",
            fix=("Release it for the first time: ", Step("up", environment=contract.environment), "."),
        )
    return Standing(applied[image], written.get(image, Slots()), record.note(image))


def check_nothing_foreign(contract: Contract, image: str, record: Record) -> None:
    """Refuse where the release file says what is not applied, unless a step of ours was cut off there.

    Applying would release it too: an edit by hand, a pushed image, another clone's older file, a pull request that
    nobody has applied. Raises UsageError.
    """
    root = Root(contract.environment)
    written, applied = read_slots(root.path), applied_slots(contract)
    for name, slots in written.items():
        is_now = applied.get(name)
        pending = record.note(name).pending
        if is_now is None or slots == is_now or (name == image and pending and pending.slots == slots):
            continue
        differs = next(
            f"{slot} is {_short(there)} there and {_short(runs)} in {contract.environment}"
            for slot, there, runs in (
                ("blue", slots.blue, is_now.blue),
                ("green", slots.green, is_now.green),
                ("share", slots.share, is_now.share),
            )
            if there != runs
        )
        raise UsageError(
            f"{release_path(root.path).name} says of {name} what is not applied: {differs}.",
            fix=(
                "Apply it (",
                Step("plan", "apply", environment=contract.environment),
                "), or take it back (git pull, git checkout).",
            ),
        )
    missing = sorted(set(applied) - set(written))
    if missing and image in missing:
        raise UsageError(
            f"{release_path(root.path).name} of this clone does not name {image}, which {contract.environment} runs.",
            fix="Get the one that is committed (git pull).",
        )


def _short(value: str | int | None) -> str:
    return str(value).rpartition("@")[2][:19] if value is not None else "nothing"
