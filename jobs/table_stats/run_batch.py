"""table_stats: count, mean, standard deviation, minimum and maximum of columns, by group, over many tables.

As a child of an array it reads the table (CSV or Parquet) that its row of the manifest names, and writes its part; as
the job after it (stage "merge") it makes the result of all parts. Exit codes: 1 failed, 2 refused.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from awa_runtime import configure_logging, load_config, manifest_index, manifest_row, on_sigterm
from jobs.table_stats.model import Config, Row
from jobs.table_stats.stats import merge_parts, open_database, write_part

log = logging.getLogger("table_stats")

KINDS = (".csv", ".csv.gz", ".csv.zst", ".parquet")


class JobError(Exception):
    """Why the job cannot go on: one line of what, one of what to do, and its exit code."""

    def __init__(self, what: str, fix: str, code: int = 1) -> None:
        super().__init__(f"{what}\n  {fix}")
        self.code = code


def part_key(config: Config, index: int) -> str:
    """Return where a child writes its part."""
    return f"{config.output_key}.parts/{index:05}.parquet"


def part(s3: Any, config: Config, row: Row, index: int, folder: Path) -> dict[str, Any]:
    """Write the part of one table. Raises JobError for one that cannot be read as it should be."""
    import duckdb

    kind = next((kind for kind in KINDS if row.key.lower().endswith(kind)), None)
    if kind is None:
        raise JobError(f"{row.key} is no table: its name ends in none of {', '.join(KINDS)}.", "Leave it out.", 2)
    table, target = folder / f"table{kind}", folder / "part.parquet"
    try:
        size = s3.head_object(Bucket=config.bucket, Key=row.key, IfMatch=row.etag)["ContentLength"]
        s3.download_file(config.bucket, row.key, str(table))
        write_part(open_database(folder, config.memory_mib), table, config, target)
    except duckdb.Error as error:
        reason = str(error).strip().partition("\n")[0].replace(str(table), row.key)
        raise JobError(f"s3://{config.bucket}/{row.key}: {reason}", "Correct it, group_by or columns.") from error
    s3.upload_file(str(target), config.bucket, part_key(config, index))
    return {"part": index, "table": row.key, "bytes": size}


def merge(s3: Any, config: Config, folder: Path) -> dict[str, Any]:
    """Write the result of all parts. Raises JobError where one is missing."""
    files = [folder / f"{index:05}.parquet" for index in range(config.parts or 0)]

    def fetch(index: int) -> None:
        try:
            s3.download_file(config.bucket, part_key(config, index), str(files[index]))
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            fix = f"Run child {index} of the array again, then this job."
            raise JobError(f"Part {index} is missing.", fix) from error

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fetch, range(len(files))))
    target = folder / f"stats{Path(config.output_key).suffix}"
    rows = merge_parts(open_database(folder, config.memory_mib), files, config, target)
    s3.upload_file(str(target), config.bucket, config.output_key)
    return {"parts": len(files), "rows": rows, "result": f"s3://{config.bucket}/{config.output_key}"}


def main() -> int:
    """Do one part, or the merge; print the summary as one line of JSON."""
    configure_logging()
    on_sigterm(lambda: log.warning("told to end (SIGTERM)"))
    config = load_config(Config)
    started = time.monotonic()
    try:
        if importlib.util.find_spec("duckdb") is None:
            raise JobError("This image has no duckdb.", "Run this job in its own image, container/table_stats.", 2)
        # The local AWS has no bucket host names: buckets are paths there.
        style: Any = {"addressing_style": "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"}
        s3 = boto3.client("s3", config=ClientConfig(retries={"mode": "standard", "total_max_attempts": 8}, s3=style))
        with tempfile.TemporaryDirectory(prefix="table_stats-") as folder:
            if config.stage == "merge":
                summary = merge(s3, config, Path(folder))
            else:
                summary = part(s3, config, manifest_row(Row), manifest_index(), Path(folder))
    except JobError as error:
        print(error, file=sys.stderr, flush=True)
        return error.code
    except (ClientError, BotoCoreError) as error:
        print(f"S3: {error}\n  Check bucket and job role. Did the table change?", file=sys.stderr, flush=True)
        return 1
    print(json.dumps({"job": "table_stats", **summary, "seconds": round(time.monotonic() - started, 3)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
