"""The submit scripts of jobs/: what each would send, from a contract file, without a call."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.s3_concat.model import Config as ConcatConfig
from jobs.version_test.model import Config as VersionConfig

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "jobs"
CONTRACT = ROOT / "tests/data/contract.json"
BUCKET = "awa-batch-local-data-123456789012"
MODELS = {"s3_concat": ConcatConfig, "version_test": VersionConfig}
SCRIPTS = sorted(str(path.relative_to(JOBS)) for path in JOBS.glob("*/*submit*job*.py"))


def run(script: str, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AWA_BATCH_"))}
    return subprocess.run(
        [sys.executable, str(JOBS / script), *args],
        env={**kept, "AWA_BATCH_ROOT": str(ROOT), **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    """Return a function that runs a script's dry run, in this process, and returns the request that it prints."""

    def dry_run(script: str) -> dict[str, Any]:
        path = JOBS / script
        monkeypatch.setenv("AWA_BATCH_ROOT", str(ROOT))
        monkeypatch.setenv("AWA_BATCH_CONTRACT", str(CONTRACT))
        monkeypatch.setattr(sys, "argv", [str(path), "--dry-run", "--as", "awscli"])
        monkeypatch.syspath_prepend(str(path.parent))  # as Python does for a script
        monkeypatch.delitem(sys.modules, "config", raising=False)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(path), run_name="__main__")
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        value: dict[str, Any] = json.loads(printed.out)
        return value

    return dry_run


def test_there_is_a_script_for_every_way_to_submit() -> None:
    found = {script.removeprefix("version_test/") for script in SCRIPTS if script.startswith("version_test/")}
    assert found == {
        "ec2_simple_submit_job.py",
        "ec2_submit_array_job.py",
        "ec2_submit_job_with_overrides.py",
        "ec2_submit_job_with_params.py",
        "ec2_submit_resource_job.py",
        "fargate_simple_submit_job.py",
        "fargate_submit_array_job.py",
        "fargate_submit_job_with_env_override.py",
        "fargate_submit_job_with_overrides.py",
        "fargate_submit_job_with_params.py",
        "fargate_submit_resource_job.py",
    }
    assert "s3_concat/fargate_submit_job.py" in SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_sends_what_its_job_accepts(script: str, request_of: Callable[[str], dict[str, Any]]) -> None:
    job, name = script.split("/")
    sent = request_of(script)
    platform = name.split("_")[0]
    assert sent["jobQueue"].endswith(f":job-queue/awa-batch-local-{platform}-high-priority")
    assert sent["jobDefinition"].endswith(f":job-definition/awa-batch-local-{platform}-sample:1")
    overrides = sent["containerOverrides"]
    variables = {item["name"]: item["value"] for item in overrides.get("environment", [])}
    if "with_params" in name:
        # Ref::name is filled in from the parameters; the file that they name is in the image.
        words = [sent["parameters"].get(word.removeprefix("Ref::"), word) for word in overrides["command"]]
        assert words == ["python", "run_batch.py", job, "--param_json", f"jobs/{job}/parameters.json"]
        assert "CONFIG_JSON" not in variables
        return
    assert overrides["command"] == ["python", "run_batch.py", job]
    config = MODELS[job].model_validate_json(variables["CONFIG_JSON"])
    assert BUCKET in config.model_dump_json()


def test_arrays_overrides_and_resources_are_in_the_request(request_of: Callable[[str], dict[str, Any]]) -> None:
    assert request_of("version_test/ec2_submit_array_job.py")["arrayProperties"] == {"size": 3}
    overrides = request_of("version_test/fargate_submit_job_with_overrides.py")
    assert overrides["retryStrategy"] == {"attempts": 2}
    assert overrides["timeout"] == {"attemptDurationSeconds": 300}
    assert overrides["tags"] == {"purpose": "version_test"}
    resources = request_of("version_test/fargate_submit_resource_job.py")["containerOverrides"]["resourceRequirements"]
    assert resources == [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]


@pytest.mark.parametrize("script", ["s3_concat/fargate_submit_job.py", "version_test/ec2_simple_submit_job.py"])
def test_a_broken_contract_gives_two_lines_and_a_code(script: str, tmp_path: Path) -> None:
    broken = tmp_path / "contract.json"
    broken.write_text("{")
    done = run(script, AWA_BATCH_CONTRACT=str(broken))
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(broken) in done.stderr
    assert "Traceback" not in done.stderr


def fan_out(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("s3_concat/fan_out.py", *args, AWA_BATCH_CONTRACT=str(CONTRACT), **variables)


def test_a_fan_out_gives_its_jobs_what_they_accept(tmp_path: Path) -> None:
    shown = json.loads(fan_out("--shards", "3", "--dry-run").stdout)["settings"]
    assert [(one["shards"], one["stage"]) for one in shown] == [(3, "shard"), (3, "final")]
    prefixes = tmp_path / "prefixes.txt"
    prefixes.write_text("data/a/\n\n data/b/c \n")
    each = json.loads(fan_out("--each", str(prefixes), "--dry-run").stdout)
    assert each["prefixes"] == ["data/a/", "data/b/c"]
    for settings in (*shown, *each["settings"]):
        assert ConcatConfig.model_validate(settings).bucket == BUCKET


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--shards", "1"], "--shards 1 is not from 2 to 10000"),
        (["--shards", "x"], "invalid int value"),
        ([], "--shards --each is required"),
        (["--each", "/nowhere"], "--each /nowhere: cannot be read"),
        (["--each", "/dev/null"], "there is no prefix in it"),
        (["--shards", "2", "--env-name", "no-such"], "no-such"),
    ],
    ids=["one", "word", "nothing", "missing", "empty", "environment"],
)
def test_a_fan_out_that_cannot_be_is_refused(args: list[str], reason: str) -> None:
    done = fan_out(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
