"""What is asked, and what AWS documents as the answer: a function a row, in files of a group each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.emulators.account import Account

USER = "https://docs.aws.amazon.com/batch/latest/userguide/"
API = "https://docs.aws.amazon.com/batch/latest/APIReference/"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row. ``check`` returns where AWS's documented answer came, and raises where another did."""

    name: str
    group: str
    expected: str
    source: str
    check: Callable[[Account], None]


BEHAVIOURS: list[Behaviour] = []
"""In the order of the page."""


def behaviour(
    group: str, expected: str, source: str
) -> Callable[[Callable[[Account], None]], Callable[[Account], None]]:
    """Make a function a row: its name is the row's."""

    def add(check: Callable[[Account], None]) -> Callable[[Account], None]:
        BEHAVIOURS.append(Behaviour(check.__name__, group, expected, source, check))
        return check

    return add


def load() -> list[Behaviour]:
    """Return every row."""
    if not BEHAVIOURS:
        from bench.emulators import around, jobs, objects, scheduling  # noqa: F401 - they fill it

        order = ["Objects", "What is refused", "A job", "Retries, stops", "Dependencies, arrays", "Scheduling",
                 "Several containers, several nodes", "Around it"]  # fmt: skip
        BEHAVIOURS.sort(key=lambda one: order.index(one.group))
    return BEHAVIOURS
