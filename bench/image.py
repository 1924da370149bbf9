"""The image: a rebuild after a change of job code, its size over its base, and how long job code takes to begin."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from awa_batch.images.base_images import python_image
from awa_batch.images.build import build_image
from awa_batch.images.context import BASE_IMAGES, context_files
from awa_batch.images.docker_engine import Engine, engine_status, find_builder
from bench.peers import ROOT
from bench.timing import Sample, in_turns

JOB = "bench_first_line"


def run() -> Iterator[str]:
    """Compare with a ``docker build`` of one COPY on the same base, with that base, and with a bare ``docker run``."""
    status = engine_status(5)
    if status.engine is None:
        yield f"no container engine: {status.reason}"
        return
    engine = status.engine
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder, "project"), Path(folder, "state")
        for name in project_files():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        code = root / "jobs" / JOB / "run_batch.py"
        code.parent.mkdir()
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        base = python_image(root, "latest", engine, lambda _line: None)
        image = _rebuilt(root, state, engine, code)
        try:
            yield from _rebuild(root, state, engine, code, base)
            yield from _size(engine, image, base)
            yield from _start(engine, image)
        finally:
            _docker(engine, "image", "rm", "--force", image)


def project_files() -> list[str]:
    """Return what a build reads of this clone, relative to it."""
    return [*context_files(ROOT), "container/latest/Dockerfile", BASE_IMAGES, ".dockerignore"]


def _rebuilt(root: Path, state: Path, engine: Engine, code: Path) -> str:
    """Change the job's code and build; return the image's name."""
    code.write_text(f'print("first", flush=True)  # {uuid.uuid4()}\n', encoding="utf-8")
    return build_image("latest", root=root, engine=engine, state_dir=state, say=lambda _line: None).reference


def _rebuild(root: Path, state: Path, engine: Engine, code: Path, base: str) -> Iterator[str]:
    builder = find_builder(engine)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(f"FROM {base}\nCOPY code /code\n", encoding="utf-8")
        name = f"awa-batch-bench:{uuid.uuid4().hex[:8]}"

        def bare() -> None:
            Path(folder, "code").write_text(f"{uuid.uuid4()}\n", encoding="utf-8")
            subprocess.run(
                [*builder.arguments, "--tag", name, folder],
                env={**os.environ, **builder.environment},
                check=True,
                capture_output=True,
            )

        try:
            samples = in_turns({"ours": lambda: _rebuilt(root, state, engine, code), "peer": bare}, rounds=5)
        finally:
            _docker(engine, "image", "rm", "--force", name)
    ours, peer = samples["ours"], samples["peer"]
    yield f"rebuild after a change of job code   {ours.median:5.2f} s, at worst {ours.worst:.2f} s     (aim: at most 5)"
    yield f"docker build, one COPY               {peer.median:5.2f} s"


def _size(engine: Engine, image: str, base: str) -> Iterator[str]:
    ours, peer = (int(_docker(engine, "image", "inspect", "--format", "{{.Size}}", one)) / 1e6 for one in (image, base))
    over = ours - peer
    yield f"size of the image                    {ours:5.0f} MB, {over:.1f} MB over its base     (aim: at most 75)"
    yield f"size of {base:28} {peer:5.0f} MB"


def _start(engine: Engine, image: str) -> Iterator[str]:
    commands = {"ours": ("python", "run_batch.py", JOB), "peer": ("echo", "first")}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(-1, 11):
        for name, command in commands.items():
            taken = _to_first_line(engine, image, *command)
            if turn >= 0:
                seconds[name].append(taken)
    ours, peer = (Sample(name, tuple(seconds[name])).median for name in commands)
    over = ours - peer
    yield f"docker run, to a job's first line    {ours:5.2f} s, {over:.2f} s over the next     (aim: at most 0.6)"
    yield f"docker run, to echo's                {peer:5.2f} s"


def _to_first_line(engine: Engine, image: str, *command: str) -> float:
    """Return the seconds from the start of ``docker run`` to the first line that the command prints."""
    started = time.perf_counter()
    with subprocess.Popen(
        [str(engine.command), "run", "--rm", "--read-only", "--tmpfs", "/tmp", image, *command],  # noqa: S108
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 — PIPE was asked for
        line, taken = process.stdout.readline(), time.perf_counter() - started
        if line != "first\n" or process.wait() != 0:
            raise RuntimeError(f"{command} printed {line!r}")
    return taken


def _docker(engine: Engine, *words: str) -> str:
    done = subprocess.run([str(engine.command), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()
