"""s3_concat against an S3 that refuses what S3 refuses and holds checksums against the bytes (bench/s3_server.py)."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from bench.s3_server import RefusedError, Server, Store
from jobs.s3_concat import progress, run_batch
from jobs.s3_concat.codecs import compress_block
from jobs.s3_concat.errors import JobError
from jobs.s3_concat.model import Config

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "test-bucket"
CONFIG = Config(bucket=BUCKET)
OUT = CONFIG.output_key
MIB = 1 << 20
CSV = b"a,b\n1,2\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(Store(tmp_path_factory.mktemp("s3"), verify=True))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(server: Server) -> Store:
    store = server.store
    store.objects = {BUCKET: {}}
    store.uploads.clear()
    store.calls.clear()
    store.received = store.sent = 0
    store.hook = lambda _operation, _key: None
    return store


@pytest.fixture
def variables(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found = {
        "AWS_ENDPOINT_URL": server.endpoint, "AWS_DEFAULT_REGION": "ap-northeast-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }  # fmt: skip
    for name in [name for name in os.environ if name.startswith(("AWS_", "AWA_BATCH_"))]:
        monkeypatch.delenv(name)
    return found


@pytest.fixture(scope="module")
def _client(server: Server) -> Any:
    return boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="ap-northeast-1",
        aws_access_key_id="test", aws_secret_access_key="test",
        config=ClientConfig(
            s3={"addressing_style": "path"}, max_pool_connections=40, retries={"total_max_attempts": 2}
        ),
    )  # fmt: skip


@pytest.fixture
def s3(_client: Any, store: Store, variables: dict[str, str]) -> Any:
    return _client


def put(s3: Any, **contents: bytes) -> None:
    for name, content in contents.items():
        s3.put_object(Bucket=BUCKET, Key=f"data/{name.replace('__', '.')}", Body=content)


def get(s3: Any, key: str = OUT) -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def run(s3: Any, **changes: Any) -> dict[str, Any]:
    return run_batch.run(Config(bucket=BUCKET, **changes), s3)


def refused(s3: Any, store: Store, **changes: Any) -> JobError:
    before = store.objects[BUCKET].get(OUT)
    with pytest.raises(JobError) as caught:
        run(s3, **changes)
    assert store.objects[BUCKET].get(OUT) is before
    assert store.uploads == {}
    what, fix = str(caught.value).splitlines()
    assert what
    assert fix.startswith("  ")
    return caught.value


def large(size: int = 6 * MIB) -> bytes:
    """Return a gzip file of about ``size`` bytes."""
    return gzip.compress(os.urandom(size), compresslevel=0, mtime=0)


# ------------------------------------------------------------------ joined as they are


def test_members_are_checked_and_large_ones_copied_in_s3(s3: Any, store: Store) -> None:
    bodies = {"a": gzip.compress(b"first\n"), "b": large(12 * MIB), "c": large(), "d": gzip.compress(b"last\n") * 2}
    put(s3, **bodies)
    store.received = 0
    summary = run(s3)
    assert get(s3) == b"".join(bodies.values())
    content = gzip.decompress(get(s3))
    assert summary["path"] == "checked, and joined in S3"
    assert (summary["bytes"], summary["lines"]) == (len(content), content.count(b"\n"))
    assert summary["crc32"] == f"{zlib.crc32(content):08x}"
    # Only what is too small for a copy is sent: the first with the head of the second, and the last.
    assert store.received == 5 * MIB + len(bodies["d"])
    assert summary["bytes_copied_in_s3"] == len(get(s3)) - store.received
    # The server held the checksum of the whole against its bytes.
    assert store.objects[BUCKET][OUT].crc32 == zlib.crc32(get(s3))


@pytest.mark.parametrize("setting", [{"output_format": "plain"}, {"check_inputs": False}], ids=["plain", "unchecked"])
def test_a_join_within_s3_moves_next_to_nothing(s3: Any, store: Store, setting: dict[str, Any]) -> None:
    body = os.urandom(6 * MIB) if "output_format" in setting else large()
    for number in range(20):
        put(s3, **{f"{number:02}": body})
    put(s3, last=b"small" if "output_format" in setting else gzip.compress(b"small"))  # too small for a copy
    store.received = store.sent = 0
    summary = run(s3, **setting)
    assert summary["path"] == "joined in S3"
    assert summary["bytes_copied_in_s3"] == 20 * len(body)
    # The first bytes of each, which tell the format: 1 KiB.
    assert store.sent <= 21 * 1024
    assert store.received < 64 << 10
    assert get(s3) == body * 20 + get(s3, "data/last")


def test_many_small_objects_go_through_in_parts(s3: Any, store: Store) -> None:
    bodies = {f"{number:02}": large(MIB) for number in range(19)}
    put(s3, **bodies)
    assert run(s3)["path"] == "joined"
    assert store.calls["put_part"] == 3
    assert get(s3) == b"".join(bodies.values())


def test_zstd_frames_are_joined_too(s3: Any) -> None:
    parts = [compress_block(os.urandom(1000), "zstd", 3) for _ in range(3)]
    put(s3, a=parts[0], b=parts[1] + parts[2])
    assert run(s3, output_format="zstd")["path"] == "joined"
    assert get(s3) == b"".join(parts)


@pytest.mark.parametrize("size", [1000, 7 * MIB])
def test_a_member_whose_checksum_is_wrong_is_found(s3: Any, store: Store, size: int) -> None:
    broken = bytearray(large(size))
    broken[-8] ^= 1
    put(s3, a=large(), b=bytes(broken), c=large())
    error = refused(s3, store)
    assert "data/b cannot be read: damaged near byte " in str(error)
    assert error.code == 1


def test_an_input_that_changes_before_it_is_copied_is_named(s3: Any, store: Store) -> None:
    put(s3, a=large(), b=large())

    def change(operation: str, _key: str) -> None:
        if operation == "put_part":
            store.hook = lambda *_: None
            store.objects[BUCKET]["data/b"].etag = '"another"'

    store.hook = change
    assert "data/b changed while it was read (at byte 0 of" in str(refused(s3, store, check_inputs=False))


# ------------------------------------------------------------------ recompressed


def tar(**members: bytes | dict[str, Any]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                for field, value in content.items():
                    setattr(info, field, value)
                archive.addfile(info)
    return target.getvalue()


def test_inputs_of_all_kinds_are_joined(s3: Any) -> None:
    archive = tar(x=b"x\n", folder={"type": tarfile.DIRTYPE}, y=os.urandom(3 * MIB), z=b"")
    with tarfile.open(fileobj=io.BytesIO(archive)) as read:
        files = b"".join(file.read() for member in read if (file := read.extractfile(member)))
    put(
        s3, a=b"plain\n", b=gzip.compress(b"gzip\n") + gzip.compress(b"members\n"),
        c=compress_block(b"zstd\n", "zstd", 3), d__tar__gz=gzip.compress(archive), e=archive, f=gzip.compress(archive),
        g__tar__zst=compress_block(archive, "zstd", 1), h=b"",
    )  # fmt: skip
    summary = run(s3)
    assert summary["path"] == "recompressed"
    content = gzip.decompress(get(s3))
    assert content == b"plain\ngzip\nmembers\nzstd\n" + 4 * files
    assert (summary["bytes"], summary["crc32"]) == (len(content), f"{zlib.crc32(content):08x}")


def test_a_result_of_many_parts_and_blocks_is_one_gzip_file_and_always_the_same(s3: Any, store: Store) -> None:
    content = os.urandom(12 * MIB) + bytes(30 * MIB)
    put(s3, a=content[: 5 * MIB], b=content[5 * MIB :])
    run(s3)
    first = get(s3)
    assert gzip.decompress(first) == content
    assert store.objects[BUCKET][OUT].crc32 == zlib.crc32(first)
    assert store.calls["put_part"] > 1
    run(s3, overwrite=True)
    assert get(s3) == first
    # As the content is cut, not the inputs, it does not matter how that is spread over inputs.
    put(s3, a=content[: 20 * MIB], b=content[20 * MIB :])
    run(s3, overwrite=True)
    assert get(s3) == first


@pytest.mark.parametrize(("output_format", "level"), [("gzip", 1), ("gzip", 9), ("zstd", 19), ("plain", None)])
def test_formats_and_levels(s3: Any, output_format: Any, level: int | None) -> None:
    put(s3, a=gzip.compress(CSV), b=CSV)
    run(s3, output_format=output_format, level=level)
    found = get(s3)
    assert found == compress_block(CSV * 2, output_format, level)


def test_header_lines_stay_in_the_first_file_alone(s3: Any) -> None:
    put(s3, a=b"a,b\n1,2", b=gzip.compress(b"a,b\n3,4\n"), c=b"a,b\n", d__tar=tar(x=b"a,b\n5,6\n", y=b"a,b\n7,8"))
    run(s3, output_format="plain", header_lines=1, end_lines=True)
    assert get(s3) == b"a,b\n1,2\n3,4\n5,6\n7,8\n"


def test_markers_name_each_file(s3: Any) -> None:
    put(s3, a=b"1\n", b__tar=tar(x=b"2\n"))
    run(s3, output_format="plain", marker="==> {number} {name} {key} <==\n")
    assert get(s3) == b"==> 1 a data/a <==\n1\n==> 2 x data/b.tar <==\n2\n"


@pytest.mark.parametrize(
    ("name", "member", "reason"),
    [
        ("../x", b"x", "leads out of its folder"),
        ("/x", b"x", "leads out of its folder"),
        ("x", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "is no regular file"),
        ("x", {"type": tarfile.LNKTYPE, "linkname": "y"}, "is no regular file"),
        ("x", {"type": tarfile.CHRTYPE}, "is no regular file"),
        ("x", {"type": tarfile.FIFOTYPE}, "is no regular file"),
    ],
    ids=["parent", "absolute", "symlink", "hard link", "device", "fifo"],
)
def test_unsafe_members_are_refused(s3: Any, store: Store, name: str, member: Any, reason: str) -> None:
    put(s3, a__tar__gz=gzip.compress(tar(good=b"1\n", **{name: member})))
    assert f"data/a.tar.gz cannot be read: the tar member {name!r} at byte 1024 {reason}." in str(refused(s3, store))


@pytest.mark.parametrize("part", ["content", "header", "second"])
def test_a_damaged_archive_is_refused(s3: Any, store: Store, part: str) -> None:
    archive = tar(x=os.urandom(5000), y=b"1\n")
    damaged = {
        "content": archive[:3000],
        "header": archive[:6000] + b"\x01" + archive[6001:],
        "second": archive + archive,
    }[part]
    put(s3, a__tar=damaged)
    assert "data/a.tar cannot be read: damaged tar archive" in str(refused(s3, store))


def test_an_archive_of_many_files_and_odd_names(s3: Any, store: Store) -> None:
    names = [f"{number:05}-{'long' * 60}" for number in range(2000)]
    put(s3, a__tar__gz=gzip.compress(tar(**dict.fromkeys(names, b"1\n"))), b__tar=tar(**{"\udcff": b"2\n"}))
    assert run(s3, output_format="plain")["bytes"] == 4002
    run(s3, output_format="plain", marker="{name}:", overwrite=True)
    assert get(s3) == b"".join(f"{name}:1\n".encode() for name in names) + b"\xff:2\n"


def test_a_header_without_end_is_refused_before_it_fills_the_memory(s3: Any, store: Store) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 400 * MIB
    put(s3, a__tar__gz=gzip.compress(info.tobuf(tarfile.GNU_FORMAT)) + gzip.compress(bytes(40 * MIB)))
    assert "a header of more than 16777216 bytes" in str(refused(s3, store))


# ------------------------------------------------------------------ which inputs


def test_order_pattern_and_prefixes(s3: Any, store: Store) -> None:
    put(s3, **{"b.csv": b"22\n", "a.csv": b"1\n", "sub/c.csv": b"333\n", "d.txt": b"no\n"})
    s3.put_object(Bucket=BUCKET, Key="more/0.csv", Body=b"0\n")
    for key, modified in (("data/b.csv", 10.0), ("more/0.csv", 20.0), ("data/a.csv", 30.0), ("data/sub/c.csv", 40.0)):
        store.objects[BUCKET][key].modified = modified
    common: dict[str, Any] = {
        "input_prefix": ["data/", "data/sub/", "more/"], "pattern": "*.csv", "output_format": "plain",
        "overwrite": True,
    }  # fmt: skip
    for order, expected in (
        ("name", b"1\n22\n333\n0\n"),
        ("modified", b"22\n0\n1\n333\n"),
        ("size", b"1\n0\n22\n333\n"),
    ):
        run(s3, order=order, **common)
        assert get(s3) == expected, order
    assert "that matches *.bin: nothing to join" in str(refused(s3, store, pattern="*.bin"))


# ------------------------------------------------------------------ the result


def test_an_existing_result_is_kept_unless_told(s3: Any, store: Store) -> None:
    put(s3, a=CSV)
    s3.put_object(Bucket=BUCKET, Key=OUT, Body=b"somebody's")
    error = refused(s3, store)
    assert "is there already" in str(error)
    assert error.code == 2
    run(s3, overwrite=True)
    assert gzip.decompress(get(s3)) == CSV
    put(s3, b=CSV)  # other inputs
    assert refused(s3, store).code == 2


@pytest.mark.parametrize("size", [1000, 9 * MIB])
def test_a_result_that_appears_meanwhile_is_kept(s3: Any, store: Store, size: int) -> None:
    put(s3, a=large(size))

    def appear(operation: str, key: str) -> None:
        if operation in ("put_object", "post_upload") and key == OUT:
            store.hook = lambda *_: None
            store.objects[BUCKET][OUT] = store.objects[BUCKET]["data/a"]

    store.hook = appear
    with pytest.raises(JobError, match="is there already"):
        run(s3)
    assert store.objects[BUCKET][OUT] is store.objects[BUCKET]["data/a"]
    assert store.uploads == {}


def test_a_lost_answer_to_the_last_call_does_not_matter(s3: Any, store: Store) -> None:
    put(s3, a=large(9 * MIB))
    original = store.check

    def lose(stored: Any, told: str | None) -> None:
        original(stored, told)
        if stored.segments and told is not None and store.calls["post_upload"] == 1 and len(store.uploads) == 1:
            # Done, but the client hears an error: it asks again, and S3 knows the upload no more.
            ((number, upload),) = store.uploads.items()
            stored.headers = upload.headers
            store.objects[BUCKET][OUT] = stored
            del store.uploads[number]
            raise RefusedError("InternalError", 500)

    store.check = lose  # type: ignore[method-assign]
    try:
        assert run(s3)["compressed_bytes_written"] == len(get(s3))
    finally:
        store.check = original  # type: ignore[method-assign]
    assert store.calls["post_upload"] == 2


def test_a_part_that_is_refused_leaves_nothing(s3: Any, store: Store) -> None:
    put(s3, a=os.urandom(12 * MIB))

    def refuse(operation: str, _key: str) -> None:
        if operation == "put_part":
            raise RefusedError("AccessDenied", 403)

    store.hook = refuse
    assert "S3 refused UploadPart" in str(refused(s3, store))


# ------------------------------------------------------------------ as a process


def process(variables: dict[str, str], config: dict[str, Any], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*words, sys.executable, str(ROOT / "container/latest/run_batch.py"), "s3_concat"],
        env={**os.environ, **variables, "CONFIG_JSON": json.dumps({"bucket": BUCKET, **config})},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_sigterm_leaves_nothing_behind(s3: Any, store: Store, variables: dict[str, str]) -> None:
    put(s3, a=os.urandom(9 * MIB), b=os.urandom(9 * MIB))
    reached, go_on = threading.Event(), threading.Event()

    def stall(operation: str, _key: str) -> None:
        if operation == "put_part":
            reached.set()
            go_on.wait(120)

    store.hook = stall
    job = process(variables, {})
    try:
        assert reached.wait(60)
        assert len(store.uploads) == 1
        job.send_signal(signal.SIGTERM)
        output, errors = job.communicate(timeout=100)
    finally:
        job.kill()
        go_on.set()
    assert job.returncode == 143, errors
    assert "told to end" in output
    assert store.uploads == {}
    assert OUT not in store.objects[BUCKET]


# What is measured is the child of a small process: a process begins with the memory of the one that it comes from.
PEAK = (
    "import resource, subprocess, sys\ncode = subprocess.call(sys.argv[1:])\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\nsys.exit(code)"
)


@pytest.mark.parametrize("recompress", [False, True])
def test_memory_is_bounded_whatever_an_input_holds(
    s3: Any, store: Store, variables: dict[str, str], recompress: bool
) -> None:
    bomb = gzip.compress(bytes(64 * MIB), compresslevel=9) * 8
    put(s3, a=bomb, b=large(40 * MIB))
    job = process(variables, {"recompress": recompress}, sys.executable, "-c", PEAK)
    output, errors = job.communicate(timeout=100)
    assert job.returncode == 0, errors
    assert json.loads(output.splitlines()[-1])["bytes"] == 552 * MIB
    assert int(errors.splitlines()[-1]) < 300 << 10  # KiB, on Linux


# ------------------------------------------------------------------ fan-out


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    def become(index: int, size: int) -> None:
        monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_INDEX", str(index))
        monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_SIZE", str(size))

    return become


def test_shards_and_their_final_join_give_what_one_job_gives(
    s3: Any, store: Store, child: Callable[[int, int], None]
) -> None:
    put(s3, **{f"{number:02}": b"a,b\n%d,0\n" % number for number in range(10)})
    settings: dict[str, Any] = {"header_lines": 1, "marker": ""}
    run(s3, **settings)
    expected = gzip.decompress(get(s3))
    store.objects[BUCKET].pop(OUT)
    assert "is missing" in str(refused(s3, store, shards=3, stage="final", **settings))
    for index in (2, 0, 1):
        child(index, 3)
        assert run(s3, shards=3, stage="shard", **settings)["path"] == "recompressed"
    assert run(s3, shards=3, stage="shard", **settings)["path"] == "kept"  # a retry goes on
    summary = run(s3, shards=3, stage="final", **settings)
    assert summary["path"] == "joined"
    first = get(s3)
    assert gzip.decompress(first) == expected
    assert not [key for key in store.objects[BUCKET] if ".shards/" in key]
    # Tried again, the final join finds its own work.
    assert run(s3, shards=3, stage="final", **settings)["path"] == "kept"
    assert get(s3) == first


def test_shards_of_other_inputs_are_not_joined(s3: Any, store: Store, child: Callable[[int, int], None]) -> None:
    put(s3, a=b"1\n", b=b"2\n")
    for index in (0, 1):
        child(index, 2)
        run(s3, shards=2, stage="shard")
    put(s3, c=b"3\n")
    assert "was made of other inputs" in str(refused(s3, store, shards=2, stage="final"))


def test_a_shard_without_inputs_makes_nothing(s3: Any, store: Store, child: Callable[[int, int], None]) -> None:
    put(s3, a=b"1\n")
    for index in range(3):
        child(index, 3)
        run(s3, shards=3, stage="shard")
    assert len(store.objects[BUCKET]) == 2
    run(s3, shards=3, stage="final")
    assert gzip.decompress(get(s3)) == b"1\n"


def test_a_shard_that_is_no_child_says_so(s3: Any, store: Store, child: Callable[[int, int], None]) -> None:
    put(s3, a=b"1\n")
    assert "no child of an array" in str(refused(s3, store, shards=3, stage="shard"))
    child(0, 4)
    assert "a child of an array of 4" in str(refused(s3, store, shards=3, stage="shard"))


def test_rows_say_what_differs(s3: Any, variables: dict[str, str], tmp_path: Path) -> None:
    put(s3, **{"x/1": b"1\n", "y/1": b"2\n"})
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"input_prefix": "data/x/", "output_key": "out/x.gz"}\n{"input_prefix": "data/y/", "nonsense": 1}\n'
    )
    variables["AWA_BATCH_MANIFEST"] = str(rows)
    job = process({**variables, "AWS_BATCH_JOB_ARRAY_INDEX": "0"}, {})
    _, errors = job.communicate(timeout=60)
    assert job.returncode == 0, errors
    assert gzip.decompress(get(s3, "out/x.gz")) == b"1\n"
    job = process({**variables, "AWS_BATCH_JOB_ARRAY_INDEX": "1"}, {})
    _, errors = job.communicate(timeout=60)
    assert job.returncode == 2
    assert "nonsense" in errors
    assert "Traceback" not in errors


# ------------------------------------------------------------------ progress


def test_progress_is_said_while_it_runs(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.01)
    caplog.set_level("INFO")
    said = threading.Event()
    with progress.Progress(3, 5_000_000) as going:
        going.add(read=2_000_000, objects=1)
        deadline = time.monotonic() + 30
        while not any(line.startswith("1 of 3 objects") for line in caplog.messages) and time.monotonic() < deadline:
            said.wait(0.01)
    expected = "1 of 3 objects; 2 of 5 MB read, 0 MB copied in S3, 0 MB written, "
    assert any(line.startswith(expected) for line in caplog.messages)
