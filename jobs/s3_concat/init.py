"""Compress data.src/*.dat and upload them, several at a time: what the job joins.

Usage: .venv/bin/python jobs/s3_concat/init.py [ENV]
"""

from __future__ import annotations

import sys
from pathlib import Path

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch import connect
from awa_batch.api import AwaBatchError
from awa_batch.demo.objects import upload

SOURCES = Path(__file__).with_name("data.src")


def main(environment: str) -> int:
    """Upload to an environment's data bucket what is not there yet, and print where it lies."""
    try:
        clients = connect(environment).clients
        bucket = clients.contract.data_bucket.name
        for key in upload(clients.s3, bucket, SOURCES, config.PREFIX):
            print(f"s3://{bucket}/{key}")
    except AwaBatchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["local"]))
