"""This child's row of a manifest: what `awa-batch submit --each` gave it."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import sys
from typing import Any, TypeVar, overload

from pydantic import BaseModel, ValidationError

from awa_runtime.batch import array_index
from awa_runtime.config import EXIT_REFUSED, refusal
from awa_runtime.json_text import JsonError, read_json
from awa_runtime.remote import RemoteError, read_object

MANIFEST = "AWA_BATCH_MANIFEST"
OFFSET = "AWA_BATCH_MANIFEST_OFFSET"

Model = TypeVar("Model", bound=BaseModel)


class ManifestError(Exception):
    """A row that is missing, unreadable or invalid; ``str()`` is ready to be shown."""


def manifest_index() -> int:
    """Return the number of this child's row in the manifest, from 0: its array index, from where its array begins.

    A job that is not an array child has the first row of its part. Raises ManifestError.
    """
    text = os.environ.get(OFFSET, "0")
    if not (text.isascii() and text.isdigit()):
        raise ManifestError(f"{OFFSET} is {text!r}, not a whole number.\n  Unset it, or submit with --each.")
    try:
        return int(text) + (array_index() or 0)
    except ValueError as error:
        raise ManifestError(f"{error}\n  Submit it again with awa-batch.") from None


def has_row() -> bool:
    """Whether this job was given rows (`awa-batch submit --each`), one of which is `manifest_row`."""
    return bool(os.environ.get(MANIFEST))


@overload
def manifest_row(model: None = None) -> Any: ...
@overload
def manifest_row(model: type[Model]) -> Model: ...
def manifest_row(model: type[Model] | None = None) -> Model | Any:
    """Return this child's row: as ``model``, or as plain JSON data; where that cannot be, say why and exit with 2.

    The manifest is what AWA_BATCH_MANIFEST names: ``s3://…`` in a job, or on a laptop the very file of JSON Lines or
    CSV, where AWS_BATCH_JOB_ARRAY_INDEX picks the row. `read_manifest_row` does the same without exiting.
    """
    try:
        return read_manifest_row() if model is None else read_manifest_row(model)
    except ManifestError as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(EXIT_REFUSED) from None


@overload
def read_manifest_row(model: None = None) -> Any: ...
@overload
def read_manifest_row(model: type[Model]) -> Model: ...
def read_manifest_row(model: type[Model] | None = None) -> Model | Any:
    """Return this child's row as ``model``, or as plain JSON data: `manifest_row` for what goes on without one.

    Raises ManifestError where the manifest cannot be read, has no such row, or the row is not what ``model`` says.
    """
    manifest = os.environ.get(MANIFEST)
    if not manifest:
        raise ManifestError(
            f"No manifest: the variable {MANIFEST} is not set."
            "\n  Submit with --each FILE, or name the .jsonl or .csv file in it on a laptop."
        )
    index = manifest_index()
    source = f"row {index} of {manifest}"
    try:
        text = _line(manifest, index)
    except RemoteError as error:
        raise ManifestError(f"{source}: {error}") from None
    except FileNotFoundError:
        raise ManifestError(
            f"{MANIFEST} {manifest}: there is no such manifest.\n  It may have aged out: submit again."
        ) from None
    try:
        value = read_json(text)
    except JsonError as error:
        raise ManifestError(f"{source} is not JSON: {error}.\n  {error.fix}") from None
    if model is None:
        return value
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ManifestError(refusal(source, model, error)) from None


def _line(manifest: str, index: int) -> bytes:
    """Return a row's bytes. Raises ManifestError beyond the end."""
    if manifest.lower().endswith(".csv"):
        return _csv_line(manifest, index)
    try:
        # Row i lies between the i-th and the next offset of the index: two small reads, however many rows there are.
        place = read_object(f"{manifest}.index", 8 * index, 8 * index + 16)
    except FileNotFoundError:
        place = None
    except RemoteError as error:
        if "InvalidRange" not in str(error):
            raise
        place = b""
    if place is not None:
        if len(place) < 16:
            raise _beyond(manifest, index)
        start, end = struct.unpack(">2Q", place)
        return read_object(manifest, start, end)
    lines = [line for line in read_object(manifest).splitlines() if line.strip()]
    if index >= len(lines):
        raise _beyond(manifest, index)
    return lines[index]


def _csv_line(manifest: str, index: int) -> bytes:
    """Return a row of a CSV file as `awa-batch submit --each` makes it: JSON, all values texts."""
    try:
        text = read_object(manifest).decode("utf-8-sig")
        names, *rows = (row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row)
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise ManifestError(f"{manifest} is not a CSV file: {error}.\n  Save it as UTF-8, with a heading.") from None
    if index >= len(rows):
        raise _beyond(manifest, index)
    if len(rows[index]) != len(names):
        raise ManifestError(
            f"{manifest} row {index}: {len(rows[index])} values, but the heading has {len(names)} names."
            "\n  Give every column a value."
        )
    return json.dumps(dict(zip(names, rows[index], strict=True)), ensure_ascii=False).encode()


def _beyond(manifest: str, index: int) -> ManifestError:
    return ManifestError(f"{manifest} has no row {index}.\n  The job has more children than the manifest has rows.")
