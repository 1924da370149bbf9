"""ENV=local as a user has it: one real apply, the demo, an empty plan, every client, a lost server.

The tests of this file go through one environment's life, in its order, on a copy of this clone with a state of its own.
Each runs alone too: the demo that it needs is a fixture.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from environment_support import Project, opened_project
from guide_runs import Shell
from guide_scene import Scene

from local_batch.processes import started_at
from tests import guide_table


@pytest.fixture(scope="module", params=["process", "docker"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with opened_project(tmp_path_factory.mktemp(request.param), request.param) as made:
        yield made


@pytest.fixture(scope="module")
def demo(project: Project) -> subprocess.CompletedProcess[str]:
    """The first demo, which brings the environment up; with a job that the guides make in its image."""
    project.run("new-job", "my_job")
    return project.run("demo")


@pytest.fixture(scope="module")
def second_demo(project: Project, demo: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    before = project.server()
    done = project.run("demo")
    assert project.server() == before
    return done


def test_commands_before_up_say_what_to_run(project: Project) -> None:
    done = project.run("status", code=4)
    assert done.stdout == ""
    assert "make up" in done.stderr
    assert not project.state.exists() or not (project.state / "server.json").exists()


def test_demo_reaches_a_checked_result(project: Project, demo: subprocess.CompletedProcess[str]) -> None:
    assert "equals the joined sources" in demo.stderr
    rows = [line for line in demo.stdout.splitlines() if line.startswith(("s3_concat", "version_test"))]
    assert len(rows) == 2
    assert "fargate-high-priority" in rows[0]
    assert "ec2-high-priority" in rows[1]
    assert demo.stdout.count("awa-batch ") >= 3
    assert project.server()["runner"] == project.runner
    release = json.loads((project.root / "terraform/environments/local/release.auto.tfvars.json").read_text())
    image = release["release"]["images"]["latest"]["blue"]
    assert ("process.awa-batch.local/" in image) == (project.runner == "process")
    assert "@sha256:" in image


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("project", ["process"], indirect=True)  # what runs jobs makes no difference to it
def test_plan_after_apply_is_empty(project: Project) -> None:
    project.run("plan", "--detailed-exitcode")


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("project", ["process"], indirect=True)
def test_drift_is_what_somebody_else_has_changed(project: Project) -> None:
    batch, queue = project.client("batch"), "awa-batch-local-ec2-low-priority"
    (before,) = batch.describe_job_queues(jobQueues=[queue])["jobQueues"]
    batch.update_job_queue(jobQueue=queue, priority=before["priority"] + 1)
    try:
        _, row = project.run("drift", code=1).stdout.splitlines()
        assert row.split()[1:3] == ["update", "priority"]
        assert row.endswith("it was changed outside Terraform")
    finally:
        batch.update_job_queue(jobQueue=queue, priority=before["priority"])


def test_a_second_demo_reuses_everything(second_demo: subprocess.CompletedProcess[str]) -> None:
    assert "applying" not in second_demo.stderr
    assert "equals the joined sources" in second_demo.stderr


@pytest.mark.usefixtures("second_demo")
def test_boto3_aws_and_we_see_the_same_jobs(project: Project) -> None:
    ours = {job["job_id"]: job["status"] for job in json.loads(project.run("status", "-o", "json").stdout)}
    assert len(ours) == 4
    batch = project.client("batch")
    seen = {job["jobId"]: job["status"] for job in batch.describe_jobs(jobs=list(ours))["jobs"]}
    theirs = {job["jobId"]: job["status"] for job in project.aws("batch", "describe-jobs", "--jobs", *ours)["jobs"]}
    assert seen == theirs == ours
    assert set(ours.values()) == {"SUCCEEDED"}


@pytest.mark.usefixtures("demo")
def test_output_is_in_the_bucket_and_nothing_in_between(project: Project) -> None:
    bucket = json.loads(project.run("contract", "-o", "json").stdout)["data_bucket"]["name"]
    listed = project.aws("s3api", "list-objects-v2", "--bucket", bucket)["Contents"]
    keys = [entry["Key"] for entry in listed]
    assert [key for key in keys if key.startswith("out/")]
    assert all(key.startswith(("contract/", "data/", "out/", "submit/")) for key in keys)
    sources = list((project.root / "jobs/s3_concat/data.src").glob("*.dat"))
    assert len([key for key in keys if key.startswith("data/")]) == len(sources)


@pytest.mark.usefixtures("second_demo")
@pytest.mark.parametrize("project", ["process"], indirect=True)  # what runs jobs makes no difference to it
def test_a_fan_out_makes_what_one_job_makes(project: Project) -> None:
    from awa_batch.demo.objects import verify

    s3 = project.client("s3")
    bucket = json.loads(project.run("contract", "-o", "json").stdout)["data_bucket"]["name"]
    key = "out/s3_concat/weather.csv.gz"
    s3.delete_object(Bucket=bucket, Key=key)
    prefixes = project.root / "prefixes.txt"
    prefixes.write_text("data/s3_concat/weather-EWR\ndata/s3_concat/weather-JFK\n")
    for way in (["--shards", "3"], ["--each", str(prefixes)]):
        done = subprocess.run(
            [sys.executable, "jobs/s3_concat/fan_out.py", *way, "--wait"],
            env=project.env, cwd=project.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert verify(s3, bucket, key, project.root / "jobs/s3_concat/data.src")[0] == 2_294_215
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="out/s3_concat/")["Contents"]
    assert [item["Key"] for item in listed] == [
        "out/s3_concat/s3_concat/weather-EWR.gz", "out/s3_concat/s3_concat/weather-JFK.gz", key,
    ]  # fmt: skip


@pytest.mark.usefixtures("demo")
def test_a_failing_job_gives_its_exit_code_and_log(project: Project) -> None:
    done = project.run("submit", "ec2-sample", "--follow", "--", "sh", "-c", "echo before; exit 7", code=7)
    assert "before" in done.stderr
    job_id = done.stdout.strip()
    assert "before" in project.run("logs", job_id).stdout
    assert "exit code 7" in project.run("status", job_id).stdout


@pytest.mark.usefixtures("demo")
def test_parameters_that_are_wrong_are_refused_before_and_by_the_job(project: Project) -> None:
    wrong = project.root / "wrong.json"
    parameters = json.loads((project.root / "jobs/version_test/parameters.json").read_text())
    parameters["settings"]["batchSize"] = "many"
    wrong.write_text(json.dumps(parameters))
    run = ["--", "python", "run_batch.py", "version_test"]
    refused = project.run("submit", "fargate-sample", "--config", str(wrong), *run, code=2)
    assert (refused.stdout, "settings.batchSize" in refused.stderr) == ("", True)
    variable = f"CONFIG_JSON={wrong.read_text()}"
    refused = project.run("submit", "fargate-sample", "--env", variable, *run, code=2)
    assert (refused.stdout, "settings.batchSize" in refused.stderr) == ("", True)
    hidden = ["--", "sh", "-c", "exec python run_batch.py version_test"]  # which job it runs is not seen before
    done = project.run("submit", "fargate-sample", "--env", variable, "--follow", *hidden, code=2)
    assert "settings.batchSize" in done.stderr
    assert done.stdout.strip()


def reports(project: Project, job_id: str) -> dict[int | None, dict[str, Any]]:
    """Return what version_test logged, by the children's index (None: no array)."""
    size = json.loads(project.run("status", job_id, "-o", "json").stdout)[0]["array_size"]
    found = {}
    for index in range(size) if size else [None]:
        lines = project.run("logs", job_id if index is None else f"{job_id}:{index}").stdout.splitlines()
        found[index] = json.loads(next(line for line in lines if line.startswith('{"job":')))
    return found


def logged(batch: Any, logs: Any, job_id: str) -> dict[int | None, dict[str, Any]]:
    """Return the same as `reports`, asked of the API: a command for each child takes as long as all jobs together."""
    (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
    size = job.get("arrayProperties", {}).get("size")
    found = {}
    for index in range(size) if size else [None]:
        (one,) = batch.describe_jobs(jobs=[job_id if index is None else f"{job_id}:{index}"])["jobs"]
        definition = batch.describe_job_definitions(jobDefinitions=[one["jobDefinition"]])["jobDefinitions"][0]
        group = definition["containerProperties"]["logConfiguration"]["options"]["awslogs-group"]
        events = logs.get_log_events(logGroupName=group, logStreamName=one["container"]["logStreamName"])["events"]
        found[index] = json.loads(next(e["message"] for e in events if e["message"].startswith('{"job":')))
    return found


@pytest.mark.usefixtures("demo")
def test_all_eleven_scripts_run(project: Project) -> None:
    scripts = sorted((project.root / "jobs/version_test").glob("*_submit_*.py"))
    batch, logs = project.client("batch"), project.client("logs")
    assert len(scripts) == 11

    def run(script: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script), "--wait"],
            env=project.env, cwd=project.root, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        ran = dict(zip([script.stem for script in scripts], pool.map(run, scripts), strict=True))
    for name, done in ran.items():
        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert len(done.stdout.splitlines()) == 1, name
    origin = {entry["jobId"]: entry for entry in history(project)}
    for name, done in ran.items():
        job_id = done.stdout.strip()
        assert origin[job_id]["origin"] == f"{name}.py"
        found = logged(batch, logs, job_id)
        assert (len(found) > 1) == ("array" in name)
        for index, report in found.items():
            assert report["array_index"] == index, name
            assert report["queue"].endswith(
                "-ec2-high-priority" if name.startswith("ec2") else "-fargate-high-priority"
            )
            assert report["parameters"]["settings"]["modelType"], name
            assert report["image"]["version"], name


def history(project: Project) -> list[dict[str, Any]]:
    lines = (project.state / "history" / "local.jsonl").read_text().splitlines()
    return [{**json.loads(line), "jobId": json.loads(line)["job_id"]} for line in lines]


@pytest.mark.usefixtures("demo")
def test_a_classic_script_with_local_names_never_goes_to_an_account(project: Project) -> None:
    def classic(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "scripts/submit_ec2_job.py", "--job-queue", "awa-batch-local-ec2-high-priority", *words],
            env=project.env, cwd=project.root, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    done = classic("--job-definition", "awa-batch-local-ec2-sample", "--wait", "--", "true")
    assert done.returncode == 0, done.stderr
    refused = classic("--job-definition", "nope", "--", "true")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("submit_ec2_job.py: --job-definition: local has no job definition 'nope'.")


@pytest.mark.usefixtures("demo")
def test_a_config_too_large_for_the_request_reaches_the_job(project: Project) -> None:
    parameters = json.loads((project.root / "jobs/version_test/parameters.json").read_text())
    parameters["metadata"]["description"] = "long " * 2000
    large = project.root / "large.json"
    large.write_text(json.dumps(parameters))
    run = ["--", "python", "run_batch.py", "version_test"]
    done = project.run("submit", "fargate-sample", "--config", str(large), "--wait", *run)
    report = reports(project, done.stdout.strip())[None]
    assert report["parameters"]["metadata"]["description"] == parameters["metadata"]["description"]


@pytest.mark.usefixtures("demo")
def test_each_child_reads_its_row(project: Project) -> None:
    rows = project.root / "rows.csv"
    rows.write_text("city,rows\nTokyo,1\nOsaka,2\nNagoya,3\n")
    config = str(project.root / "jobs/version_test/parameters.json")
    run = ["--", "python", "run_batch.py", "version_test"]
    done = project.run("submit", "ec2-sample", "--each", str(rows), "--config", config, "--wait", *run)
    found = reports(project, done.stdout.strip())
    assert [found[index]["row"]["city"] for index in range(3)] == ["Tokyo", "Osaka", "Nagoya"]
    one = project.root / "one.jsonl"
    one.write_text('{"city": "Kobe"}\n')
    done = project.run("submit", "ec2-sample", "--each", str(one), "--config", config, "--wait", *run)
    assert reports(project, done.stdout.strip())[None]["row"] == {"city": "Kobe"}


@pytest.mark.usefixtures("demo")
def test_code_of_a_clone_runs_without_a_build(project: Project) -> None:
    edited = project.root / "edited"
    for name in ("container/latest/run_batch.py", "container/runtime/awa_runtime", "jobs"):
        (edited / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (project.root / name).is_dir() else shutil.copy2)(project.root / name, edited / name)
    (edited / "jobs/fresh").mkdir()
    (edited / "jobs/fresh/words.py").write_text('SAID = "not in the image"\n')
    (edited / "jobs/fresh/run_batch.py").write_text(
        "import sys\nfrom awa_runtime import array_index\nfrom jobs.fresh.words import SAID\n"
        "print(SAID, array_index(), sys.argv[1:], flush=True)\nsys.exit(4 if array_index() else 0)\n"
    )
    run = ["--code", "edited", "--array", "2", "--", "python", "run_batch.py", "fresh", "--word"]
    done = project.run("submit", "ec2-sample", "--wait", *run, code=4)
    job_id = done.stdout.strip()
    lines = project.run("logs", f"{job_id}:1").stdout.splitlines()
    assert lines[-1] == "not in the image 1 ['--word']"
    (child,) = project.client("batch").describe_jobs(jobs=[f"{job_id}:1"])["jobs"]
    (address,) = [
        pair["value"] for pair in child["container"]["environment"] if pair["name"] == "AWA_BATCH_CODE_ARCHIVE"
    ]
    code = address.rsplit("/", 1)[-1][:12]
    assert lines[0] == f"The code {code} that was submitted runs in place of the image's."
    (parent,) = project.client("batch").describe_jobs(jobs=[job_id])["jobs"]
    assert parent["tags"]["awa-batch:code"] == code
    assert code in project.run("status", job_id).stdout
    assert f"code {code} that came with it" in project.run("why", f"{job_id}:1").stdout
    # A retry brings the same; what lies there has changed meanwhile and is refused by its hash.
    again = project.run("retry", f"{job_id}:1", "--wait", code=4).stdout.strip()
    assert project.run("logs", again).stdout.splitlines()[-1] == "not in the image 1 ['--word']"
    bucket, _, key = address.removeprefix("s3://").partition("/")
    project.client("s3").put_object(Bucket=bucket, Key=key, Body=b"something else")
    refused = project.run("retry", f"{job_id}:1", "--wait", code=2).stdout.strip()
    assert "is not what was submitted" in project.run("logs", refused).stdout


@pytest.mark.parametrize("project", ["docker"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_a_job_runs_in_the_image_here_and_reaches_the_local_aws(project: Project) -> None:
    config = str(project.root / "jobs/version_test/parameters.json")
    done = project.run("image", "run", "--config", config, "--", "python", "run_batch.py", "version_test")
    report = json.loads(next(line for line in done.stdout.splitlines() if line.startswith('{"job":')))
    assert report["parameters"]["metadata"] == json.loads(Path(config).read_text())["metadata"]
    script = "import boto3; print([one['Name'] for one in boto3.client('s3').list_buckets()['Buckets']])"
    assert "awa-batch-local-data" in project.run("image", "run", "--", "python", "-c", script).stdout
    project.run("image", "run", "--", "sh", "-c", "echo x > /tmp/x && exit 7", code=7)
    assert "Read-only" in project.run("image", "run", "--", "sh", "-c", "echo x > /app/x", code=2).stderr
    refused = project.run("image", "run", "--shell", code=2)
    assert "needs a terminal" in refused.stderr
    shown = project.run("image", "list").stdout
    assert "blue" in shown
    told = json.loads(project.run("image", "diff", "-o", "json").stdout)
    assert (told["packages"], told["code"], told["unknown"]) == ({}, {}, [])


def pushed_with(image: str, variable: str) -> str:
    """Push an image that is ``image`` with one variable more, and return it by its digest."""
    import docker

    client = docker.from_env()
    try:
        container = client.containers.create(image)
        try:
            made = container.commit(repository=image.partition("@")[0], tag="other", changes=f"ENV {variable}")
        finally:
            container.remove()
        for line in client.images.push(image.partition("@")[0], tag="other", stream=True, decode=True):
            assert "error" not in line, line
        made.reload()
        return str(next(name for name in made.attrs["RepoDigests"] if name.startswith(image.partition("@")[0])))
    finally:
        client.close()


@pytest.mark.parametrize("project", ["docker"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_a_job_runs_on_an_image_that_was_not_released(project: Project) -> None:
    listed = json.loads(project.run("image", "list", "-o", "json").stdout)
    (released,) = [one["image"] for one in listed if one["slot"] == "blue"]
    image = pushed_with(released, "FROM_IMAGE=other")
    command = ["--", "sh", "-c", "echo ${FROM_IMAGE:-released}"]
    done = project.run("submit", "fargate-sample", "--image", image, "--array", "2", "--wait", *command)
    assert project.run("logs", f"{done.stdout.strip()}:1").stdout.splitlines() == ["other"]
    plain = project.run("submit", "fargate-sample", "--wait", *command)
    assert project.run("logs", plain.stdout.strip()).stdout.splitlines() == ["released"]
    missing_image = f"{image.partition('@')[0]}@sha256:{'0' * 64}"
    refused = project.run("submit", "fargate-sample", "--image", missing_image, code=2).stderr
    assert "its registry has no such image" in refused


@pytest.fixture(scope="module")
def scene(project: Project, second_demo: subprocess.CompletedProcess[str]) -> Scene:
    """What the guides suppose to be there."""
    return Scene(project, Shell(project))


@pytest.mark.parametrize("page", guide_table.pages_that_run())
@pytest.mark.parametrize("project", ["process"], indirect=True)  # what runs jobs makes no difference to it
def test_a_guides_commands_run_and_print_what_it_shows(scene: Scene, page: str) -> None:
    """In their order; but for what `tests/guide_table.py` names, with the test that runs it or why none can."""
    assert scene.faults(page) == []


@pytest.mark.usefixtures("demo")
def test_the_state_is_its_owners_alone(project: Project) -> None:
    jobs = project.root / "jobs.jsonl"
    jobs.write_text('{"command": ["true"]}\n')
    project.run("submit", "ec2-sample", "--from", str(jobs), "--run", "private", "--rate", "1000")
    seen = [project.state, *project.state.rglob("*")]
    kinds = ("history", "process-images" if project.runner == "process" else "registry", "server.json", "server.log")
    assert {path.name for path in seen} >= set(kinds)
    assert any(path.suffix == ".lock" for path in seen)
    loose = [path for path in seen if not path.is_symlink() and path.exists() and path.lstat().st_mode & 0o077]
    assert loose == []
    for name in ("local.auto.tfvars.json", "local.awsconfig"):
        settings = project.root / "terraform/environments/local" / name
        assert settings.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("demo")
def test_refusals_have_one_line_of_what_and_one_of_what_to_do(project: Project) -> None:
    done = project.run("submit", "fargate-sample", "--memory", "700", "--", "true", code=2)
    what, fix = done.stderr.strip().splitlines()
    assert "--memory 700" in what
    assert "--memory 1024" in fix
    assert done.stdout == ""


HISTORY = "\n  observability = { history = { enabled = true, retention_days = 7 } }\n}\n"
"""What docs/operations.md has one write into an environment's main.tf."""


@pytest.fixture(scope="module")
def rebuilt(project: Project, demo: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """A killed server, what commands that only read said, and the environment built anew by one that submits.

    It is applied with a history this time, and forgets ended jobs after three seconds.
    """
    before = project.server()
    os.kill(int(str(before["pid"])), signal.SIGKILL)
    for _ in range(100):
        if not Path(f"/proc/{before['pid']}").exists():
            break
        time.sleep(0.05)
    asked = [["status"], ["logs", "@last"], ["contract"], ["outputs"], ["local", "env"]]
    said = [project.run(*command, code=4) for command in asked]
    between = project.server()
    values = project.root / "terraform/environments/local/main.tf"
    values.write_text(values.read_text().rstrip().removesuffix("}") + HISTORY)
    words = ("submit", "fargate-sample", "--follow", "--", "echo", "again")
    done = project.run(*words, AWA_BATCH_LOCAL_KEEP_SECONDS="3")
    return {"before": before, "said": said, "between": between, "done": done, "after": project.server()}


@pytest.mark.parametrize("project", ["process"], indirect=True)  # what runs jobs makes no difference to it
def test_a_killed_server_is_noticed_and_everything_is_built_anew(project: Project, rebuilt: dict[str, Any]) -> None:
    # What only reads says what to run, and builds nothing.
    for done in rebuilt["said"]:
        assert done.stdout == ""
        assert "its jobs too" in done.stderr
        assert "make up" in done.stderr
    assert rebuilt["between"] == rebuilt["before"]
    assert "anew" in rebuilt["done"].stderr
    assert "again" in rebuilt["done"].stderr
    assert rebuilt["after"]["server_id"] != rebuilt["before"]["server_id"]
    assert rebuilt["after"]["runner"] == project.runner


@pytest.mark.parametrize("project", ["process"], indirect=True)
@pytest.mark.usefixtures("rebuilt")
def test_a_history_that_terraform_made_knows_what_aws_has_forgotten_on_another_machine(
    project: Project, tmp_path: Path
) -> None:
    def submitted(*words: str) -> str:
        return project.run("submit", "ec2-sample", *words, AWA_BATCH_SUBMITTER="alice@desk").stdout.strip()

    good = submitted("--tag", "team=x", "--", "python", "-m", "awa_runtime", "sh", "-c", "echo good")
    array = submitted("--array", "3", "--", "sh", "-c", "exit $((AWS_BATCH_JOB_ARRAY_INDEX == 1))")
    again = submitted("--attempts", "2", "--", "sh", "-c", "echo try $AWS_BATCH_JOB_ATTEMPT; exit 5")
    lines = project.root / "night.jsonl"
    lines.write_text('{"command": ["true"]}\n{"command": ["false"]}\n')
    run = project.run("submit", "ec2-sample", "--from", str(lines), "--run", "night-1").stdout.split()
    batch = project.client("batch")
    for _ in range(300):
        if not batch.describe_jobs(jobs=[good, array, again, *run])["jobs"]:
            break
        time.sleep(0.1)
    assert batch.describe_jobs(jobs=[good, array, again, f"{array}:1"])["jobs"] == []
    # Another clone, user and state: the contract's file, an address and keys are all that it has.
    contract = tmp_path / "contract.json"
    contract.write_text(project.run("contract", "-o", "json").stdout)
    other = replace(project, root=tmp_path, state=tmp_path / "state")
    keys = project.keys()
    there = {
        "AWA_BATCH_CONTRACT": str(contract), "AWA_BATCH_SUBMITTER": "bob@laptop",
        "AWS_ENDPOINT_URL": str(project.server()["endpoint_url"]), "AWS_ACCESS_KEY_ID": keys["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"], "AWS_PROFILE": "", "HTTP_PROXY": "", "AWA_BATCH_ROOT": "",
    }  # fmt: skip

    def told(*words: str) -> str:
        return other.run(*words, **there).stdout

    states = {one["job_id"]: one["status"] for one in json.loads(told("status", good, array, again, "-o", "json"))}
    assert states == {good: "SUCCEEDED", array: "FAILED", again: "FAILED"}
    assert {good, array, again} <= {one["job_id"] for one in json.loads(told("status", "-o", "json"))}
    assert json.loads(told("status", "--run", "night-1", "-o", "json"))["states"] == {"SUCCEEDED": 1, "FAILED": 1}
    assert told("status", "--run", "night-1", "-o", "id").split() == run
    why = told("why", array)
    assert "1 of its 3 children failed" in why
    assert "exit code 1" in why
    assert told("logs", again).split() == ["try", "1", "try", "2"]
    assert json.loads(told("usage", good, "-o", "json"))["jobs"][0]["memory"]
    costs = json.loads(told("cost", "--since", "1h", "--by", "tag:team", "-o", "json"))
    assert {one["name"]: one["jobs"] for one in costs["groups"]}["x"] == 1
    assert costs["all"]["jobs"] >= 5
    assert costs["all"]["unknown"] == {}
    page = str(tmp_path / "report.html")
    assert "5 jobs: 3 SUCCEEDED, 2 FAILED" in other.run("report", good, array, again, "-o", page, **there).stderr
    new = told("retry", array, "--failed-only").strip()
    assert batch.describe_jobs(jobs=[new])["jobs"][0]["tags"]["awa-batch:submitted-by"] == "bob@laptop"
    by = {one["job_id"]: one["submitted_by"] for one in json.loads(told("history", "--everybody", "-o", "json"))}
    assert {job_id: by[job_id] for job_id in (good, array, again, new)} == {
        good: "alice@desk", array: "alice@desk", again: "alice@desk", new: "bob@laptop",
    }  # fmt: skip
    project.run("plan", "--detailed-exitcode")


@pytest.mark.parametrize("project", ["process"], indirect=True)  # what runs jobs makes no difference to it
@pytest.mark.usefixtures("demo")
def test_an_apply_that_was_cut_off_is_not_built_upon(project: Project) -> None:
    marker = project.state / "environment.json"
    before = marker.read_text()
    marker.write_text(json.dumps({**json.loads(before), "phase": "applying"}))
    try:
        refused = project.run("contract", "-o", "json", code=4)
        assert "cut off" in refused.stderr
        assert refused.stdout == ""
    finally:
        marker.write_text(before)  # that `up` then builds anew: tests/unit/test_environment_local.py, and as above


@pytest.mark.usefixtures("demo")
def test_down_leaves_nothing_running(project: Project) -> None:
    job_id = project.run("submit", "ec2-sample", "--", "sleep", "300").stdout.strip()
    for _ in range(200):
        if json.loads(project.run("status", job_id, "-o", "json").stdout)[0]["status"] == "RUNNING":
            break
        time.sleep(0.1)
    server = project.server()
    project.run("local", "down")
    assert started_at(server["pid"]) is None  # what nobody has collected yet has ended as well
    assert not (project.state / "server.json").exists()
    left = subprocess.run(["pgrep", "-af", str(project.state)], capture_output=True, text=True, check=False).stdout
    assert left == ""
    if project.runner == "docker":
        running = subprocess.run(["docker", "ps", "-q"], capture_output=True, text=True, check=True).stdout.split()
        for container in running:
            # Other tests' containers come and go meanwhile.
            text = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=False).stdout
            assert job_id not in text
    project.run("status", code=4)
    assert "nothing was running" in project.run("local", "down").stderr
