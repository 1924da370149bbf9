"""`submit --image` on a running local Batch: another image runs, by a definition that is registered once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests
from offered import Offered

from awa_batch.api import connect
from local_batch.options import PROCESS_REGISTRY
from local_batch.state import PROCESS_IMAGES

DIGEST = "cd" * 32
IMAGE = f"{PROCESS_REGISTRY}/test@sha256:{DIGEST}"


def process_image(state: Path, digest: str) -> None:
    folder = state / PROCESS_IMAGES / digest
    (folder / "app").mkdir(parents=True, exist_ok=True)
    about = {
        "name": "test", "digest": f"sha256:{digest}", "env": {"FROM_IMAGE": "the other"}, "working_dir": "app",
        "command": ["true"],
    }  # fmt: skip
    (folder / "image.json").write_text(json.dumps(about))


@pytest.fixture
def offered(process_aws: LocalBatch, tmp_path: Path) -> Iterator[Offered]:
    """Definitions of its own for each test; what is derived from them is counted."""
    found = Offered(
        process_aws, tmp_path, "sh", "-c", 'echo "${FROM_IMAGE:-the released} ${AWS_BATCH_JOB_ARRAY_INDEX:-}"'
    )
    for state in (process_aws.state_dir, tmp_path / "state"):  # here one, in an environment the same
        process_image(state, DIGEST)
    yield found
    for one in derived(found):
        process_aws.batch.deregister_job_definition(jobDefinition=one["jobDefinitionArn"])


def derived(offered: Offered) -> list[dict[str, Any]]:
    """Return all ACTIVE definitions that were derived from this test's own."""
    pages = offered.aws.batch.get_paginator("describe_job_definitions").paginate(status="ACTIVE")
    starts = tuple(f"{name}-image-" for name in offered.definitions.values())
    return [one for page in pages for one in page["jobDefinitions"] if one["jobDefinitionName"].startswith(starts)]


def lines(offered: Offered, job_id: str) -> list[str]:
    return [line.strip() for line in offered.aws.lines(offered.aws.wait(job_id))]


@pytest.mark.parametrize("kind", ["ec2", "fargate"])
def test_a_job_an_array_and_a_run_have_one_definition(offered: Offered, kind: str, tmp_path: Path) -> None:
    words = ("submit", f"{kind}-sample", "--image", IMAGE)
    first = offered.run(*words, "--tag", "team=a")
    job_id = first.stdout.strip()
    assert lines(offered, job_id) == ["the other"]
    (one,) = derived(offered)
    name, base = one["jobDefinitionName"], offered.definitions[kind]
    assert name == f"{base}-image-{DIGEST[:12]}-1"
    assert f"Registered the job definition {name}:1." in first.stderr
    (own,) = offered.aws.batch.describe_job_definitions(jobDefinitions=[f"{base}:1"])["jobDefinitions"]
    assert one["tags"] == {"awa-batch:base": own["jobDefinitionArn"], "awa-batch:image": IMAGE}
    differs = {"jobDefinitionName", "jobDefinitionArn", "tags", "containerProperties"}
    assert {key: value for key, value in one.items() if key not in differs} == {
        key: value for key, value in own.items() if key not in differs
    }
    assert one["containerProperties"] == {**own["containerProperties"], "image": IMAGE}
    job = offered.aws.job(job_id)
    if kind == "fargate":
        return  # the rest is the same on both
    assert job["jobDefinition"] == one["jobDefinitionArn"]
    assert (job["tags"]["team"], job["tags"]["awa-batch:image"]) == ("a", IMAGE)

    array = offered.run(*words, "--array", "2").stdout.strip()
    offered.aws.wait(array)
    assert [lines(offered, f"{array}:{index}") for index in (0, 1)] == [["the other 0"], ["the other 1"]]
    file = tmp_path / "jobs.jsonl"
    file.write_text(f'{{"image": "{IMAGE}"}}\n{{"name": "released"}}\n{{"image": "{IMAGE}", "array": 2}}\n')
    run = ("submit", f"{kind}-sample", "--from", str(file), "--run", f"images-{kind}-{base}")
    other, released, of_array = offered.run(*run).stdout.split()
    assert lines(offered, other) == ["the other"]
    assert lines(offered, released) == ["the released"]
    offered.aws.wait(of_array)
    assert lines(offered, f"{of_array}:1") == ["the other 1"]
    assert offered.run(*run).stdout.split() == [other, released, of_array]
    assert len(derived(offered)) == 1

    assert DIGEST[:12] in offered.run("status", job_id, released).stdout
    assert json.loads(offered.run("status", released, "-o", "json").stdout)[0]["image"] is None
    why = offered.run("why", job_id).stdout
    assert f"the image {DIGEST[:12]} that it was given" in " ".join(why.split())
    again = offered.run("retry", job_id).stdout.strip()
    assert offered.aws.job(again)["jobDefinition"] == one["jobDefinitionArn"]
    assert offered.aws.job(again)["tags"] == job["tags"]
    assert lines(offered, again) == ["the other"]


def test_a_second_one_of_the_name_is_no_newer_revision(offered: Offered) -> None:
    words = ("submit", "ec2-sample", "--image", IMAGE, "--wait", "--", "sh", "-c", "exit 3")
    job_id = offered.run(*words, code=3).stdout.strip()
    (one,) = derived(offered)
    members = ("jobDefinitionName", "type", "containerProperties", "tags", "platformCapabilities")
    offered.aws.batch.register_job_definition(**{member: one[member] for member in members if member in one})
    explained = json.loads(offered.run("why", job_id, "-o", "json").stdout)
    assert explained["newer"] is None
    assert "--latest" not in offered.run("retry", job_id, "--dry-run").stderr
    refused = offered.run("retry", job_id, "--latest", code=2).stderr
    assert "--latest: the job ran on an image that it was given" in refused
    # The newest of those that are alike is taken, and no third one is made.
    assert offered.aws.job(offered.run(*words, code=3).stdout.strip())["jobDefinition"].endswith(":2")
    assert len(derived(offered)) == 2


def test_a_dry_run_registers_nothing_and_says_what_it_would(offered: Offered, tmp_path: Path) -> None:
    words = ("submit", "ec2-sample", "--image", IMAGE)
    base = offered.definitions["ec2"]
    shown = offered.run(*words, "--dry-run", "-o", "json")
    name = f"{base}-image-{DIGEST[:12]}-1"
    would = f"It would first register the job definition {name}: {base}:1 with the image {IMAGE}."
    assert would in shown.stderr
    assert json.loads(shown.stdout)["request"]["jobDefinition"] == name
    assert json.loads(shown.stdout)["image"] == IMAGE
    (tmp_path / "jobs.jsonl").write_text(f'{{"image": "{IMAGE}"}}\n' * 2)
    run = offered.run("submit", "ec2-sample", "--from", str(tmp_path / "jobs.jsonl"), "--run", "dry", "--dry-run")
    assert run.stderr.count(would) == 1
    assert derived(offered) == []
    offered.run(*words)
    (one,) = derived(offered)
    there = offered.run(*words, "--dry-run", "-o", "json")
    assert "would first register" not in there.stderr
    assert json.loads(there.stdout)["request"]["jobDefinition"] == one["jobDefinitionArn"]


def test_what_cannot_run_is_refused_and_nothing_is_registered(offered: Offered) -> None:
    def refusal(image: str, code: int = 2, **env: str) -> str:
        return offered.run("submit", "ec2-sample", "--image", image, code=code, **env).stderr

    assert "image list -o json" in refusal(f"{PROCESS_REGISTRY}/test:1.0")
    assert "does not name an image by its digest" in refusal(f"{PROCESS_REGISTRY}/test@sha256:cd")
    contract = json.loads(offered.contract.read_text())
    closed = offered.folder / "closed.json"
    closed.write_text(json.dumps({**contract, "unreleased_code": False}))
    refused = refusal(IMAGE, AWA_BATCH_CONTRACT=str(closed))
    assert "runs released images alone (unreleased_code = false)" in refused
    assert derived(offered) == []
    # The released one, by its digest, is no other.
    done = offered.run("submit", "ec2-sample", "--image", offered.aws.image)
    assert lines(offered, done.stdout.strip()) == ["the released"]
    assert derived(offered) == []


def test_two_at_once_make_two_jobs_and_one_key_one(offered: Offered) -> None:
    command = [sys.executable, "-m", "awa_batch", "submit", "ec2-sample", "--image", IMAGE]

    def together(*words: str) -> list[str]:
        both = [subprocess.Popen([*command, *words], env=offered.env, stdout=subprocess.PIPE, text=True) for _ in "12"]
        printed = [process.communicate(timeout=120)[0].strip() for process in both]
        assert all(process.returncode == 0 for process in both)
        return printed

    jobs = together()
    assert len(set(jobs)) == 2
    assert len(set(together("--once", "key"))) == 1
    assert [lines(offered, job_id) for job_id in jobs] == [["the other"]] * 2
    assert len(derived(offered)) in (1, 2)  # both may have looked before one had registered


def test_a_classic_script_and_python_take_it_too(offered: Offered, monkeypatch: pytest.MonkeyPatch) -> None:
    done = offered.run(
        "scripts/submit_ec2_job.py", "--job-queue", offered.queues["ec2"], "--job-definition",
        offered.definitions["ec2"], "--image", IMAGE, AWA_BATCH_CONTRACT="",
    )  # fmt: skip
    assert lines(offered, done.stdout.strip()) == ["the other"]
    for name, value in offered.env.items():
        if name.startswith(("AWA_BATCH", "AWS_")):
            monkeypatch.setenv(name, value)
    job = connect("local").submit("ec2-sample", image=IMAGE)
    assert job.wait(timeout=60, check=True).image == DIGEST[:12]
    assert [line.message.strip() for line in job.logs()] == ["the other"]
    assert len(derived(offered)) == 1
