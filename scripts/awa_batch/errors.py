"""The errors of the toolkit: what is wrong, where, what to do next, and the exit code that says it to a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar


class AwaBatchError(Exception):
    """Base of every error that the toolkit raises on purpose.

    ``what`` is one line that names the flag, field or file at fault; ``fix`` is one line of what to do about it.
    ``exit_code`` is what the command line exits with (docs/cli.md lists them).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  {self.fix}" if self.fix else self.what


class JobFailedError(AwaBatchError):
    """A job that was waited for failed (exit 1, or the container's own exit code where the command knows it)."""

    exit_code = 1


class UsageError(AwaBatchError):
    """Wrong usage or refused input: nothing was called (exit 2)."""

    exit_code = 2

    def in_words(self, words: Mapping[str, str]) -> UsageError:
        """Return the same error with other words for flags (``--queue`` → ``queue``), where they are called otherwise.

        An input that is read from a file, or by a script with flags of its own, is refused by the same checks.
        """
        flags = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")
        what, fix = (flags.sub(lambda found: words[found[0]], text) for text in (self.what, self.fix))
        return UsageError(what, fix=fix)


class AwsError(AwaBatchError):
    """AWS (or the local AWS) refused a call or cannot be reached (exit 3)."""

    exit_code = 3


class NotAppliedError(AwaBatchError):
    """The environment has not been applied, or what was applied does not fit this toolkit (exit 4)."""

    exit_code = 4


class ToolError(AwaBatchError):
    """A program that the toolkit runs (terraform, docker, uv) is missing or failed (exit 1)."""

    exit_code = 1


class TimedOutError(AwaBatchError):
    """Waiting took longer than allowed (exit 124, as the ``timeout`` command)."""

    exit_code = 124
