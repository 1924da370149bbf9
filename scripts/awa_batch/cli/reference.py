"""The table of docs/cli.md: each field of a job, and how the command line, a job file and the classic scripts say it.

``python -m awa_batch.cli.reference`` writes it anew between its two marks; a test holds that it is up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

from awa_batch.job import JobSpec
from awa_batch.job.spec import STATEMENTS
from awa_batch.job.statement import Way
from awa_batch.paths import project_root

BEGIN = "<!-- fields: begin (made by `python -m awa_batch.cli.reference`) -->"
END = "<!-- fields: end -->"

_HEAD = ("field", "`submit`", "variable: `AWA_BATCH_SUBMIT_` and", "classic scripts", "job file", "what it is")
_JSON: dict[Any, str] = {
    Any: "any JSON",
    bool: "true or false",
    dict[str, Any]: "object",
    dict[str, str]: "object of strings",
    float | None: "number",
    int | None: "whole number",
    list[str]: "list of strings",
    list[str] | None: "list of strings",
    str | None: "string",
}
_SHOWN = {"integer": " N", "number": " N", "env_file": " FILE", "json_file": " FILE", "object_file": " FILE",
          "rows": " FILE", "strings_file": " FILE", "command": " JSON"}  # fmt: skip


def table() -> str:
    """Return the table in Markdown, a line for each field in the order of the spec."""
    types = get_type_hints(JobSpec)
    rows = [
        (
            f"`{field}`",
            _ways(statement.ways),
            ", ".join(
                f"`{_variable(way)}`" for way in statement.ways if way.flag.startswith("--") and way.flag != "--"
            ),
            ", ".join(
                [
                    _ways(statement.classic_ways) if statement.classic.flag else "same",
                    *([f"`{statement.classic.variable}`"] if statement.classic.variable else []),
                ]
            ),
            _JSON[types[field]],
            statement.about,
        )
        for field, statement in STATEMENTS.items()
    ]
    lines = [_HEAD, ("---",) * len(_HEAD), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_table(text: str) -> str:
    """Return a document with the table as it is now between its marks."""
    before, _, rest = text.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}{END}{after}"


def _ways(ways: Sequence[Way]) -> str:
    return ", ".join(
        f"`{flag}{_argument(way) if flag == way.flag else ''}`" for way in ways for flag in way.flags
    )  # fmt: skip


def _argument(way: Way) -> str:
    return f" {way.metavar}" if way.metavar else _SHOWN.get(way.reading, "")


def _variable(way: Way) -> str:
    return way.flag[2:].upper().replace("-", "_")


def main() -> None:
    """Write the table into docs/cli.md of this clone."""
    file: Path = project_root() / "docs" / "cli.md"
    file.write_text(with_table(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
