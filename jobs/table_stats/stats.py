"""Grouped statistics in SQL: of one table, and of many tables' parts together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.table_stats.model import Config


def open_database(folder: Path, memory_mib: int) -> Any:
    """Return a database of no file, which keeps in ``folder`` what ``memory_mib`` do not hold."""
    import duckdb  # what only this job's image has

    database = duckdb.connect()
    database.execute(f"SET memory_limit = '{memory_mib}MiB'")
    database.execute(f"SET temp_directory = {_text(str(folder))}")
    return database


def write_part(database: Any, table: Path, config: Config, target: Path) -> None:
    """Write the statistics of a CSV or Parquet file to ``target``: a row for each group and column.

    Mean and sum of squared differences from it, not sums of squares: those lose all digits where values are large and
    close. Raises duckdb.Error for a file that is no table, a column that is not there, and values that are no numbers.
    """
    source = f"read_parquet({_text(str(table))})"
    if table.suffix != ".parquet":
        nulls = ", ".join(map(_text, config.null_values))
        source = f"read_csv({_text(str(table))}, header = true, nullstr = [{nulls}], sample_size = -1)"
    groups = _names(config.group_by)
    values = ", ".join(f"CAST({_name(column)} AS DOUBLE) AS {_name(column)}" for column in config.columns)
    database.execute(f"CREATE TABLE data AS SELECT {groups}, {values} FROM {source}")
    rows = " UNION ALL ".join(
        f"SELECT {groups}, {_text(column)} AS column_name, count(*) AS rows, count({_name(column)}) AS n, "
        f"avg({_name(column)}) AS mean, var_pop({_name(column)}) * count({_name(column)}) AS m2, "
        f"min({_name(column)}) AS low, max({_name(column)}) AS high FROM data GROUP BY {groups}"
        for column in config.columns
    )
    database.execute(f"COPY ({rows}) TO {_text(str(target))} (FORMAT parquet)")


def merge_parts(database: Any, parts: Sequence[Path], config: Config, target: Path) -> int:
    """Write the statistics of all parts together to ``target`` (CSV or Parquet); return the number of its rows.

    The same parts give the same bytes: one thread adds them up, in their order. Parts' variances add up as in Chan,
    Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances" (1979).
    """
    database.execute("SET threads = 1")
    groups = f"{_names(config.group_by)}, column_name"
    files = ", ".join(_text(str(part)) for part in parts)
    database.execute(
        f"CREATE TABLE stats AS SELECT {groups}, sum(rows)::BIGINT AS rows, sum(n)::BIGINT AS n, any_value(m) AS mean, "
        f"CASE WHEN sum(n) > 1 THEN sqrt(sum(m2 + n * (mean - m) ** 2) / (sum(n) - 1)) END AS std, "
        f"min(low) AS min, max(high) AS max FROM (SELECT *, sum(n * mean) OVER w / nullif(sum(n) OVER w, 0) AS m "
        f"FROM read_parquet([{files}], union_by_name = true) WINDOW w AS (PARTITION BY {groups})) "
        f"GROUP BY {groups} ORDER BY {groups}"
    )
    form = "parquet" if target.suffix == ".parquet" else "csv, HEADER"
    database.execute(f"COPY stats TO {_text(str(target))} (FORMAT {form})")
    (count,) = database.execute("SELECT count(*) FROM stats").fetchone()
    return int(count)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_name, columns))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
