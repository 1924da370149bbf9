"""Rows of whatever holds rows: an iterable of mappings, a pandas or a polars data frame."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.request.each import MAX_ROWS, Items
from awa_batch.text import Field


def items_of(rows: Any) -> Items:
    """Return rows as lines of JSON. Raises UsageError for what holds none, or a value that JSON has not."""
    lines = []
    for number, row in enumerate(_rows(rows)):
        if number >= MAX_ROWS:
            raise UsageError(Field("rows"), f" are more than {MAX_ROWS:,}.", fix="Submit them in parts.")
        try:
            lines.append(json.dumps(_plain(row), separators=(",", ":"), ensure_ascii=False, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise UsageError(
                Field("rows"),
                f", row {number}: {error}.",
                fix="Give values that JSON has: texts, numbers, lists, objects.",
            ) from None
    if not lines:
        raise UsageError(Field("rows"), " are none.", fix="Give a row for each job.")
    return Items(Path("rows"), tuple(lines))


def _rows(rows: Any) -> Iterable[Any]:
    if hasattr(rows, "iter_rows"):  # polars
        return rows.iter_rows(named=True)  # type: ignore[no-any-return]
    if hasattr(rows, "to_dict") and not hasattr(rows, "keys"):
        return rows.to_dict("records")  # type: ignore[no-any-return]
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):  # pandas has keys() as well
        return rows.to_dict("records")  # type: ignore[no-any-return]
    if isinstance(rows, str | bytes | dict) or not hasattr(rows, "__iter__"):
        raise UsageError(Field("rows"), " hold no rows.", fix="Give a list of dicts, or a data frame.")
    return rows  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    """Return a value with numpy's and pydantic's own types as Python's."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") and not isinstance(value, str | bytes) else value
