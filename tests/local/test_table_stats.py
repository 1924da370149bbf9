"""table_stats on real tables: the weather of New York City's airports in 2013, as CSV and Parquet, in an S3.

It runs in an environment of its own, with what its image has beside that of the others.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import statistics
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from bench.peers import locked_environment
from bench.s3_server import Server, Store

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "jobs/s3_concat/data.src").glob("*.dat"))
BUCKET = "test-bucket"
CONFIG: dict[str, Any] = {
    "bucket": BUCKET, "group_by": ["origin", "month"], "columns": ["temp", "wind_speed", "precip"],
}  # fmt: skip


@pytest.fixture(scope="module")
def python() -> Path:
    return locked_environment(ROOT / ".table-stats", ROOT / "jobs/table_stats/requirements.lock") / "python"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "s3").mkdir()
    server = Server(Store(tmp_path / "s3"))
    server.store.objects[BUCKET] = {}
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def s3(server: Server) -> Any:
    return boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="ap-northeast-1",
        aws_access_key_id="test", aws_secret_access_key="test", config=ClientConfig(s3={"addressing_style": "path"}),
    )  # fmt: skip


class Job:
    def __init__(self, python: Path, server: Server, s3: Any, folder: Path) -> None:
        self.python, self.server, self.s3, self.manifest = python, server, s3, folder / "rows.jsonl"

    def rows(self, *keys: str) -> None:
        heads = [self.s3.head_object(Bucket=BUCKET, Key=key)["ETag"] for key in keys]
        lines = [json.dumps({"key": key, "etag": etag}) for key, etag in zip(keys, heads, strict=True)]
        self.manifest.write_text("\n".join(lines) + "\n")

    def run(self, index: int = 0, **changes: Any) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AWA_BATCH_"))}
        return subprocess.run(
            [str(self.python), str(ROOT / "container/latest/run_batch.py"), "table_stats"],
            env={
                **kept, "AWS_ENDPOINT_URL": self.server.endpoint, "AWS_DEFAULT_REGION": "ap-northeast-1",
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                "AWA_BATCH_MANIFEST": str(self.manifest), "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
                "CONFIG_JSON": json.dumps({**CONFIG, **changes}),
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def job(python: Path, server: Server, s3: Any, tmp_path: Path) -> Job:
    return Job(python, server, s3, tmp_path)


def tables() -> dict[str, bytes]:
    """Return the quarters of three airports as tables of their own: each with the header, which only the first has."""
    header, _, rest = SOURCES[0].read_bytes().partition(b"\n")
    bodies = [rest, *(path.read_bytes() for path in SOURCES[1:])]
    return {f"data/{path.stem}": header + b"\n" + body for path, body in zip(SOURCES, bodies, strict=True)}


def put(job: Job, python: Path, folder: Path) -> list[str]:
    """Upload the tables: plain, gzip and Parquet in turns."""
    keys = []
    for number, (name, body) in enumerate(tables().items()):
        kind = (".csv", ".csv.gz", ".parquet")[number % 3]
        data = body if number % 3 == 0 else gzip.compress(body)
        if kind == ".parquet":
            (folder / "t.csv").write_bytes(body)
            code = "import duckdb; duckdb.sql(\"COPY (FROM read_csv('t.csv', nullstr='NA')) TO 't.parquet'\")"
            subprocess.run([str(python), "-c", code], cwd=folder, check=True)
            data = (folder / "t.parquet").read_bytes()
        job.s3.put_object(Bucket=BUCKET, Key=name + kind, Body=data)
        keys.append(name + kind)
    return keys


def expected() -> dict[tuple[str, str, str], list[float]]:
    """Return (airport, month, column) → the values."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for body in tables().values():
        for row in csv.DictReader(io.StringIO(body.decode())):
            for column in CONFIG["columns"]:
                values = found.setdefault((row["origin"], row["month"], column), [])
                if row[column] != "NA":
                    values.append(float(row[column]))
    return found


def test_an_array_and_its_merge_give_the_statistics_of_all_tables(job: Job, python: Path, tmp_path: Path) -> None:
    keys = put(job, python, tmp_path)
    job.rows(*keys)
    for index in range(len(keys)):
        done = job.run(index)
        assert done.returncode == 0, done.stderr
    done = job.run(stage="merge", parts=len(keys))
    assert done.returncode == 0, done.stderr
    first = job.s3.get_object(Bucket=BUCKET, Key="out/table_stats/stats.csv")["Body"].read()
    rows = list(csv.DictReader(io.StringIO(first.decode())))
    assert json.loads(done.stdout.splitlines()[-1])["rows"] == len(rows)
    values = expected()
    assert {(row["origin"], row["month"], row["column_name"]) for row in rows} == set(values)
    for row in rows:
        numbers = values[row["origin"], row["month"], row["column_name"]]
        assert int(row["n"]) == len(numbers)
        assert math.isclose(float(row["mean"]), statistics.fmean(numbers), rel_tol=1e-9)
        assert math.isclose(float(row["std"]), statistics.stdev(numbers), rel_tol=1e-9, abs_tol=1e-12)
        assert (float(row["min"]), float(row["max"])) == (min(numbers), max(numbers))
    assert job.run(stage="merge", parts=len(keys)).returncode == 0
    assert job.s3.get_object(Bucket=BUCKET, Key="out/table_stats/stats.csv")["Body"].read() == first


def test_what_cannot_be_done_is_said_in_two_lines(job: Job) -> None:
    text = next(iter(tables().values()))
    wrong = text.replace(b",39.02,", b",warm,")
    for name, body in (("a.csv", text), ("b.csv", wrong), ("c.parquet", b"no"), ("d.txt", b"")):
        job.s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=body)
    job.rows("data/a.csv", "data/b.csv", "data/c.parquet", "data/d.txt")
    cases: list[tuple[int, dict[str, Any], int, str]] = [
        (0, {"columns": ["tmp"]}, 1, "data/a.csv: Binder Error"),
        (1, {}, 1, "data/b.csv: Conversion Error"),
        (2, {}, 1, "data/c.parquet: "),
        (3, {}, 2, "data/d.txt is no table"),
        (0, {"stage": "merge", "parts": 2}, 1, "Part 0 is missing"),
    ]
    for index, changes, code, reason in cases:
        done = job.run(index, **changes)
        assert done.returncode == code, done.stderr
        what, fix = done.stderr.splitlines()
        assert reason in what
        assert fix.startswith("  ")
    job.s3.put_object(Bucket=BUCKET, Key="data/a.csv", Body=text)
    assert job.run(0).returncode == 1  # it is another than was listed
    assert not [key for key in job.server.store.objects[BUCKET] if key.startswith("out/")]
