"""Tables and JSON on stdout."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

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


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table without lines: one heading, one row a thing.

    On a terminal long cells are folded to its width; elsewhere a row is one line whatever its length, so that grep and
    awk find whole names and ARNs. What AWS or a job says commands no terminal and breaks no row.
    """
    texts = [["-" if cell is None or cell == "" else _cell(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():  # whatever COLUMNS says: a shell may have exported it
        _print_plain(columns, texts, title)
        return
    from rich.table import Table
    from rich.text import Text

    # Text, not str: what AWS says is not markup, and ":key:" in an ARN or "[/a]" in a reason would be taken for it.
    table = Table(*columns, box=None, pad_edge=False, title=title, title_justify="left", header_style="bold")
    for column in table.columns:
        column.overflow = "fold"
    for row in texts:
        table.add_row(*map(Text, row))
    console().print(table)


def _cell(value: object) -> str:
    return plain(str(value)).replace("\n", "\\n").replace("\t", "\\t")


def _print_plain(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    if title:
        click.echo(title)
    for row in (columns, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


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
