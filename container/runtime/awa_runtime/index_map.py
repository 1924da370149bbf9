"""Indexes written short: ``3,17,40-52``."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

_PART = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)


class IndexMap:
    """The indexes of a text, by their place in it."""

    def __init__(self, ranges: list[range]) -> None:
        self._ranges = ranges
        self._starts = list(accumulate(map(len, ranges), initial=0))

    def __len__(self) -> int:
        """Return how many indexes there are."""
        return self._starts[-1]

    def __getitem__(self, place: int) -> int:
        """Return the index at ``place``, from 0. Raises IndexError."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        at = bisect_right(self._starts, place) - 1
        return self._ranges[at][place - self._starts[at]]


def parse_index_map(text: str) -> IndexMap:
    """Read ``3,17,40-52``. Raises ValueError that shows the part which is neither an index nor a range."""
    ranges = []
    for part in text.strip().split(","):
        match = _PART.fullmatch(part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"{part[:40]!r} is neither an index nor a range like 40-52.")
        ranges.append(range(int(match[1]), int(match[2] or match[1]) + 1))
    return IndexMap(ranges)
