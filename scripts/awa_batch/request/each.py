"""One child for each row of a file: the rows lie in S3 as a manifest, and each child reads its own by its index."""

from __future__ import annotations

import csv
import io
import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from awa_batch import limits
from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.files import read_given_text
from awa_batch.job import JobSpec
from awa_batch.json_text import JsonError, read_json
from awa_batch.limits.characters import fault_of
from awa_batch.limits.job import MAX_ARRAY
from awa_batch.request.build import assemble, find_targets, name_prefix, unique_job_name
from awa_batch.request.config import check_config
from awa_batch.request.dependencies import split_dependency
from awa_batch.request.model import JobRequest
from awa_batch.request.upload import Upload
from awa_batch.text import Field, Text

MANIFEST = "AWA_BATCH_MANIFEST"
OFFSET = "AWA_BATCH_MANIFEST_OFFSET"
MAX_ROWS = 1_000_000
"""Rows of one file: a hundred full arrays."""

MAX_BYTES = 512 * 1024 * 1024
"""Of one file: half a kilobyte a row, where there are as many as may be."""

_SUFFIXES = (".jsonl", ".ndjson", ".csv")


@dataclass(frozen=True)
class Items:
    """The rows of ``path``, each as one line of JSON."""

    path: Path
    lines: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.lines)


def read_items(file: Path, tell: Callable[[Text], None] = lambda _: None) -> Items:
    """Read the rows of a JSON Lines file (any JSON value a line) or a CSV file with a heading (objects of strings).

    ``tell`` hears it where a CSV file looks separated by something other than commas. Raises UsageError naming file,
    line and column.
    """
    if file.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            Field("each", file), ": its name says no kind.", fix="Name a file that ends in .jsonl or .csv."
        )
    text = read_given_text(file, Field("each", file), "Name a .jsonl or .csv file, one row a job.", most=MAX_BYTES)
    rows = _csv_rows(file, text, tell) if file.suffix.lower() == ".csv" else _json_rows(file, text)
    if not rows:
        raise UsageError(Field("each", file), " has no rows.", fix="Write one row for each job.")
    if len(rows) > MAX_ROWS:
        raise UsageError(Field("each", file), f" has {len(rows)} rows; {MAX_ROWS} are the most.", fix="Split the file.")
    return Items(file, tuple(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows))


def _json_rows(file: Path, text: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = read_json(line)
        except JsonError as error:
            where = "" if error.column is None else f" column {error.column}"
            raise UsageError(
                Field("each", file),
                f" line {number}{where}: {error.problem}.",
                fix=error.fix or "Write one JSON value on the line.",
            ) from None
        # Only an escape can say what UTF-8 and JSON's own text cannot hold.
        if "\\u" in line and (fault := fault_of(row)):
            raise UsageError(Field("each", file), f" line {number}: {fault}.", fix="Take that character out.")
        rows.append(row)
    return rows


def _other_separator(names: Sequence[str]) -> str:
    """Return what seems to stand between the columns of a heading that has one name alone; "" where nothing does."""
    heading = names[0] if len(names) == 1 else ""
    return next((name for sign, name in ((";", "semicolons"), ("\t", "tabs")) if sign in heading), "")


def _csv_rows(file: Path, text: str, tell: Callable[[Text], None]) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        names = next(reader, [])
        if "" in names or len(set(names)) < len(names):
            raise UsageError(
                Field("each", file),
                " line 1: the heading has an empty name, or one twice.",
                fix="Name each column once.",
            )
        separator = _other_separator(names)
        commas = f"It looks separated by {separator}: save it with commas between the columns."
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                raise UsageError(
                    Field("each", file),
                    f" line {reader.line_num}: {len(row)} values, but the heading has {len(names)} names.",
                    fix=commas if separator else 'Give every column a value; quote values that hold a comma: "a,b".',
                )
            if "\0" in text and (fault := fault_of(row)):
                raise UsageError(
                    Field("each", file), f" line {reader.line_num}: {fault}.", fix="Take that character out."
                )
            rows.append(dict(zip(names, row, strict=True)))
        if separator:
            tell((Field("each", file), f" has one column, {names[0]!r}. {commas}"))
    except csv.Error as error:
        raise UsageError(
            Field("each", file), f" line {reader.line_num}: {error}.", fix="Correct the CSV there."
        ) from None
    return rows


def manifest(bucket: str, items: Items) -> tuple[Upload, Upload]:
    """Return the manifest (JSON Lines) and its index beside it.

    The index holds rows + 1 byte offsets, unsigned 64-bit big-endian: a child fetches its own row with two ranged
    GETs, however large the manifest is.
    """
    encoded = [f"{line}\n".encode() for line in items.lines]
    rows = Upload.of(bucket, b"".join(encoded), "jsonl")
    offsets = array("Q", accumulate(map(len, encoded), initial=0))
    if _LITTLE_ENDIAN:
        offsets.byteswap()
    return rows, Upload(bucket, f"{rows.key}.index", offsets.tobytes())


_LITTLE_ENDIAN = array("H", [1]).tobytes() == b"\x01\x00"


def build_each(
    contract: Contract,
    spec: JobSpec,
    items: Items,
    *,
    exact_name: str | None = None,
    tell: Callable[[Text], None] = lambda _: None,
) -> list[JobRequest]:
    """Return the checked requests that give every row of ``items`` a child.

    Up to 10,000 rows are one array, one row is a plain job; more rows become several arrays, each with the offset of
    its first row and ``-p000``, ``-p001`` … in its name. Raises what `build_request` raises.
    """
    limits.check_fields(vars(spec))
    if spec.array is not None:
        raise UsageError(
            Field("array"), " and ", Field("each"), " both say how many children there are.", fix="Use one of them."
        )
    definition, _ = find_targets(contract, spec)
    check_config(spec, tell)
    if not contract.data_bucket.name:
        raise UsageError(
            Field("each"),
            " needs a data bucket, and none is known.",
            fix=("Name an environment with ", Field("env_name"), "."),
        )
    starts = range(0, len(items), MAX_ARRAY)
    if len(starts) > 1:
        _refuse_across_arrays(spec, len(items))
    uploads = manifest(contract.data_bucket.name, items)
    base = exact_name or unique_job_name(name_prefix(contract, definition, spec))
    requests = []
    for part, start in enumerate(starts):
        size = min(MAX_ARRAY, len(items) - start)
        variables = {MANIFEST: uploads[0].uri} | ({OFFSET: str(start)} if start else {})
        requests.append(
            assemble(
                contract,
                replace(
                    spec,
                    array=size if size > 1 else None,
                    sequential=spec.sequential and size > 1,
                    env={**spec.env, **variables},
                ),
                exact_name=base if len(starts) == 1 else f"{base[:123]}-p{part:03d}",
                uploads=uploads,
            )
        )
    return requests


def _refuse_across_arrays(spec: JobSpec, rows: int) -> None:
    paired = next((text for text in spec.depends_on if split_dependency(text)[1]), None)
    field = Field("sequential") if spec.sequential else Field("depends_on", paired) if paired else None
    if field:
        raise UsageError(
            field,
            f" goes with one array, and {rows} rows are more than its {MAX_ARRAY} children.",
            fix=(f"Split the rows into files of up to {MAX_ARRAY}, or leave ", Field(field.name), " out."),
        )
