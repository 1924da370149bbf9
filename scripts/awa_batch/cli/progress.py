"""How far arrays and many jobs are, while they are watched: one line that is written anew, not one for each child."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from awa_batch.cli.jobs_shown import children
from awa_batch.cli.options import say
from awa_batch.cli.render import terminal_size
from awa_batch.cli.table import cut
from awa_batch.cli.terminal import plain

if TYPE_CHECKING:
    from awa_batch.observe import Job

APART = 30.0
"""Seconds between two lines of an array's progress where there is no terminal: a log of a CI run stays readable."""


class Progress:
    """Shows what goes on, on stderr: on a terminal in its last line, elsewhere now and then."""

    def __init__(self) -> None:
        self._in_place = sys.stderr.isatty()
        self._shown = False
        self._said: dict[str, float] = {}

    def show(self, job: Job) -> None:
        """Show how far an array is that goes on."""
        running = job.array_summary.get("RUNNING", 0)
        self.update(job.id, f"{plain(job.name)}  {job.status}  {children(job)}  running {running}")

    def update(self, key: str, line: str) -> None:
        """Show a line of something that goes on, known by its ``key``."""
        if self._in_place:
            click.echo(f"\r\x1b[K{cut(line, terminal_size().columns - 1)}", err=True, nl=False)
            self._shown = True
        elif time.monotonic() - self._said.get(key, -APART) >= APART:
            self._said[key] = time.monotonic()
            say(line)

    def clear(self) -> None:
        """Take the line away before anything else is written."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._shown = False
