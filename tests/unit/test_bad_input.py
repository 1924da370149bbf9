"""Bad input, all of it: two lines, the right exit code, and nothing done, whatever is said to whichever command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from bad_input import ROOT, BadFiles, Program, Started, Untouched, cases, programs, run
from toolkit_support import DATA

from awa_batch.applied import load_contract
from awa_batch.batch.clients import Clients

PROGRAMS = list(programs())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> BadFiles:
    return BadFiles(tmp_path_factory.mktemp("bad") / "files")


@pytest.fixture
def batch(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Untouched:
    """A clone with a contract; no call reaches anything, and no program may be started."""

    def started(*words: object, **_: object) -> NoReturn:
        raise Started(words)

    (project / "container/latest").mkdir(parents=True)
    (project / "container/latest/Dockerfile").write_text("ARG IMAGE_VERSION=1\n")
    (project / "jobs").mkdir()
    for job in (ROOT / "jobs").iterdir():
        (project / "jobs" / job.name).symlink_to(job)
    (tmp_path / "jobs.jsonl").write_text('{"definition": "ec2-sample"}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    load_contract("local")  # and what is kept of it
    client = Untouched()
    monkeypatch.setattr(Clients, "make", lambda *_, **__: client)
    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr(os, "execve", started)
    return client


def tree(folder: Path) -> set[str]:
    """Return all that is below a folder, but the contracts that are kept for the next read."""
    return {str(path) for path in folder.rglob("*") if "contracts" not in path.parts}


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_bad_input_ends_in_two_lines_and_nothing_done(
    program: Program, files: BadFiles, batch: Untouched, tmp_path: Path
) -> None:
    before = tree(tmp_path)
    found = []
    for case in cases(program, files):
        ended = run(program, case)
        made = tree(tmp_path) - before if case.wrong else set()
        changed = [*batch.changes, *(f"made {path}" for path in sorted(made))] if case.wrong else []
        fault = ended.fault(case) or ", ".join(changed)
        if fault:
            found.append(f"{program} {case}\n    {fault}\n    {ended.err[:300]!r}")
        before = tree(tmp_path)
        batch.changes.clear()
    assert not found, f"{len(found)}:\n" + "\n".join(found)


def test_every_command_is_in_it(files: BadFiles) -> None:
    assert len(PROGRAMS) > 50
    assert sum(1 for program in PROGRAMS for _ in cases(program, files)) > 1500
