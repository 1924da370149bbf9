"""container/table_stats: container/latest with what one job alone imports, which that one is not to carry."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest

from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.docker_engine import Engine
from bench.s3_server import Server, Store
from tests.image.conftest import ROOT, Run
from tests.needs import missing

BUCKET = "test-bucket"
TABLE = b"city,temp\nTokyo,1\nTokyo,2\nOsaka,NA\n"
MAX_OVER_BASE = 75_000_000
"""Bytes that the image of all jobs may have over its base."""


@pytest.fixture(scope="module")
def image(built: dict[str, BuiltImage], engine: Engine, state: Path) -> str:
    assert built  # what it is built on
    return build_image("table_stats", root=ROOT, engine=engine, state_dir=state, say=print).image_id


def size(engine: Engine, image: str) -> int:
    words = [str(engine.command), "image", "inspect", "--format", "{{.Size}}", image]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def test_the_image_of_all_jobs_stays_small(built: dict[str, BuiltImage], engine: Engine, image: str) -> None:
    base = size(engine, "python:3.13-slim-trixie")
    assert size(engine, built["latest"].image_id) - base < MAX_OVER_BASE < size(engine, image) - base


def test_a_table_and_the_merge_in_it(image: str, engine: Engine, run: Run, tmp_path: Path) -> None:
    if not engine.is_native:
        missing("an engine that shares this machine's network")
    (tmp_path / "s3").mkdir()
    server = Server(Store(tmp_path / "s3"))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        import boto3

        s3 = boto3.client(
            "s3", endpoint_url=server.endpoint, region_name="ap-northeast-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        server.store.objects[BUCKET] = {}
        etag = s3.put_object(Bucket=BUCKET, Key="data/a.csv", Body=TABLE)["ETag"]
        s3.put_object(Bucket=BUCKET, Key="rows.jsonl", Body=json.dumps({"key": "data/a.csv", "etag": etag}).encode())
        config = {"bucket": BUCKET, "group_by": ["city"], "columns": ["temp"]}
        for more in ({}, {"stage": "merge", "parts": 1}):
            done = run(
                image, "python", "run_batch.py", "table_stats", options=("--network", "host"),
                CONFIG_JSON=json.dumps({**config, **more}), AWS_ENDPOINT_URL=server.endpoint,
                AWS_DEFAULT_REGION="ap-northeast-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                AWA_BATCH_MANIFEST=f"s3://{BUCKET}/rows.jsonl",
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        body = s3.get_object(Bucket=BUCKET, Key="out/table_stats/stats.csv")["Body"].read().decode()
        assert body.splitlines() == [
            "city,column_name,rows,n,mean,std,min,max",
            "Osaka,temp,1,0,,,,",
            "Tokyo,temp,2,2,1.5,0.7071067811865476,1.0,2.0",
        ]
    finally:
        server.shutdown()
        server.server_close()
