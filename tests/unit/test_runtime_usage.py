"""The line that says what an attempt used: of jobs of known size, by both paths that write it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from awa_runtime import cgroup
from awa_runtime.usage import usage
from tests.known_jobs import ALLOCATE, BURN, MIB

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "container" / "runtime"

SLEEP = "import time\ntime.sleep(1)\n"


class Image:
    """A folder that stands for the image: run_batch.py and one job, whose code each test gives."""

    def __init__(self, folder: Path) -> None:
        (folder / "jobs" / "known").mkdir(parents=True)
        shutil.copy(ROOT / "container" / "latest" / "run_batch.py", folder)
        self.folder = folder

    def start(self, path: str, code: str, **variables: str) -> subprocess.Popen[str]:
        job = self.folder / "jobs" / "known" / "run_batch.py"
        job.write_text(code)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AWA_BATCH", "ECS_"))}
        command = {
            "wrapper": [str(self.folder / "run_batch.py"), "known"],
            "process 1": ["-m", "awa_runtime", sys.executable, str(job)],
        }[path]
        return subprocess.Popen(
            [sys.executable, *command],
            env={**kept, "PYTHONPATH": str(RUNTIME), "AWS_BATCH_JOB_ID": "abc:4", **variables},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, path: str, code: str, **variables: str) -> tuple[int, list[str]]:
        process = self.start(path, code, **variables)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output.splitlines()

    def used(self, path: str, code: str, **variables: str) -> dict[str, Any]:
        _, lines = self.run(path, code, **variables)
        assert sum("awa_batch_usage" in line for line in lines) == 1, lines
        return line(lines[-1])


def line(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)["awa_batch_usage"]
    return found


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image(tmp_path / "image")


both = pytest.mark.parametrize("path", ["wrapper", "process 1"])


@both
def test_300_mb_are_measured(image: Image, path: str) -> None:
    assert image.used(path, ALLOCATE)["memory_peak_bytes"] == pytest.approx(300 * MIB, rel=0.1)


@both
def test_2_seconds_on_2_threads_are_measured(image: Image, path: str) -> None:
    used = image.used(path, BURN)
    assert used["cpu_seconds"] == pytest.approx(4, rel=0.1)
    assert used["mean_cores"] == pytest.approx(used["cpu_seconds"] / used["wall_seconds"], abs=0.002)


@both
def test_a_job_that_sleeps_uses_time_alone(image: Image, path: str) -> None:
    used = image.used(path, SLEEP)
    assert 1 <= used["wall_seconds"] < 3
    assert used["cpu_seconds"] < 0.5


@both
@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("", 0), ("raise SystemExit(7)", 7), ("1 / 0", 1), ("import sys; sys.exit('so')", 1)],
)
def test_however_a_job_ends_the_line_says_how(image: Image, path: str, code: str, exit_code: int) -> None:
    given = {"AWS_BATCH_JOB_ATTEMPT": "2", "AWS_BATCH_JOB_ARRAY_INDEX": "4"}
    returned, lines = image.run(path, f"print('hi')\n{code}", **given)
    assert (returned, lines[0]) == (exit_code, "hi")
    found = line(lines[-1])
    assert [found[name] for name in ("exit_code", "job_id", "attempt", "index")] == [exit_code, "abc:4", 2, 4]


@both
def test_sigterm_ends_a_job_with_143_and_its_line(image: Image, path: str) -> None:
    process = image.start(path, "import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 143
    assert line(output)["exit_code"] == 143


def test_sigterm_comes_after_the_jobs_own_callbacks_and_does_not_wait_for_its_threads(image: Image) -> None:
    process = image.start(
        "wrapper",
        "import threading, time\nfrom awa_runtime import on_sigterm\n"
        "on_sigterm(lambda: print('saved', flush=True))\n"
        "threading.Thread(target=time.sleep, args=(3,)).start()\nprint('ready', flush=True)\ntime.sleep(60)\n",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "saved\n"
    assert "awa_batch_usage" in process.stdout.readline()
    assert process.poll() is None  # its thread still runs
    output, _ = process.communicate(timeout=20)
    assert output == ""


def test_a_crash_is_told_by_the_process_above(image: Image) -> None:
    returned, lines = image.run("process 1", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    assert (returned, line(lines[-1])["exit_code"]) == (139, 139)


def test_a_forked_child_writes_no_line_of_its_own(image: Image) -> None:
    code = "import os, sys\nif os.fork() == 0:\n    sys.exit(3)\nos.wait()\n"
    assert image.used("wrapper", code)["exit_code"] == 0


def test_what_children_used_counts(image: Image) -> None:
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {ALLOCATE!r}], check=True)\n"
    assert image.used("wrapper", code)["memory_peak_bytes"] == pytest.approx(300 * MIB, rel=0.1)


@both
@pytest.mark.parametrize("variables", [{"AWA_BATCH_USAGE": "off"}, {"AWS_BATCH_JOB_ID": ""}])
def test_it_can_be_switched_off_and_is_not_written_outside_aws_batch(
    image: Image, path: str, variables: dict[str, str]
) -> None:
    assert image.run(path, "print('hi')", **variables) == (0, ["hi"])


@both
def test_metrics_are_embedded_where_they_are_asked_for(image: Image, path: str) -> None:
    returned, lines = image.run(path, "print('hi')", AWA_BATCH_USAGE="metric", AWS_BATCH_JQ_NAME="high")
    assert returned == 0
    whole = json.loads(lines[-1])
    (about,) = whole["_aws"]["CloudWatchMetrics"]
    assert abs(whole["_aws"]["Timestamp"] / 1000 - time.time()) < 600
    assert (about["Namespace"], about["Dimensions"], whole["JobQueue"]) == ("awa-batch", [["JobQueue"]], "high")
    assert {one["Name"]: one["Unit"] for one in about["Metrics"]} == {
        "MemoryPeak": "Bytes", "CpuTime": "Seconds", "WallTime": "Seconds", "MeanCores": "Count",
    }  # fmt: skip
    used = line(lines[-1])  # as `awa-batch usage` reads it
    assert [whole[name] for name in ("MemoryPeak", "CpuTime", "WallTime", "MeanCores")] == [
        used[name] for name in ("memory_peak_bytes", "cpu_seconds", "wall_seconds", "mean_cores")
    ]


def test_without_a_queue_there_are_no_metrics(image: Image) -> None:
    _, lines = image.run("wrapper", "print('hi')", AWA_BATCH_USAGE="metric", AWS_BATCH_JQ_NAME="")
    assert set(json.loads(lines[-1])) == {"awa_batch_usage"}


def test_below_a_process_that_measures_the_wrapper_writes_none(image: Image) -> None:
    command = [sys.executable, "-m", "awa_runtime", sys.executable, str(image.folder / "run_batch.py"), "known"]
    (image.folder / "jobs/known/run_batch.py").write_text("print('hi')")
    variables = {**os.environ, "PYTHONPATH": str(RUNTIME), "AWS_BATCH_JOB_ID": "abc"}
    output = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    assert output.count("awa_batch_usage") == 1


def test_a_closed_standard_output_does_not_fail_a_job(image: Image) -> None:
    process = image.start("wrapper", "import os\nos.close(1)\n")
    process.communicate(timeout=20)
    assert process.returncode == 0


class _Metadata(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"Image": f"registry/repository@sha256:{'ab' * 32}"}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_image_is_what_ecs_says_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Metadata)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"http://127.0.0.1:{server.server_port}/v4/abc")
    assert usage(0)["image"] == f"sha256:{'ab' * 32}"
    thread.join()
    server.server_close()
    assert "image" not in usage(0)  # nobody answers


def test_it_takes_less_than_5_ms_and_2_mb() -> None:
    usage(0)
    took = []
    for _ in range(20):
        start = time.perf_counter()
        usage(0)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.005
    code = (
        "import json, logging, pathlib, threading, typing, resource\n"
        "def now(): return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()\n"
        "before = now()\nimport awa_runtime.usage\nawa_runtime.usage.usage(0)\nprint(now() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(RUNTIME)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 2 * MIB


def test_it_imports_nothing_heavy() -> None:
    code = "import sys, awa_runtime.supervise; print({'pydantic', 'logging', 'socket'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(RUNTIME)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "set()\n"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_BATCH_JOB_ID", "abc")
    folder = tmp_path / "proc"
    (folder / "1").mkdir(parents=True)
    (folder / "self").mkdir()
    (folder / "1/environ").write_bytes(b"A=1\0AWS_BATCH_JOB_ID=abc\0")
    (folder / "self/cgroup").write_text("0::/\n")
    return folder


@pytest.mark.parametrize("below", ["", "system.slice/docker-1.scope/"])
def test_version_2_of_cgroups(tmp_path: Path, proc: Path, below: str) -> None:
    (proc / "self/cgroup").write_text(f"0::/{below.rstrip('/')}\n")
    files = {
        "memory.current": "1\n", "memory.peak": "5000\n", "memory.stat": "anon 10\ninactive_file 1200\n",
        "cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
        "io.stat": "8:0 rbytes=100 wbytes=7 rios=1\n8:16 rbytes=20 wbytes=3\n",
        "memory.events": "low 0\noom 1\noom_kill 2\n",
    }  # fmt: skip
    root = tmp_path / "cgroup"
    (root / below).mkdir(parents=True)
    for name, text in files.items():
        (root / below / name).write_text(text)
    assert cgroup.counted(root, proc) == cgroup.Counted(2, 5000, 1200, 2_500_000, 120, 10, 2)
    (root / below / "memory.peak").unlink()  # Linux before 5.19
    found = cgroup.counted(root, proc)
    assert found is not None
    assert (found.memory_peak, found.cpu_microseconds) == (None, 2_500_000)


def test_version_1_of_cgroups(tmp_path: Path, proc: Path) -> None:
    (proc / "self/cgroup").write_text("4:memory:/ecs/a/b\n3:cpu,cpuacct:/ecs/a/b\n2:blkio:/ecs/a/b\n")
    files = {
        "memory/memory.usage_in_bytes": "1", "memory/memory.max_usage_in_bytes": "6000",
        "memory/memory.stat": "cache 9\ntotal_inactive_file 40\n", "memory/memory.oom_control": "oom_kill 0\n",
        "cpu,cpuacct/cpuacct.usage": "3000000000\n",
        "blkio/blkio.throttle.io_service_bytes": "8:0 Read 50\n8:0 Write 60\n8:16 Read 1\nTotal 111\n",
    }  # fmt: skip
    root = tmp_path / "cgroup"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    assert cgroup.counted(root, proc) == cgroup.Counted(1, 6000, 40, 3_000_000, 51, 60, 0)


def test_a_cgroup_that_others_share_is_not_the_jobs(tmp_path: Path, proc: Path) -> None:
    (tmp_path / "memory.current").write_text("1")
    (tmp_path / "cpu.stat").write_text("usage_usec 1\n")
    assert cgroup.counted(tmp_path, proc) is not None
    (proc / "1/environ").write_bytes(b"AWS_BATCH_JOB_ID=abcd\0")
    assert cgroup.counted(tmp_path, proc) is None
    (proc / "1/environ").unlink()
    assert cgroup.counted(tmp_path, proc) is None
