"""How a command ends that did not end well: what is told, and the exit code."""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import NoReturn

import click

from awa_batch.cli.options import account_note, say
from awa_batch.cli.streams import StdoutError, drop_stdout
from awa_batch.cli.words import said_by, words
from awa_batch.errors import AwaBatchError, NotThereError

WRONG_PLACE = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP,
    errno.ENAMETOOLONG, errno.ENXIO,
}  # fmt: skip
"""What the system says of a place that nobody can use as it was given, by a flag, HOME or another variable (exit 2).

All else (a full disk, a broken one, no more memory) is the machine's (exit 1).
"""

_LONG = re.compile(r"\S{301,}")
_LONG_FIX = re.compile(r"\S{2001,}")
_SHOWN = 80
_VALUES_END = re.compile(r"\n(?!  )")


def exit_with(error: BaseException, name: str) -> NoReturn:
    """Tell what ``error`` means, in the name of the command ``name``, and exit; a bug of ours is raised again."""
    if isinstance(error, BrokenPipeError):  # the reader (head, less) has had enough
        drop_stdout()
        sys.exit(0)
    try:
        if sys.stdout:
            sys.stdout.flush()
    except (OSError, ValueError):  # lost too, and less than what is told below
        drop_stdout()
    what, fix, code = _meaning(error, name)
    what, fix = _lines(_cut(_LONG, what)), _lines(_cut(_LONG_FIX, fix))
    say(f"{os.path.basename(name)}: {what}" + (f"\n  {fix}" if fix else ""))
    sys.exit(code)


def _lines(text: str) -> str:
    """Return ``text`` with a line's end that came with a value as an escape; one before two blanks is our own."""
    return _VALUES_END.sub(r"\\n", text)


def _cut(long: re.Pattern[str], text: str) -> str:
    """Return ``text`` with the middle of endless words left out: a message is a line that can be read."""
    return long.sub(lambda word: f"{word[0][:_SHOWN]}… ({len(word[0])} characters)", text)


def _meaning(error: BaseException, name: str) -> tuple[str, str, int]:
    """Return what is wrong, what to do and the exit code."""
    if isinstance(error, NotThereError) or getattr(error, "is_not_there", False):
        assert isinstance(error, AwaBatchError)  # noqa: S101 - as its attribute says
        what, fix = error.told(words())
        return what, words().say(account_note()) or fix, error.exit_code  # in the wrong account nothing else helps
    if isinstance(error, AwaBatchError):
        return *error.told(words()), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted.", "", 130
    if isinstance(error, click.NoSuchOption) and error.ctx and _takes_a_command(error.ctx.command):
        fix = f"If it belongs to the job's own command, write that after --: … -- python {error.option_name} …"
        return error.format_message(), f"{fix} Else see `{error.ctx.command_path} --help`.", 2
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and error.ctx is not None:
        has = error.ctx.command.list_commands(error.ctx) if isinstance(error.ctx.command, click.Group) else []
        path = error.ctx.command_path
        return f"{path} takes a command: {', '.join(has)}.", f"See `{path} --help`.", 2
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else name
        return error.format_message(), _of_variable(error) + f"See `{where} --help`.", 2
    if isinstance(error, click.ClickException):
        return error.format_message(), f"See `{os.path.basename(name)} --help`.", 2
    if isinstance(error, StdoutError):
        return str(error), "Give it a place with free space, or leave the redirection out.", 1
    if isinstance(error, OSError) and error.strerror:
        wrong = error.errno in WRONG_PLACE and error.filename is not None
        place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        fix = "Check that path, its permissions and the free space there."
        if not place:
            fix = "Check this machine: the free space, and what a process may have open."
        return f"{place}{error.strerror}.", fix, 2 if wrong else 1
    if type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
        from awa_batch.batch.failures import refused

        told = refused(error, "a call")  # type: ignore[arg-type]
        return *told.told(words()), told.exit_code
    raise error  # a bug of ours: its traceback is what is needed


def _takes_a_command(command: click.Command) -> bool:
    """Whether a command takes what a job is to run, after ``--``."""
    return any(parameter.type is click.UNPROCESSED and parameter.nargs == -1 for parameter in command.params)


def _of_variable(error: click.UsageError) -> str:
    """Return which variable said a value that Click refuses in the name of its flag; "" where none did."""
    parameter = error.param if isinstance(error, click.BadParameter) else None
    said = said_by(parameter, error.ctx) if parameter else ""
    return f"{said} says it. " if said.startswith("The variable") else ""
