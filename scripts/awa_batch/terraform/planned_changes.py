"""What a plan changes, as a list of resources and as a page of Markdown for a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_IDLE = {"no-op", "read"}
LONGEST_COMMENT = 60_000
"""Characters of a page: GitHub takes 65,536 in a comment (REST API, "Create an issue comment": the error for more)."""
_CUT = "… cut here: the log of this run has the rest."


@dataclass(frozen=True)
class PlannedChange:
    """A resource (or ``output.NAME``) that a plan changes.

    ``actions`` are Terraform's (create, update, delete; both of a replacement), ``fields`` the arguments that differ,
    ``outside`` whether Terraform saw that somebody else has changed or deleted it since the last apply.
    """

    address: str
    actions: tuple[str, ...]
    fields: tuple[str, ...]
    outside: bool = False


def planned_changes(plan: dict[str, Any]) -> list[PlannedChange]:
    """Return what ``terraform show -json`` of a plan changes, outputs included, in Terraform's order.

    Terraform's documentation, "JSON Output Format": ``resource_drift`` has what differs between the state and what the
    provider found, ``resource_changes`` what an apply would do, whatever the reason.
    """
    drifted = {entry["address"] for entry in plan.get("resource_drift") or ()}
    found = [
        PlannedChange(entry["address"], actions, _fields(entry["change"]), entry["address"] in drifted)
        for entry in plan.get("resource_changes") or ()
        if (actions := tuple(entry["change"]["actions"])) and not set(actions) <= _IDLE
    ]
    found += [
        PlannedChange(f"output.{name}", actions, ())
        for name, change in (plan.get("output_changes") or {}).items()
        if (actions := tuple(change["actions"])) and not set(actions) <= _IDLE
    ]
    return found


def _fields(change: dict[str, Any]) -> tuple[str, ...]:
    """Return the arguments that an update changes; () where the whole is made or deleted."""
    before, after = change.get("before"), change.get("after")
    if not before or not after:
        return ()
    unknown = {name for name, value in (change.get("after_unknown") or {}).items() if value is True}
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return tuple(sorted(differing | unknown))


def counted(changes: Iterable[PlannedChange]) -> str:
    """Return how many resources are added, changed and destroyed, counted as Terraform counts."""
    counts = Counter(action for one in changes if not one.address.startswith("output.") for action in one.actions)
    return f"{counts['create']} to add, {counts['update']} to change, {counts['delete']} to destroy"


def plan_page(environment: str, plan: dict[str, Any], text: str, notes: Iterable[str] = ()) -> str:
    """Return Markdown of a plan: what it counts, ``notes`` as a list, and Terraform's own ``text``, folded.

    The first line is a comment by which the page of the same environment is found again. What is too long for a comment
    on GitHub is cut at the end.
    """
    changes = planned_changes(plan)
    head = [page_mark(environment), f"### Plan of ENV={environment}: {counted(changes)}", ""]
    head += [f"- {_one_line(note)}" for note in notes]
    if not changes:
        return "\n".join([*head, "Nothing would change."]) + "\n"
    # No fence within the text ends ours.
    fence = "`" * (max([2, *(len(run) for run in re.findall(r"`+", text))]) + 1)
    head += ["", "<details><summary>What Terraform would do</summary>", "", f"{fence}"]
    tail = [fence, "", "</details>"]
    start, end = "\n".join(head), "\n".join(tail)
    room = LONGEST_COMMENT - len(start) - len(end) - len(_CUT) - 10
    cut = ["", _CUT] if len(text) > room else []
    body = text[:room].rpartition("\n")[0] if cut else text.rstrip("\n")
    return "\n".join([start, body, end, *cut]) + "\n"


def page_mark(environment: str) -> str:
    """Return the line with which an environment's page begins."""
    return f"<!-- awa-batch, plan of {environment} -->"


def _one_line(text: str) -> str:
    return " ".join(text.split())
