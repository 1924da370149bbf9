"""Read JSON as the standard has it, and no more: Python's reader takes NaN and names that are there twice."""

from __future__ import annotations

import json
import math
import sys
from typing import Any, NoReturn


class JsonError(ValueError):
    """Text that is not JSON: ``problem`` is one line without a full stop, ``fix`` a sentence ("" where there is none).

    ``line`` and ``column`` (from 1) are where it is; None where that is not known.
    """

    def __init__(self, problem: str, fix: str = "", *, line: int | None = None, column: int | None = None) -> None:
        self.problem = problem
        self.fix = fix
        self.line = line
        self.column = column
        super().__init__(problem)


def read_json(text: str) -> Any:
    """Return the value that ``text`` holds.

    Raises JsonError for what is not JSON, for a name that is twice in one object, for numbers that JSON or Python does
    not have (NaN, Infinity, 1e999, integers of thousands of digits), and for what is nested too deeply to be read.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
    except JsonError:
        raise
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise JsonError("nested too deeply", "Flatten it.") from None
    except ValueError:  # of int(): json's own are JSONDecodeError
        digits = sys.get_int_max_str_digits()
        raise JsonError(
            f"an integer has more than {digits} digits", "Write it as a string, or as a number with an exponent."
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise JsonError(f"{double if double.isprintable() else ascii(double)} is there twice", "Keep one of the two.")
    return value


def _constant(constant: str) -> NoReturn:
    raise JsonError(f"{constant} is not JSON", "Write null, or a number.")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise JsonError(f"{text[:40]} is too large for a number", "Write a smaller number, or a string.")
    return value
