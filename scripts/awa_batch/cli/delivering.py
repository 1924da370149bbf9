"""What is known of accepted jobs reaches the user: on stdout, and where that cannot be written, on stderr."""

from __future__ import annotations

import sys

import click

from awa_batch.cli.options import say
from awa_batch.cli.streams import drop_stdout


def deliver(text: str) -> None:
    """Write the ids of accepted jobs to stdout; where it is closed, full or has no reader, say them on stderr.

    Never raises OSError: the jobs are there, and a command that looks failed would be run again.
    """
    if not text:
        return
    try:
        if sys.stdout is None:  # Python's own sign for a stdout that was closed before the start
            raise ValueError("it is closed")
        click.echo(text, nl=False)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        drop_stdout()
        say(
            f"stdout cannot be written ({reason}). What it would have had, of jobs that were accepted:\n{text.rstrip()}"
        )
