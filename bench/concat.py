"""jobs/s3_concat beside the shell way and s5cmd, on the same objects and server; its memory; what limits it."""

from __future__ import annotations

import gzip
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers import ROOT, aws_command
from bench.s3_server import Server, Store

BUCKET = "bench-concat"
OBJECTS = 10
CONTENT = 100_000_000
"""Bytes that each object holds: hourly weather, over and over."""

GB = 1_000_000_000
_RANGE = 8 << 20
_BARE = 256 << 20

# A process begins with the memory of the one that it comes from, so a small one starts what is measured.
_PEAK = (
    "import resource, subprocess, sys\ncode = subprocess.call(sys.argv[1:])\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=sys.stderr)\nsys.exit(code)"
)


@dataclass(frozen=True)
class Ran:
    """A run of processes: their seconds, those of CPU time, and of the job the most memory that it had, in bytes."""

    seconds: float
    cpu: float
    peak: int = 0

    def shown(self) -> str:
        """Return the times."""
        return f"{self.seconds:6.2f} s  {self.cpu:6.2f} s of CPU"


class Bench:
    """A server with objects, and what is run against it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "store").mkdir()
        self.store = Store(folder / "store")
        self.server = Server(self.store)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AWA_BATCH_"))},
            "AWS_ENDPOINT_URL": self.server.endpoint, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
            "S3_ENDPOINT_URL": self.server.endpoint,
        }  # fmt: skip
        self.s3 = client(self.server.endpoint)
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, prefix: str, body: bytes, count: int, suffix: str) -> int:
        """Put ``count`` objects of the same bytes; return their bytes together."""
        self.s3.put_object(Bucket=BUCKET, Key="body", Body=body)
        for number in range(count):
            source = {"Bucket": BUCKET, "Key": "body"}
            self.s3.copy_object(Bucket=BUCKET, Key=f"{prefix}{number:05}{suffix}", CopySource=source)
        return len(body) * count

    def job(self, prefix: str, **settings: Any) -> Ran:
        """Run the job as a process."""
        config = {"bucket": BUCKET, "input_prefix": prefix, "output_key": "out/job", "overwrite": True, **settings}
        words = [sys.executable, "-c", _PEAK, sys.executable, "container/latest/run_batch.py", "s3_concat"]
        clock = _Clock()
        done = subprocess.run(
            words, cwd=ROOT, env={**self.variables, "CONFIG_JSON": json.dumps(config)}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return clock.read(int(done.stderr.splitlines()[-1]))

    def shell(self, down: list[str], up: list[str]) -> Ran:
        """Join in the shell way: download, gunzip, cat, gzip, upload."""
        folder = self.folder / "shell"
        folder.mkdir()
        script = 'mkdir in && "$@" && gunzip in/*.gz && cat in/* > all && gzip -n all'
        clock = _Clock()
        for words in (["sh", "-ec", script, "sh", *down], up):
            subprocess.run(words, cwd=folder, env=self.variables, check=True, stdout=subprocess.DEVNULL)
        ran = clock.read()
        shutil.rmtree(folder)
        return ran


class _Clock:
    """Time that passes, and that child processes take of the processors."""

    def __init__(self) -> None:
        self._started, self._cpu = time.perf_counter(), self._children()

    @staticmethod
    def _children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def read(self, peak: int = 0) -> Ran:
        return Ran(time.perf_counter() - self._started, self._children() - self._cpu, peak)


def client(endpoint: str) -> Any:
    """Return a client of a local S3."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="bench", aws_secret_access_key="bench",  # noqa: S106 - anything will do
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
    )  # fmt: skip


def content(size: int) -> bytes:
    """Return the weather table, as often as need be."""
    table = b"".join(path.read_bytes() for path in sorted((ROOT / "jobs/s3_concat/data.src").glob("*.dat")))
    return (table * (size // len(table) + 1))[:size]


def bare(s3: Any, size: int) -> tuple[float, float]:
    """Return what a server does by itself, in bytes a second: ranged GETs of one object, and its PUT in parts."""
    body = os.urandom(size)
    parts = range(0, size, _RANGE)
    with ThreadPoolExecutor(4) as pool:
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key="bare")["UploadId"]
        named = {"Bucket": BUCKET, "Key": "bare", "UploadId": upload}

        def put(start: int) -> dict[str, Any]:
            number = start // _RANGE + 1
            answer = s3.upload_part(**named, PartNumber=number, Body=body[start : start + _RANGE])
            return {"PartNumber": number, "ETag": answer["ETag"]}

        def get(start: int) -> int:
            wanted = f"bytes={start}-{start + _RANGE - 1}"
            return len(s3.get_object(Bucket=BUCKET, Key="bare", Range=wanted)["Body"].read())

        sent = _seconds(
            lambda: s3.complete_multipart_upload(**named, MultipartUpload={"Parts": list(pool.map(put, parts))})
        )
        read = _seconds(lambda: sum(pool.map(get, parts)))
    return size / read, size / sent


def codecs(sample: bytes) -> Iterator[str]:
    """Say what one core does, no transfer: check, compress as the job does, and gzip as the shell does."""
    from jobs.s3_concat import gz

    packed = gzip.compress(sample, 6, mtime=0)
    check = _seconds(lambda: sum(map(len, gz.decompress([packed]))))
    again = _seconds(lambda: gz.compress_block(sample, None))
    shell = _seconds(lambda: gzip.compress(sample, 6, mtime=0))
    yield (
        f"codecs alone, one core   check {_rate(len(sample), check)}   compress {_rate(len(sample), again)}   "
        f"(gzip -6: {_rate(len(sample), shell)}) of content"
    )


def run() -> Iterator[str]:
    """Say what the server can do, the ratios, the memory, and what a join within S3 moves."""
    with tempfile.TemporaryDirectory(prefix="bench-concat-") as name:
        bench = Bench(Path(name))
        yield from limits(bench)
        yield from codecs(content(30_000_000))
        yield from ratios(bench)
        yield from memory(bench)
        bench.server.shutdown()


def limits(bench: Bench) -> Iterator[str]:
    """Say what the servers do by themselves."""
    from moto.server import ThreadedMotoServer

    read, sent = bare(bench.s3, _BARE)
    yield f"the server of this bench, bare    GET {_rate(read)}   PUT {_rate(sent)}"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    s3 = client(f"http://127.0.0.1:{moto.get_host_and_port()[1]}")
    s3.create_bucket(Bucket=BUCKET)
    read, sent = bare(s3, 64 << 20)
    moto.stop()
    yield f"moto, bare: too slow to measure by    GET {_rate(read)}   PUT {_rate(sent)}"


def ratios(bench: Bench) -> Iterator[str]:
    """Compare the ways to join gzip to gzip."""
    size = bench.put("data/", gzip.compress(content(CONTENT), 6, mtime=0), OBJECTS, ".gz")
    yield f"{OBJECTS} gzip objects, {size / 1e6:.0f} MB, {OBJECTS * CONTENT / 1e6:.0f} MB of content"
    aws = str(aws_command())
    target = f"s3://{BUCKET}/out/shell.gz"
    shell = bench.shell(
        [aws, "s3", "cp", "--quiet", "--recursive", f"s3://{BUCKET}/data/", "in/"],
        [aws, "s3", "cp", "--quiet", "all.gz", target],
    )  # fmt: skip
    s5cmd = str(aws_command().parent / "s5cmd")
    fast = bench.shell([s5cmd, "cp", f"s3://{BUCKET}/data/*", "in/"], [s5cmd, "cp", "all.gz", target])
    yield f"aws s3 cp, gunzip, cat, gzip, aws s3 cp   {shell.shown()}"
    yield f"s5cmd in place of aws s3 cp               {fast.shown()}"
    for what, aim, settings in (
        ("members checked and joined", 20, {}),
        ("recompressed", 6, {"recompress": True}),
        ("joined in S3, unread", None, {"check_inputs": False}),
    ):
        ran = sorted((bench.job("data/", **settings) for _ in range(3)), key=lambda one: one.seconds)[1]
        aimed = f"     (aim: at least {aim} times)" if aim else ""
        yield (
            f"s3_concat, {what:<27}   {ran.shown()}   {shell.seconds / ran.seconds:5.1f} times the shell, "
            f"{fast.seconds / ran.seconds:5.1f} times s5cmd{aimed}"
        )


def memory(bench: Bench) -> Iterator[str]:
    """Say how much memory a run takes for more and more, and what a join of 5 GB within S3 moves."""
    text, noise = content(CONTENT), os.urandom(50_000_000)
    packed, stored = gzip.compress(text, 6, mtime=0), gzip.compress(noise, 0, mtime=0)
    for what, body, each, suffix, settings in (
        ("checked and joined", stored, len(stored), ".gz", {"count_lines": False}),
        ("recompressed, of content", packed, CONTENT, ".gz", {"recompress": True}),
        ("plain, changed", noise, len(noise), ".csv", {"output_format": "plain", "end_lines": True}),
    ):
        peaks = []
        for size in (GB // 10, GB, 5 * GB):
            prefix = f"memory/{suffix}/{each}/{size}/"
            bench.put(prefix, body, max(size // each, 1), suffix)
            peaks.append(bench.job(prefix, **settings).peak)
            bench.s3.delete_object(Bucket=BUCKET, Key="out/job")
        shown = "   ".join(f"{peak / (1 << 20):4.0f} MiB" for peak in peaks)
        yield f"memory for 0.1, 1 and 5 GB {what:<26}{shown}     (aim: at most 300 MiB)"
    size = bench.put("plain/", noise, 5 * GB // len(noise), ".csv")
    bench.store.sent = bench.store.received = 0
    ran = bench.job("plain/", output_format="plain")
    moved = bench.store.sent + bench.store.received
    yield (
        f"{size / GB:.0f} GB joined within S3   {ran.seconds:.2f} s, {moved:,} bytes through the job: "
        f"{100 * moved / size:.4f} %     (aim: below 1 %)"
    )


def _seconds(thing: Callable[[], object]) -> float:
    started = time.perf_counter()
    thing()
    return time.perf_counter() - started


def _rate(size: float, seconds: float = 1.0) -> str:
    return f"{size / seconds / 1e6:,.0f} MB/s"
