"""`awa-batch submit` and the classic scripts on a running local Batch: what they say of a job is what runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests
from offered import ROOT, Offered


@pytest.fixture(scope="module")
def offered(process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Offered:
    return Offered(process_aws, tmp_path_factory.mktemp("offered"), "sh", "-c", "env")


def variables(offered: Offered, job_id: str) -> dict[str, str]:
    lines = offered.aws.lines(offered.aws.wait(job_id))
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_variables_come_from_everywhere_and_the_nearest_wins(offered: Offered, tmp_path: Path) -> None:
    (tmp_path / "file.env").write_text("# comment\nFROM=file\nexport B='b b'\nFILE=1\n")
    (tmp_path / "overrides.json").write_text(
        json.dumps({"environment": [{"name": "FROM", "value": "overrides"}, {"name": "O", "value": "1"}]})
    )
    done = offered.run(
        "submit", "ec2-sample", "--wait", "--env-file", str(tmp_path / "file.env"), "--environment",
        '{"FROM": "json", "N": 5}', "--env", "FROM=flag",
        "--container-overrides-file", str(tmp_path / "overrides.json"),
    )  # fmt: skip
    seen = variables(offered, done.stdout.strip())
    assert {name: seen[name] for name in ("FROM", "B", "FILE", "N", "O")} == {
        "FROM": "flag",
        "B": "b b",
        "FILE": "1",
        "N": "5",
        "O": "1",
    }


def test_a_large_config_lies_in_s3_before_the_job_starts(offered: Offered, tmp_path: Path) -> None:
    config = {"text": "x" * 9000}
    (tmp_path / "config.json").write_text(json.dumps(config))
    shown = offered.run("submit", "ec2-sample", "--config", str(tmp_path / "config.json"), "--dry-run", "-o", "json")
    (upload,) = json.loads(shown.stdout)["uploads"]
    assert (
        "KeyCount" not in offered.s3.list_objects_v2(Bucket=offered.bucket, Prefix="submit/").get("Contents", [{}])[0]
    )
    assert not offered.s3.list_objects_v2(Bucket=offered.bucket, Prefix="submit/").get("Contents")
    done = offered.run("submit", "ec2-sample", "--config", str(tmp_path / "config.json"), "--wait")
    uri = variables(offered, done.stdout.strip())["CONFIG_JSON"]
    assert uri == upload["uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    assert json.loads(offered.s3.get_object(Bucket=bucket, Key=key)["Body"].read()) == config


def test_each_row_is_a_child(offered: Offered, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("name\na\nb\nc\n")
    done = offered.run("submit", "ec2-sample", "--each", str(tmp_path / "items.csv"), "--wait")
    job_id = done.stdout.strip()
    assert offered.aws.job(job_id)["arrayProperties"]["size"] == 3
    uri = variables(offered, f"{job_id}:2")["AWA_BATCH_MANIFEST"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    rows = offered.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert [json.loads(row) for row in rows.splitlines()] == [{"name": "a"}, {"name": "b"}, {"name": "c"}]
    assert offered.s3.head_object(Bucket=bucket, Key=f"{key}.index")["ContentLength"] == 4 * 8


def test_once_submits_once_however_often_and_from_wherever(offered: Offered, tmp_path: Path) -> None:
    words = ("submit", "ec2-sample", "--once", "nightly/2026-11-24")
    first = offered.run(*words).stdout
    again = offered.run(*words)
    assert again.stdout == first
    assert "was submitted before" in again.stderr
    elsewhere = offered.run(*words, AWA_BATCH_STATE_DIR=str(tmp_path / "another-machine"))
    assert elsewhere.stdout == first
    assert offered.run("submit", "ec2-sample", "--once", "nightly/2026-11-25").stdout != first
    (tmp_path / "rows.jsonl").write_text("1\n" * 10_001)
    assert "it would not be sent again" in offered.run(*words, "--dry-run").stderr
    other = offered.run(*words, "--each", str(tmp_path / "rows.jsonl"), code=2)
    assert "--once nightly/2026-11-24 was used for another submission" in other.stderr


def test_an_array_is_a_line_of_a_run_and_is_found_by_its_name(offered: Offered, tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_text(
        '{"array": 2, "sequential": true, "container_overrides": {"command": ["sh", "-c", "echo $ONE"]}, '
        '"env": {"ONE": "1"}}\n{"name": "single", "timeout": 60}\n'
    )
    words = ("submit", "ec2-sample", "--from", str(tmp_path / "jobs.jsonl"), "--run", "with-an-array")
    array, single = offered.run(*words).stdout.split()
    assert offered.aws.wait(array)["arrayProperties"]["size"] == 2
    assert offered.aws.lines(offered.aws.job(f"{array}:1")) == ["1"]
    assert offered.aws.wait(single)["timeout"] == {"attemptDurationSeconds": 60}
    elsewhere = offered.run(*words, AWA_BATCH_STATE_DIR=str(tmp_path / "another-machine"))
    assert elsewhere.stdout.split() == [array, single]
    assert "2 of 2 jobs of this run are there already." in elsewhere.stderr


def test_two_processes_with_one_key_make_one_job(offered: Offered) -> None:
    command = [sys.executable, "-m", "awa_batch", "submit", "ec2-sample", "--once", "together"]
    both = [subprocess.Popen(command, env=offered.env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = {process.communicate(timeout=60)[0] for process in both}
    assert len(printed) == 1
    assert all(process.returncode == 0 for process in both)


def test_dependencies_by_reference_and_in_order(offered: Offered) -> None:
    first = offered.run("submit", "ec2-sample", "--array", "3").stdout.strip()
    second = offered.run("submit", "ec2-sample", "--array", "3", "--depends-on", "@last:N_TO_N").stdout.strip()
    third = offered.run("submit", "fargate-sample", "--depends-on", f"{first},@last", "--wait").stdout.strip()
    assert offered.aws.job(second)["dependsOn"] == [{"jobId": first, "type": "N_TO_N"}]
    assert [entry["jobId"] for entry in offered.aws.job(third)["dependsOn"]] == [first, second]
    ordered = offered.run("submit", "ec2-sample", "--array", "2", "--sequential", "--wait").stdout.strip()
    children = [offered.aws.job(f"{ordered}:{index}") for index in (0, 1)]
    assert children[0]["stoppedAt"] <= children[1]["startedAt"]


def test_what_aws_would_refuse_or_fail_is_refused_before(offered: Offered) -> None:
    def refusal(*words: str) -> str:
        return offered.run("submit", *words, code=2).stderr

    assert "--depends-on nothing: AWS Batch has no such job" in refusal("ec2-sample", "--depends-on", "nothing")
    # A shell variable that is not set must not leave a dependency out, or name another job.
    assert "--depends-on: the value is empty." in refusal("ec2-sample", "--depends-on", "")
    assert "--queue: the value is empty." in refusal("ec2-sample", "--queue", "")
    assert "JOB_ID: the value is empty" in offered.run("retry", "", code=2).stderr
    assert "JOB_ID: the value is empty" in offered.run("cancel", "", code=2).stderr
    assert "--gpu 1: Fargate has no GPUs" in refusal("fargate-sample", "--gpu", "1")
    assert "Use --platform-version LATEST" in refusal("fargate-sample", "--platform-version", "1.3.0")
    assert "--detach does not wait, and --wait does" in refusal("ec2-sample", "--detach", "--wait")
    assert "--as json says how a dry run" in refusal("ec2-sample", "--as", "json")
    batch = offered.aws.batch
    batch.update_job_queue(jobQueue=offered.queues["fargate"], state="DISABLED")
    try:
        assert f"--queue {offered.queues['fargate']} is DISABLED" in refusal("fargate-sample")
        assert "is DISABLED" in refusal("fargate-sample", "--dry-run")
    finally:
        batch.update_job_queue(jobQueue=offered.queues["fargate"], state="ENABLED")


def test_only_the_named_causes_are_tried_again(offered: Offered) -> None:
    def attempts(*words: str, code: int) -> int:
        done = offered.run("submit", "ec2-sample", "--wait", *words, code=code)
        return len(offered.aws.job(done.stdout.strip())["attempts"])

    assert attempts("--retry-on", "exit:7", "--", "sh", "-c", "exit 7", code=7) == 3
    assert attempts("--retry-on", "exit:7,spot", "--attempts", "4", "--", "sh", "-c", "exit 7", code=7) == 4
    assert attempts("--retry-on", "exit:7", "--", "sh", "-c", "exit 8", code=8) == 1
    assert attempts("--retry-on", "start,spot", "--", "no-such-command", code=1) == 3
    assert attempts("--retry-on", "start", "--", "sh", "-c", "exit 7", code=7) == 1


def test_the_dry_run_for_the_aws_command_is_what_it_takes(offered: Offered, tmp_path: Path) -> None:
    from bench.peers import aws_command

    words = ("submit", "ec2-sample", "--dry-run", "--as", "awscli", "--tags", "team=a", "--", "true")
    file = tmp_path / "request.json"
    file.write_text(offered.run(*words).stdout)
    command = [
        str(aws_command()),
        "batch",
        "submit-job",
        "--cli-input-json",
        f"file://{file}",
        "--region",
        "ap-northeast-1",
    ]
    done = subprocess.run(command, env=offered.env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    job = offered.aws.wait(json.loads(done.stdout)["jobId"])
    assert (job["status"], job["tags"]["team"]) == ("SUCCEEDED", "a")


# --------------------------------------------------------------- classic scripts
def classic(offered: Offered, script: str, kind: str, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return offered.run(
        f"scripts/submit_{script}_job.py", "--job-queue", offered.queues[kind], "--job-definition",
        offered.definitions[kind], *words, code=code, AWA_BATCH_CONTRACT="",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["ec2", "fargate"])
def test_a_classic_script_runs_a_job_with_facts_from_aws(offered: Offered, kind: str, tmp_path: Path) -> None:
    (tmp_path / "parameters.json").write_text('{"word": "hello", "settings": {"a": 1}}')
    done = classic(
        offered, kind, kind, "--wait", "--parameters-file", str(tmp_path / "parameters.json"), "--environment",
        '[{"name": "A", "value": "1"}]', "--tags", '{"team": "a"}',
        "--command", '["echo", "Ref::word", "Ref::settings"]',
    )  # fmt: skip
    job = offered.aws.job(done.stdout.strip())
    assert job["jobName"].startswith(f"{kind}-job-")
    assert offered.aws.lines(job) == ['hello {"a":1}']
    assert job["tags"]["team"] == "a"


def test_a_classic_script_reads_its_variables(offered: Offered) -> None:
    shown = offered.run(
        "scripts/submit_fargate_job.py", "--dry-run", "--as", "awscli", AWA_BATCH_CONTRACT="",
        AWS_BATCH_JOB_QUEUE=offered.queues["fargate"], AWS_BATCH_JOB_DEFINITION=offered.definitions["fargate"],
        AWS_BATCH_JOB_NAME_PREFIX="nightly", AWS_BATCH_SCHEDULING_PRIORITY="0", AWS_REGION="ap-northeast-1",
    )  # fmt: skip
    request = json.loads(shown.stdout)
    assert request["jobName"].startswith("nightly-")
    assert request["schedulingPriorityOverride"] == 0
    assert request["jobDefinition"].endswith(f"/{offered.definitions['fargate']}:1")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--job-queue", "no-such-queue"), "--job-queue no-such-queue: there is no such job queue in ap-northeast-1."),
        (("--job-definition", "none"), "--job-definition none: there is no such ACTIVE job definition"),
        (("--job-definition", "none:3"), "--job-definition none:3: there is no such revision"),
        (("--array-size", "1"), "--array-size 1: an array has 2 to 10000 children."),
        (("--vcpu", "3"), "--vcpu 3: Fargate has no such size."),
        (("--job-name-prefix", "a b"), "--job-name-prefix 'a b' is not a job name"),
        (("--share-identifier", "a"), "--share-identifier a: the queue"),
        (("--environment", "{"), "--environment: line 1 column 2:"),
        (("--job-queue", ""), "--job-queue: the value is empty."),
        (("--job-definition", " "), "--job-definition: the value is empty."),
    ],
)
def test_a_classic_script_names_its_own_flags(offered: Offered, words: tuple[str, ...], what: str) -> None:
    refused = classic(offered, "fargate", "fargate", *words, code=2)
    assert what in refused.stderr
    assert refused.stdout == ""


def test_a_classic_script_checks_a_configuration_against_the_jobs_model(offered: Offered, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"inputFile": "a"}')
    words = ("--config", str(tmp_path / "config.json"), "--", "python", "run_batch.py", "version_test")
    refused = classic(offered, "ec2", "ec2", *words, code=2)
    assert f"--config {tmp_path / 'config.json'}: outputPath: Field required (and 2 more)." in refused.stderr


def test_the_defaults_are_those_of_dev() -> None:
    for kind in ("fargate", "ec2"):
        script = ROOT / "scripts" / f"submit_{kind}_job.py"
        done = subprocess.run(
            [sys.executable, str(script), "--help"], capture_output=True, text=True, check=False, env={}
        )
        words = " ".join(done.stdout.split()).replace("- ", "-")
        assert done.returncode == 0, done.stderr
        for default in (f"{kind}-job", f"awa-batch-dev-{kind}-high-priority", f"awa-batch-dev-{kind}-sample"):
            assert f"default: {default}]" in words
        assert "env var: AWS_REGION; default: ap-northeast-1" in words
