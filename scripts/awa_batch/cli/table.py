"""How the columns of a table share the width of a terminal: nothing folds; what is too long is cut, or left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

GAP = 2
ELLIPSIS = "…"


@dataclass(frozen=True)
class Column:
    """A column.

    ``least``: its cells may be cut to so many places, the end of a long one being lost; None: they are shown whole or
    not at all. ``drop``: where the width is not enough it is left out, those with the highest number first; 0: never.
    ``right``: its cells stand at the right, as numbers do. ``style`` gives a cell its colours.
    """

    name: str
    least: int | None = None
    drop: int = 0
    right: bool = False
    style: Callable[[str], str] | None = None


def width_of(text: str) -> int:
    """Return how many places a text takes on a terminal: letters of East Asia take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf"
        else 2 if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )  # fmt: skip


def cut(text: str, width: int) -> str:
    """Return a text in no more than ``width`` places; where something is lost it ends with an ellipsis."""
    if width_of(text) <= width:
        return text
    kept, used = [], 0
    for letter in text:
        used += width_of(letter)
        if used > width - 1:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + ELLIPSIS


def layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[tuple[int, int]]:
    """Return which columns are shown, each with its places: (number, places), in their order.

    Wide cells of columns that may be cut give first, then columns are left out. What remains too wide then is: a
    terminal wraps it, and nothing of an id or a state is lost.
    """
    natural = [
        max([width_of(column.name), *(width_of(row[number]) for row in rows)]) for number, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    while True:
        places = {number: natural[number] for number in shown}
        over = sum(places.values()) + GAP * (len(shown) - 1) - width
        while over > 0:
            # The column with most to give loses its lead over the next, so that no one is cut to nothing.
            slack = {
                number: places[number] - max(least, width_of(columns[number].name))
                for number in shown
                if (least := columns[number].least) is not None
            }
            widest = max(slack, key=lambda number: (slack[number] > 0, places[number]), default=None)
            if widest is None or slack[widest] <= 0:
                break
            places[widest] -= 1
            over -= 1
        droppable = [number for number in shown if columns[number].drop]
        if over <= 0 or not droppable:
            return [(number, places[number]) for number in shown]
        shown.remove(max(droppable, key=lambda number: columns[number].drop))


def lines(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[tuple[str, list[str]]]:
    """Return the heading and the rows as (plain line, styled cells) for ``width`` places; None: as wide as it is."""
    chosen = layout(columns, rows, width if width is not None else 1 << 30)
    found = []
    for place, row in enumerate([[column.name for column in columns], *rows]):
        cells, texts = [], []
        for number, places in chosen:
            column = columns[number]
            text = cut(row[number], places) if column.least is not None else row[number]
            pad = " " * (places - width_of(text))
            texts.append(pad + text if column.right else text + pad)
            styled = column.style(text) if column.style and place else text
            cells.append(pad + styled if column.right else styled + pad)
        found.append(((" " * GAP).join(texts).rstrip(), cells))
    return found
