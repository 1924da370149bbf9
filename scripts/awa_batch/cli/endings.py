"""How a command ends that did not end well: what is told, and the exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from awa_batch.cli.options import account_note, say
from awa_batch.cli.words import words
from awa_batch.errors import AwaBatchError, NotThereError


def exit_with(error: BaseException, name: str) -> NoReturn:
    """Tell what ``error`` means, in the name of the command ``name``, and exit; a bug of ours is raised again."""
    if isinstance(error, BrokenPipeError):
        # The reader (head, less) has had enough. Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    what, fix, code = _meaning(error, name)
    say(f"{os.path.basename(name)}: {what}" + (f"\n  {fix}" if fix else ""))
    sys.exit(code)


def _meaning(error: BaseException, name: str) -> tuple[str, str, int]:
    """Return what is wrong, what to do and the exit code."""
    if isinstance(error, NotThereError):
        what, fix = error.told(words())
        return what, words().say(account_note()) or fix, error.exit_code  # in the wrong account nothing else helps
    if isinstance(error, AwaBatchError):
        return *error.told(words()), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted.", "", 130
    if isinstance(error, click.UsageError):
        message = error.format_message()
        where = error.ctx.command_path if error.ctx else name
        return message, "" if "\n" in message else f"See `{where} --help`.", 2
    if isinstance(error, click.ClickException):
        return error.format_message(), "", 2
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}.", "Check that path, its permissions and the free space there.", 1
    if type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
        from awa_batch.batch.failures import refused

        told = refused(error, "a call")  # type: ignore[arg-type]
        return *told.told(words()), told.exit_code
    raise error  # a bug of ours: its traceback is what is needed
