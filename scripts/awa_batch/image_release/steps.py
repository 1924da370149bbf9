"""The steps of a release: start, share, promote, rollback, abort. Each can be run again, and goes on where it was."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from awa_batch.errors import TimedOutError, UsageError
from awa_batch.image_release.changing import change, done, write_only
from awa_batch.image_release.revisions import jobs_in_use, revisions_of
from awa_batch.image_release.slots import definitions_of
from awa_batch.release import Slots
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.image_release.session import Session

LOOK_SECONDS = 5.0
_TO = re.compile(r"[1-9][0-9]{0,4}|([^\s@]+@)?(sha256:)?[0-9a-f]{6,64}")


def start(session: Session, reference: str, *, apply: bool = True) -> None:
    """Put an image (``repository@sha256:…``) into green. Raises UsageError for what runs already."""
    slots = session.standing.applied
    if reference == slots.blue:
        raise UsageError(
            Field("digest", _short(reference)), f" is what {session.name} runs already.", fix="Name another image."
        )
    _make(session, Slots(slots.blue, reference), "start", apply=apply)


def share(session: Session, percent: int, *, apply: bool = True) -> None:
    """Have so many of a hundred jobs that name blue go to green. Raises UsageError without a candidate."""
    slots = session.standing.applied
    green = _candidate(session)
    _make(session, Slots(slots.blue, green, percent), "share", apply=apply)


def promote(session: Session, *, without_canary: bool = False, apply: bool = True) -> bool:
    """Make green's image what runs. Returns whether green was emptied with it.

    Jobs that run, or wait, keep the revision that they were submitted with. While jobs are on the candidate's own
    definitions these stay, since a definition that is taken away is deregistered. Raises UsageError without a
    candidate, and where no canary of it has passed unless ``without_canary``.
    """
    standing = session.standing
    slots = standing.applied
    if _was_done(session, "promote"):
        return slots.green is None
    green = _candidate(session)
    verdict = standing.canary
    if not without_canary and slots.blue != green and (verdict is None or not verdict.passed):
        said = (
            "no canary has judged it"
            if verdict is None or verdict.passed is None
            else f"its canary failed: {verdict.why[0]}"
        )
        raise UsageError(
            f"{_short(green)} is not promoted: {said}.",
            fix=("Run ", Command("release canary"), " first, or ", Field("without_canary"), "."),
        )
    empty = not _on_candidate(session)
    _make(session, Slots(green, None if empty else green), "promote", apply=apply)
    return empty


def rollback(session: Session, to: str | None = None, *, apply: bool = True) -> str:
    """Make what ran before, or ``to`` (a digest, its beginning, or a revision's number), what runs. Returns its image.

    A candidate stays one, without a share. One that was cut off after its apply is not done twice: that would bring
    back what it took away. Raises UsageError where there is nothing to go back to.
    """
    slots = session.standing.applied
    if to is None and _was_done(session, "rollback"):
        return slots.blue or ""
    image = _meant(session, to)
    _make(session, Slots(image, slots.green), "rollback", apply=apply)
    return image


def abort(
    session: Session, *, wait: float = 600.0, apply: bool = True, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Take the candidate away. No new job goes to it at once; those on it are waited for, ``wait`` seconds at most.

    Raises UsageError without a candidate, TimedOutError while jobs are on it: run it again later.
    """
    if session.standing.applied.green is None and _was_done(session, "abort"):
        return
    slots = session.standing.applied
    _candidate(session)
    if slots.share and apply:
        _make(session, Slots(slots.blue, slots.green), "abort")
    deadline = time.monotonic() + wait
    said = False
    while apply and (left := _on_candidate(session)):
        if time.monotonic() >= deadline:
            raise TimedOutError(
                f"{left} jobs on the candidate have not ended after {wait:g} s; no new ones go to it.",
                fix=("Run ", Command("release abort"), " again later, or cancel them first."),
            )
        if not said:
            session.say(f"waiting for {left} jobs on the candidate")
            said = True
        session.held.check()
        sleep(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic())))
    _make(session, Slots(slots.blue), "abort", apply=apply)


def check_to(to: str | None) -> None:
    """Refuse what can be neither a revision nor a digest. Raises UsageError."""
    if to is not None and not _TO.fullmatch(to):
        raise UsageError(
            Field("to", to),
            " is neither a revision's number nor a digest.",
            fix=("Take one that ", Command("release history"), " shows."),
        )


def _was_done(session: Session, step: str) -> bool:
    """Return whether ``step`` was cut off after its apply, by the terraform that it left too; it is noted as done."""
    found = session.standing.note.pending
    if found is None or found.step != step or found.slots != session.standing.applied:
        return False
    done(session, canary=found.slots.green is not None and step != "promote")
    return True


def _make(session: Session, slots: Slots, step: str, *, apply: bool = True) -> None:
    if apply:
        change(session, slots, step)
    else:
        write_only(session, slots)


def _candidate(session: Session) -> str:
    green = session.standing.applied.green
    if green is None:
        raise UsageError(
            f"{session.name} has no candidate of {session.image}.",
            fix=("Put one into green: ", Command("release start"), "."),
        )
    return green


def _on_candidate(session: Session) -> int:
    """Return how many jobs that have not ended are on the candidate's definitions; an array is one."""
    names = {
        one.name for one in definitions_of(session.clients.contract, session.image).values() if one.slot == "green"
    }
    return sum(
        sum(states.values())
        for arn, states in jobs_in_use(session.clients).items()
        if arn.rsplit("/", 1)[-1].rpartition(":")[0] in names
    )


def _meant(session: Session, to: str | None) -> str:
    """Return the image to go back to, by the revisions of what runs."""
    runs = session.standing.applied.blue
    blue = [one for one in definitions_of(session.clients.contract, session.image).values() if one.slot == "blue"]
    revisions = [one for definition in blue for one in revisions_of(session.clients.batch, definition.name)]
    repository = (runs or "").partition("@")[0]
    before = [one for one in revisions if one.image != runs and one.image.partition("@")[0] == repository]
    if to is None:
        usual = [one for one in before if one.name == blue[0].name]
        if not usual:
            raise UsageError(
                f"{session.name} has run no other image of {session.image} before.",
                fix=("Name one with ", Field("to"), "; ", Command("image list"), " shows what the registry holds."),
            )
        return max(usual, key=lambda one: one.number).image
    wanted = to.rpartition("@")[2].removeprefix("sha256:")
    found = {
        one.image
        for one in before
        if (to.isdecimal() and len(to) < 6 and one.name == blue[0].name and str(one.number) == to)
        or (len(wanted) >= 6 and one.image.rpartition("@sha256:")[2].startswith(wanted))
    }
    if len(found) != 1:
        raise UsageError(
            Field("to", to),
            f" is {len(found)} images" if found else f": {blue[0].name} has no such revision and has run no such image",
            ".",
            fix=("Take one that ", Command("release history"), " shows: a revision or more of the digest."),
        )
    return found.pop()


def _short(reference: str) -> str:
    return reference.rpartition("@")[2][:19]
