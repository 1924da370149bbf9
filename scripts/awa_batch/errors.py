"""The errors of the toolkit: what is wrong, where, what to do next, and the exit code that says it to a script."""

from __future__ import annotations

from typing import ClassVar

from awa_batch.text import PLAIN, Field, Part, Text, Words, as_text


class AwaBatchError(Exception):
    """Base of every error that the toolkit raises on purpose.

    ``problem`` is one line that names the field at fault, ``remedy`` one line of what to do about it, both with the
    fields, values and commands in them as data (`awa_batch.text`); ``what`` and ``fix`` are the same in plain words.
    ``exit_code`` is what the command line exits with (docs/cli.md lists them).
    """

    exit_code: ClassVar[int] = 1
    submitted: tuple[str, ...] = ()
    """Ids of jobs that were accepted before, where one call of `awa_batch.connect` submits several."""

    def __init__(self, *problem: Part, fix: Part | Text = "") -> None:
        self.problem = as_text(problem)
        self.remedy = as_text(fix)
        super().__init__(self.what)

    @property
    def field(self) -> Field | None:
        """The field at fault with the value that was given; None where the error is of no field."""
        return next((part for part in self.problem if isinstance(part, Field)), None)

    @property
    def what(self) -> str:
        """What is wrong, in plain words."""
        return PLAIN.say(self.problem)

    @property
    def fix(self) -> str:
        """What to do about it, in plain words."""
        return PLAIN.say(self.remedy)

    def told(self, words: Words) -> tuple[str, str]:
        """Return what is wrong and what to do in the words of whoever tells it."""
        return words.say(self.problem), words.say(self.remedy)

    def __str__(self) -> str:
        return f"{self.what}\n  {self.fix}" if self.remedy else self.what


class JobFailedError(AwaBatchError):
    """A job that was waited for failed (exit 1, or the container's own exit code where the command knows it)."""

    exit_code = 1


class UsageError(AwaBatchError):
    """Wrong usage or refused input: nothing was called (exit 2)."""

    exit_code = 2


class NoCloneError(UsageError):
    """What was asked for works on a clone of this project, and there is none (exit 2)."""


class NotThereError(UsageError):
    """What was named is not there, in the account that was asked (exit 2); whoever tells it may look whose that is."""


class AwsError(AwaBatchError):
    """AWS (or the local AWS) refused a call or cannot be reached (exit 3)."""

    exit_code = 3


class NotAppliedError(AwaBatchError):
    """The environment has not been applied, or what was applied does not fit this toolkit (exit 4)."""

    exit_code = 4


class ForeignContractError(NotAppliedError):
    """The environment is applied, by another version: its contract is not what this toolkit reads."""


class ToolError(AwaBatchError):
    """A program that the toolkit runs (terraform, docker, uv) is missing or failed (exit 1)."""

    exit_code = 1


class TimedOutError(AwaBatchError):
    """Waiting took longer than allowed (exit 124, as the ``timeout`` command)."""

    exit_code = 124
