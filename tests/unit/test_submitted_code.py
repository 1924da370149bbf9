"""`submit --code`: what is packed, what is sent, what is refused, and how a job has it."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.images.code import pack_code
from awa_batch.job import JobSpec
from awa_batch.request import build_request
from awa_batch.request.code import _upload
from awa_batch.submission.jobfile import read_jobs
from awa_batch.submission.plan import plan

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "container" / "runtime"))

from awa_runtime.code import CodeError, submitted_code  # noqa: E402 - the image has it installed


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    for name, text in {
        "container/latest/run_batch.py": "print('entry')\n",
        "container/latest/Dockerfile": "FROM x\n",
        "container/runtime/awa_runtime/__init__.py": "",
        "jobs/mine/run_batch.py": "print('mine')\n",
        "jobs/mine/README.md": "read\n",
        "jobs/mine/test_mine.py": "",
        "jobs/mine/data.src/large.dat": "x",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    pack_code.cache_clear()
    _upload.cache_clear()
    return root


def names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return files.getnames()


def test_what_would_go_into_the_image_is_packed(clone: Path) -> None:
    assert names(pack_code(clone)) == ["awa_runtime/__init__.py", "jobs/mine/run_batch.py", "run_batch.py"]


def test_the_same_files_give_the_same_bytes(clone: Path) -> None:
    first = pack_code(clone)
    pack_code.cache_clear()
    (clone / "jobs/mine/run_batch.py").touch()
    assert pack_code(clone) == first
    assert first[4:8] == b"\0\0\0\0"
    pack_code.cache_clear()
    (clone / "jobs/mine/run_batch.py").write_text("print('other')\n")
    assert pack_code(clone) != first


def test_too_much_is_refused(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_CODE_MIB", "0.0001")
    with pytest.raises(UsageError, match="are the most"):
        pack_code(clone)
    monkeypatch.setenv("AWA_BATCH_CODE_MIB", "much")
    with pytest.raises(UsageError, match="is not a number of MiB"):
        pack_code(clone)


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a clone"):
        pack_code(tmp_path)


def spec(clone: Path, *command: str) -> JobSpec:
    return JobSpec(definition="ec2-sample", command=list(command) or None, code=str(clone))


def test_a_request_names_the_archive_and_shows_it_in_its_tags(contract: Contract, clone: Path) -> None:
    request = build_request(contract, spec(clone, "python", "run_batch.py", "mine"))
    (upload,) = request.uploads
    assert request.container_overrides["environment"] == [{"name": "AWA_BATCH_CODE_ARCHIVE", "value": upload.uri}]
    assert upload.body == pack_code(clone)
    assert request.submit_job["tags"] == {"awa-batch:code": upload.key.removeprefix("submit/")[:12]}
    assert request.submit_job["propagateTags"] is True


def test_all_jobs_of_a_run_have_one_archive(contract: Contract, clone: Path, tmp_path: Path) -> None:
    line = json.dumps({"command": ["python", "run_batch.py", "mine"], "code": str(clone)})
    (tmp_path / "jobs.jsonl").write_text(f"{line}\n{line}\n")
    planned = plan(contract, read_jobs(tmp_path / "jobs.jsonl"), "run", queue=None, definition="ec2-sample")
    first, second = (entry.request.uploads[0] for entry in planned)
    assert first is second


def test_where_it_cannot_run_it_is_refused(contract: Contract, clone: Path) -> None:
    with pytest.raises(UsageError, match="only run_batch"):
        build_request(contract, spec(clone, "echo", "hello"))
    with pytest.raises(UsageError, match="runs released code alone"):
        build_request(replace(contract, unreleased_code=False), spec(clone))
    for name in ("AWA_BATCH_CODE_ARCHIVE", "AWA_BATCH_REPOSITORIES"):
        given = JobSpec(definition="ec2-sample", env={name: "x"})
        assert build_request(contract, given)
        with pytest.raises(UsageError, match=f"{name}: the environment .* runs released code alone"):
            build_request(replace(contract, unreleased_code=False), given)
    without = replace(contract, data_bucket=replace(contract.data_bucket, name=""))
    with pytest.raises(UsageError, match="needs a data bucket"):
        build_request(without, spec(clone))


@pytest.fixture
def archive(clone: Path, contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (upload,) = build_request(contract, spec(clone)).uploads
    file = tmp_path / Path(upload.key).name
    file.write_bytes(upload.body)
    monkeypatch.setenv("AWA_BATCH_CODE_ARCHIVE", str(file))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return file


def test_a_job_has_the_code_that_was_named(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = submitted_code()
    assert folder is not None
    assert (folder / "jobs/mine/run_batch.py").read_text() == "print('mine')\n"
    archive.unlink()  # what is there is not fetched again
    assert submitted_code() == folder
    monkeypatch.delenv("AWA_BATCH_CODE_ARCHIVE")
    assert submitted_code() is None


def test_other_bytes_are_refused_and_leave_nothing(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(gzip.compress(b"something else"))
    with pytest.raises(CodeError, match="is not what was submitted"):
        submitted_code()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_is_gone_or_no_archive_is_said(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.unlink()
    with pytest.raises(CodeError, match="is not there"):
        submitted_code()
    monkeypatch.setenv("AWA_BATCH_CODE_ARCHIVE", "s3://bucket/code.zip")
    with pytest.raises(CodeError, match=r"names no archive <SHA-256>\.tar\.gz"):
        submitted_code()


def test_no_member_climbs_out(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w:gz") as files:
        files.addfile(tarfile.TarInfo("../../outside"))
    named = tmp_path / f"{hashlib.sha256(found.getvalue()).hexdigest()}.tar.gz"
    named.write_bytes(found.getvalue())
    monkeypatch.setenv("AWA_BATCH_CODE_ARCHIVE", str(named))
    with pytest.raises(CodeError, match="cannot be unpacked"):
        submitted_code()
    assert not (tmp_path / "outside").exists()
    assert list((tmp_path / "tmp/awa-batch-code").iterdir()) == []
