"""Submit s3_concat as many jobs: an array that joins parts and a job that joins those, or a join for each prefix.

    .venv/bin/python jobs/s3_concat/fan_out.py --shards 8 [--env-name ENV] [--dry-run] [--wait]
    .venv/bin/python jobs/s3_concat/fan_out.py --each prefixes.txt      (a prefix a line)

Prints the ids of what was submitted, the final join's last. A child that failed is run again by `awa-batch retry
--failed-only`; those that are done find their work. After it, the final join is retried in the same way.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch import connect
from awa_batch.api import AwaBatchError, BatchJob, Connection, UsageError

SHARD_ATTEMPTS = 2
"""Tries of each child: what it has made is kept, so that a second one costs little."""


def shards(batch: Connection, count: int) -> list[BatchJob]:
    """Submit an array of ``count`` children and the join that waits for them; return both."""
    common = {"queue": config.QUEUE, "attempts": SHARD_ATTEMPTS}
    array = batch.submit(
        config.DEFINITION,
        config.COMMAND,
        name="s3-concat-shards",
        config=config.settings(batch.contract, shards=count, stage="shard"),
        array=count,
        **common,
    )
    final = batch.submit(
        config.DEFINITION,
        config.COMMAND,
        name="s3-concat-final",
        config=config.settings(batch.contract, shards=count, stage="final"),
        depends_on=[array.id],
        **common,
    )
    return [array, final]


def each(batch: Connection, prefixes: list[str]) -> list[BatchJob]:
    """Submit a join for each prefix: what lies under data/a/b/ becomes out/s3_concat/a/b.gz."""
    rows = [
        {"input_prefix": prefix, "output_key": f"out/s3_concat/{prefix.removeprefix('data/').strip('/')}.gz"}
        for prefix in prefixes
    ]
    return batch.submit_rows(
        config.DEFINITION, rows, config.COMMAND, name="s3-concat-each", queue=config.QUEUE,
        config=config.settings(batch.contract),
    )  # fmt: skip


def prefixes_of(file: str) -> list[str]:
    """Return the prefixes that a file has. Raises UsageError."""
    try:
        found = [line.strip() for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--each {file}: cannot be read: {error}.", fix="Name a text file, a prefix a line.") from None
    if not found or len(set(found)) < len(found):
        raise UsageError(
            f"--each {file}: {'a prefix is there twice' if found else 'there is no prefix in it'}.",
            fix="Write each prefix once, a line each.",
        )
    return found


def arguments(words: list[str]) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--shards", type=int, metavar="N", help="children that each join a part, 2 to 10000")
    what.add_argument("--each", metavar="FILE", help="a join for each prefix in this file")
    parser.add_argument("--env-name", "-E", default=os.environ.get("AWA_BATCH_ENV") or "local")
    parser.add_argument("--dry-run", action="store_true", help="print what the jobs would get, and send nothing")
    parser.add_argument("--wait", "-w", action="store_true", help="wait for the end")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Submit, print the ids, wait if asked."""
    asked = arguments(words)
    try:
        if asked.shards is not None and not 2 <= asked.shards <= 10_000:
            raise UsageError(f"--shards {asked.shards} is not from 2 to 10000.", fix="AWS Batch's arrays are such.")
        prefixes = prefixes_of(asked.each) if asked.each is not None else []
        with connect(asked.env_name) as batch:
            if asked.dry_run:
                show(batch, asked.shards, prefixes)
                return 0
            jobs = shards(batch, asked.shards) if asked.shards is not None else each(batch, prefixes)
            for job in jobs:
                print(job.id, flush=True)
            for job in jobs if asked.wait else []:
                job.wait(check=True)
    except AwaBatchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def show(batch: Connection, count: int | None, prefixes: list[str]) -> None:
    """Print the settings that the jobs would get."""
    settings: list[dict[str, Any]] = [config.settings(batch.contract)]
    if count is not None:
        settings = [config.settings(batch.contract, shards=count, stage=stage) for stage in ("shard", "final")]
    print(json.dumps({"settings": settings, "prefixes": prefixes}, indent=2))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
