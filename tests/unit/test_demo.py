"""The demo's upload and comparison, against moto's S3; tests/local runs the whole of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from awa_batch.demo import EXAMPLES
from awa_batch.demo.objects import upload, verify
from awa_batch.errors import JobFailedError, UsageError

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "test-bucket"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="ap-northeast-1")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        yield client


def get(s3: Any, key: str) -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def test_upload_is_the_same_each_time_and_skips_what_is_there(s3: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "b.dat").write_bytes(b"2\n")
    (source / "a.dat").write_bytes(b"1\n")
    (source / "README").write_bytes(b"not data")
    assert upload(s3, BUCKET, source, "data/x/") == ["data/x/a.dat.gz", "data/x/b.dat.gz"]
    first = get(s3, "data/x/a.dat.gz")
    sent: list[str] = []

    def note(**_: object) -> None:
        sent.append("put")

    s3.meta.events.register("before-call.s3.PutObject", note)
    upload(s3, BUCKET, source, "data/x/")
    assert sent == []
    (source / "a.dat").write_bytes(b"changed\n")
    upload(s3, BUCKET, source, "data/x/")
    assert sent == ["put"]
    assert gzip.decompress(get(s3, "data/x/a.dat.gz")) == b"changed\n"
    (source / "a.dat").write_bytes(b"1\n")
    upload(s3, BUCKET, source, "data/x/")
    assert get(s3, "data/x/a.dat.gz") == first
    s3.meta.events.unregister("before-call.s3.PutObject", note)


def test_upload_of_nothing_is_refused(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no \.dat file"):
        upload(s3, BUCKET, tmp_path, "data/")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b"1\n3\n"), "differs from the joined sources"),
        (gzip.compress(b"1\n"), "ends after 2 bytes"),
        (gzip.compress(b"1\n2\n3\n"), "differs from the joined sources"),
        (gzip.compress(b"1\n2\n")[:-4], "not a whole gzip file"),
        (b"1\n2\n", "not a whole gzip file"),
        (None, "is not there"),
    ],
    ids=["differs", "short", "long", "cut", "plain", "missing"],
)
def test_verify_finds_every_difference(s3: Any, tmp_path: Path, body: bytes | None, reason: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.dat").write_bytes(b"1\n")
    (source / "b.dat").write_bytes(b"2\n")
    if body is not None:
        s3.put_object(Bucket=BUCKET, Key="out/x.gz", Body=body)
    with pytest.raises(JobFailedError, match=reason):
        verify(s3, BUCKET, "out/x.gz", source)


def test_every_example_is_there() -> None:
    for example in EXAMPLES:
        assert (ROOT / example.script).is_file()
        assert not example.sources or list((ROOT / example.sources).glob("*.dat"))


def test_the_package_imports_no_example() -> None:
    for path in (ROOT / "scripts" / "awa_batch").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) jobs\b", path.read_text(), re.MULTILINE), path
