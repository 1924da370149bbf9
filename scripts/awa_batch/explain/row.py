"""The row that a job of ``submit --each`` was given, read back from its manifest."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.index_map import original_index, variables_of
from awa_batch.batch.jobs import array_index
from awa_batch.errors import AwaBatchError
from awa_batch.masking import masked_value

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients

SHOWN = 300
"""Characters of a row that are shown."""


def row_of(clients: Clients, detail: JobDetailTypeDef) -> str:
    """Return ``row 6: {"name": "Osaka"}``; "" for a job without rows, and where the row cannot be read.

    Two small reads from S3. The number is that of the row in the file, from 0; values that sound like secrets are
    masked.
    """
    variables = variables_of(detail)
    bucket, _, key = variables.get("AWA_BATCH_MANIFEST", "").removeprefix("s3://").partition("/")
    if not key:
        return ""
    try:
        index = original_index(detail)
        number = int(variables.get("AWA_BATCH_MANIFEST_OFFSET", "0")) + (
            array_index(detail) or 0 if index is None else index
        )
        with calling("reading the row"):
            place = _part(clients, bucket, f"{key}.index", 8 * number, 8 * number + 16)
            start, end = struct.unpack(">2Q", place)
            text = _part(clients, bucket, key, start, end).decode().strip()
        shown = json.dumps(masked_value(json.loads(text)), ensure_ascii=False)
    except (AwaBatchError, ValueError, RecursionError, struct.error):
        return ""
    return f"row {number}: {shown if len(shown) <= SHOWN else shown[:SHOWN] + '…'}"


def _part(clients: Clients, bucket: str, key: str, start: int, end: int) -> bytes:
    found = clients.s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}")
    return found["Body"].read()
