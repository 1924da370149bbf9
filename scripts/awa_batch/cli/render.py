"""Tables and JSON on stdout."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.table import GAP, Column, lines
from awa_batch.cli.terminal import plain

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile(r"[\x7f-\x9f]")


def console(*, stderr: bool = False) -> Console:
    """Return a Rich console; colours only on a terminal and without NO_COLOR. Output that is not a terminal is wide."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 200
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def print_table(columns: Sequence[str | Column], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table without lines: one heading, one row a thing.

    On a terminal it takes its width, by the rules of `Column` (a plain name: never cut, never left out), and where it
    is longer than the screen a pager shows it. Elsewhere a row is one line whatever its length, so that grep and awk
    find whole names and ARNs. What AWS or a job says commands no terminal and breaks no row.
    """
    known = [column if isinstance(column, Column) else Column(column) for column in columns]
    texts = [["-" if cell is None or cell == "" else _cell(cell) for cell in row] for row in rows]
    on_terminal = sys.stdout.isatty()  # else whatever COLUMNS says: a shell may have exported it
    screen = terminal_size() if on_terminal else None
    found = lines(known, texts, screen.columns if screen else None)
    out = [title] if title else []
    if screen and "NO_COLOR" not in os.environ:
        out.append(click.style(found[0][0], bold=True))
        out += [(" " * GAP).join(cells).rstrip() for _, cells in found[1:]]
    else:
        out += [text for text, _ in found]
    if screen and len(out) > screen.lines - 1:
        # -F: none where it fits, -R: colours, -S: no folding, -X: it stays on the screen, +G: at its end.
        os.environ.setdefault("LESS", "-FRSX +G")
        click.echo_via_pager("\n".join(out) + "\n")
        return
    click.echo("\n".join(out))  # at once: each call flushes


def terminal_size() -> os.terminal_size:
    """Return the terminal's columns and lines. Nothing less than a usable width is believed (COLUMNS=0)."""
    size = shutil.get_terminal_size((80, 24))
    return os.terminal_size((size.columns if size.columns >= 20 else 80, size.lines if size.lines >= 5 else 24))


def _cell(value: object) -> str:
    return plain(str(value)).replace("\n", "\\n").replace("\t", "\\t")


_COLOURS = {
    "SUCCEEDED": "green", "ok": "green", "FAILED": "red", "BAD": "red", "INVALID": "red", "DISABLED": "yellow",
    "RUNNING": "cyan", "STARTING": "cyan", "UNKNOWN": "magenta", "RUNNABLE": "yellow", "note": "yellow",
}  # fmt: skip


def coloured(state: str) -> str:
    """Return a state in its colour; its word says it without."""
    colour = _COLOURS.get(state.split(" ")[0])
    return click.style(state, fg=colour) if colour else state


def json_text(value: Any) -> str:
    """Return JSON, two spaces deep, keys as they come, with the end of its last line."""
    return _line(value, indent=2) + "\n"


def json_line(value: Any) -> str:
    """Return JSON on one line."""
    return _line(value)


def _line(value: Any, indent: int | None = None) -> str:
    """Return JSON with all that is no text of a terminal as escapes: its own writer leaves DEL and C1 as they are."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(value: Any) -> None:
    """Print JSON, two spaces deep, keys as they come."""
    click.echo(json_text(value), nl=False)


def clock(milliseconds: int | None) -> str:
    """Render epoch milliseconds as local date and time."""
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def moment(milliseconds: int | None) -> str:
    """Render epoch milliseconds as people at a terminal read them (3 min ago); elsewhere as `clock` does."""
    if milliseconds is None or not sys.stdout.isatty():
        return clock(milliseconds)
    seconds = time.time() - milliseconds / 1000
    for unit, length, bound in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 172_800), ("days", 86_400, 1e9)):
        if seconds < bound:
            return f"{max(0, int(seconds // length))} {unit} ago"
    return clock(milliseconds)
