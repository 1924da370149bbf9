"""Submit table_stats: an array with a child for each table under a prefix, and the merge that waits for it.

    .venv/bin/python jobs/table_stats/fan_out.py [--prefix PREFIX] [--env-name ENV] [--definition NAME] [--wait]

Prints the ids of what was submitted, the merge's last.
"""

from __future__ import annotations

import argparse
import os
import sys

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch import connect
from awa_batch.api import AwaBatchError, BatchJob, Connection, UsageError


def tables(batch: Connection, prefix: str) -> list[dict[str, str]]:
    """Return a row for each object under a prefix, in name order. Raises UsageError where there is none."""
    clients = batch.clients
    pages = clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=clients.contract.data_bucket.name, Prefix=prefix
    )
    found = [item for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]
    if not found:
        raise UsageError(f"--prefix {prefix}: there is no object under it.", fix="Upload the tables first.")
    return [{"key": item["Key"], "etag": item["ETag"]} for item in found]


def submit(batch: Connection, definition: str, prefix: str) -> list[BatchJob]:
    """Submit the array (several above 10,000 tables) and the merge; return them all."""
    rows = tables(batch, prefix)
    parts = batch.submit_rows(
        definition, rows, config.COMMAND, name="table-stats", config=config.settings(batch.contract)
    )
    merge = batch.submit(
        definition,
        config.COMMAND,
        name="table-stats-merge",
        config=config.settings(batch.contract, stage="merge", parts=len(rows)),
        depends_on=[job.id for job in parts],
    )
    return [*parts, merge]


def main(words: list[str]) -> int:
    """Submit, print the ids, wait if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--prefix", default=config.PREFIX, help="where the tables are")
    parser.add_argument("--env-name", "-E", default=os.environ.get("AWA_BATCH_ENV") or "local")
    parser.add_argument("--definition", default=config.DEFINITION, help="one whose image has duckdb")
    parser.add_argument("--wait", "-w", action="store_true", help="wait for the end")
    asked = parser.parse_args(words)
    try:
        with connect(asked.env_name) as batch:
            jobs = submit(batch, asked.definition, asked.prefix)
            for job in jobs:
                print(job.id, flush=True)
            for job in jobs if asked.wait else []:
                job.wait(check=True)
    except AwaBatchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
