"""Change an image's slots: write the release file, plan, look at the plan, ask, apply, and see that it is so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from awa_batch.errors import ToolError, UsageError
from awa_batch.files import write_whole
from awa_batch.image_release.record import Note, Pending
from awa_batch.image_release.slots import check_nothing_foreign
from awa_batch.release import Slots, release_path, write_slots
from awa_batch.terraform.root import LOCK_TIMEOUT, Root
from awa_batch.text import Step

if TYPE_CHECKING:
    from awa_batch.image_release.session import Session

_OF_A_RELEASE = ("aws_batch_job_definition",)
_CONTRACT = "aws_s3_object.contract"


def change(session: Session, slots: Slots, step: str) -> None:
    """Make ``slots`` what the environment runs. Where it was cut off before, it goes on.

    Nothing is changed where the plan would change more than job definitions, or the answer is no: the release file is
    as it was then. Raises UsageError, TerraformError, CallError.
    """
    check_nothing_foreign(session.clients.contract, session.image, session.record)
    note = session.record.note(session.image)
    session.held.check()
    session.record.write(session.image, replace(note, pending=Pending(step, slots)))
    root = session.environment.root(session.say)
    file = release_path(root.path)
    before = file.read_text(encoding="utf-8") if file.is_file() else None
    write_slots(root.path, session.image, slots)
    try:
        changes = root.plan(session.detail, save=True, lock_timeout=LOCK_TIMEOUT)
        if changes:
            _check_plan(root, session)
            session.agree(f"Apply this release step ({step}) to {session.name}?")
        session.held.check()
    except BaseException:
        root.plan_path.unlink(missing_ok=True)
        if before is None:
            file.unlink(missing_ok=True)
        else:
            write_whole(file, before)
        session.record.write(session.image, note)
        raise
    if changes:
        root.apply(session.detail, plan_file=True, lock_timeout=LOCK_TIMEOUT)
    else:
        root.plan_path.unlink(missing_ok=True)
    session.environment.applied(session.say)
    session.reload()
    if session.standing.applied != slots:
        raise ToolError(
            f"{session.name} runs other images than {file.name} says after the apply.",
            fix=("Look at ", Step("plan", environment=session.name), "."),
        )
    done(session, canary=slots.green is not None)


def done(session: Session, *, canary: bool) -> None:
    """Note that the step under way is done; the verdict on a candidate that is there no more goes with it."""
    note = session.record.note(session.image)
    session.record.write(session.image, Note(None, note.canary if canary else None))


def write_only(session: Session, slots: Slots) -> None:
    """Write the release file alone, for who applies it by other means: by hand, or a pull request and CI."""
    check_nothing_foreign(session.clients.contract, session.image, session.record)
    root = Root(session.name)
    write_slots(root.path, session.image, slots)
    session.say(
        (f"release: wrote {release_path(root.path).name}; commit it, then ", session.environment.target.apply_step, ".")
    )


def _check_plan(root: Root, session: Session) -> None:
    """Refuse a plan that changes more than a release does. Raises UsageError."""
    others = sorted(set(changes_beside(root.saved_plan())))
    if others:
        shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        raise UsageError(
            f"The plan changes more than the release: {shown}.",
            fix=("Apply that first: ", Step("plan", "apply", environment=session.name), "."),
        )


def changes_beside(plan: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a plan (``terraform show -json``) changes and a release does not."""
    found = []
    for one in plan.get("resource_changes", ()):
        if one.get("mode") != "managed" or set(one["change"]["actions"]) <= {"no-op", "read"}:
            continue
        if one["type"] not in _OF_A_RELEASE and not str(one["address"]).endswith(_CONTRACT):
            found.append(str(one["address"]))
    return found
