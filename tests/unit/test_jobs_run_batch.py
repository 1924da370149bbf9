"""The image's command, and version_test as it runs on a laptop: from the clone, with the toolkit's own Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.version_test.model import Config

ROOT = Path(__file__).resolve().parents[2]
RUN_BATCH = ROOT / "container" / "latest" / "run_batch.py"
PARAMETERS = ROOT / "jobs" / "version_test" / "parameters.json"


def run(*args: str, script: Path = RUN_BATCH, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CONFIG_JSON", "IMAGE_", "PYTHONPATH", "LOG_"))
    }
    return subprocess.run(
        [sys.executable, str(script), *args], env={**kept, **variables}, capture_output=True, text=True, check=False
    )


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith('{"awa_batch_usage"')]
    value: dict[str, Any] = json.loads(lines[-1])
    return value


@pytest.mark.parametrize("args", [(), ("--help",)])
def test_without_a_job_it_lists_what_there_is(args: tuple[str, ...]) -> None:
    done = run(*args, IMAGE_VERSION="9.9.9", IMAGE_REVISION="abc123")
    assert done.returncode == 0
    assert "latest 9.9.9 (abc123)" in done.stdout
    assert [line.strip() for line in done.stdout.partition("Jobs:")[2].split()] == [
        "s3_concat",
        "table_stats",
        "version_test",
    ]


@pytest.mark.parametrize("name", ["version_tset", "../version_test", "", "data.src"])
def test_an_unknown_job_names_those_there_are(name: str) -> None:
    done = run(name)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"no job {name!r}" in done.stderr
    assert "s3_concat, table_stats, version_test" in done.stderr
    if name == "version_tset":
        assert "Did you mean version_test?" in done.stderr


def test_version_test_reports_what_it_received() -> None:
    done = run("version_test", "--param_json", str(PARAMETERS))
    found = report(done)
    assert found["parameters"] == {**json.loads(PARAMETERS.read_text()), "apiToken": None}
    assert found["image"] == {"name": "latest", "version": "source", "revision": ""}
    assert (found["array_index"], found["attempt"]) == (None, 1)
    assert done.stderr == ""


def test_version_test_says_which_child_and_attempt_it_is() -> None:
    found = report(
        run(
            "version_test",
            CONFIG_JSON=PARAMETERS.read_text(),
            AWS_BATCH_JOB_ID="abc:4",
            AWS_BATCH_JOB_ARRAY_INDEX="4",
            AWS_BATCH_JOB_ARRAY_SIZE="5",
            AWS_BATCH_JOB_ATTEMPT="2",
            AWS_BATCH_JQ_NAME="queue",
        )
    )
    assert found["job_id"] == "abc:4"
    assert (found["array_index"], found["array_size"], found["attempt"], found["queue"]) == (4, 5, 2, "queue")


def test_version_test_masks_secrets() -> None:
    parameters = {**json.loads(PARAMETERS.read_text()), "apiToken": "hunter2"}
    done = run("version_test", CONFIG_JSON=json.dumps(parameters))
    assert report(done)["parameters"]["apiToken"] == "**********"
    assert "hunter2" not in done.stdout + done.stderr


def test_version_test_ends_with_2_on_wrong_parameters() -> None:
    parameters = json.loads(PARAMETERS.read_text())
    parameters["settings"]["batchSize"] = 0
    del parameters["metadata"]["jobType"]
    done = run("version_test", CONFIG_JSON=json.dumps(parameters))
    assert done.returncode == 2
    assert "settings.batchSize  0 " in done.stderr
    assert "metadata.jobType    (missing)" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def refused_fields(parameters: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(parameters)
    return [".".join(map(str, item["loc"])) for item in caught.value.errors()]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("settings.batchSize", 0),
        ("settings.batchSize", "many"),
        ("settings.learningRate", 0),
        ("settings.learningRate", 1.5),
        ("settings.learningRate", float("nan")),
        ("settings.maxIterations", 1.5),
        ("settings.modelType", " "),
        ("settings.bachSize", 1),
        ("metadata.jobType", None),
        ("inputFile", ""),
        ("outputPath", 7),
    ],
)
def test_wrong_parameters_are_named(path: str, value: object) -> None:
    parameters = json.loads(PARAMETERS.read_text())
    *parents, last = path.split(".")
    part = parameters
    for name in parents:
        part = part[name]
    part[last] = value
    assert refused_fields(parameters) == [path]


@pytest.mark.parametrize("field", ["inputFile", "outputPath", "settings", "metadata"])
def test_missing_parameters_are_named(field: str) -> None:
    parameters = json.loads(PARAMETERS.read_text())
    del parameters[field]
    assert refused_fields(parameters) == [field]


def test_the_layout_of_the_image_works_too(tmp_path: Path) -> None:
    """As in the image: jobs/ beside run_batch.py; a job's modules are found, its arguments are its own."""
    shutil.copy(RUN_BATCH, tmp_path)
    job = tmp_path / "jobs" / "example"
    job.mkdir(parents=True)
    (job / "parts.py").write_text("WORD = 'found'\n")
    (job / "run_batch.py").write_text(
        "import sys\nfrom jobs.example.parts import WORD\nprint(WORD, __name__, sys.argv[1:])\nsys.exit(7)\n"
    )
    done = run("example", "--a", "b", script=tmp_path / "run_batch.py", PYTHONPATH=str(ROOT / "container/runtime"))
    assert done.stdout == "found __main__ ['--a', 'b']\n"
    assert done.returncode == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_BATCH_JOB_ARRAY_INDEX", "x"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", "9" * 5000),
        ("AWS_BATCH_JOB_ARRAY_SIZE", "0"),
        ("AWS_BATCH_JOB_ATTEMPT", "0"),
        ("AWA_BATCH_INDEX_MAP", "x"),
        ("AWA_BATCH_INDEX_MAP", "s3://no-endpoint/x"),
        ("AWA_BATCH_MANIFEST", "/nowhere/rows.csv"),
        ("LOG_LEVEL", "loud"),
        ("CONFIG_JSON", "[1"),
    ],
)
def test_a_bad_variable_ends_the_job_with_two_lines_that_name_it(name: str, value: str) -> None:
    config = {} if name == "CONFIG_JSON" else {"CONFIG_JSON": PARAMETERS.read_text()}
    done = run("version_test", **config, AWS_ENDPOINT_URL="nonsense", **{name: value})
    assert done.returncode == 2
    assert "{" not in done.stdout  # the report
    what, fix = done.stderr.splitlines()
    assert name in what
    assert fix.startswith("  ")


@pytest.mark.parametrize("place", ["/dev/zero", "pipe"])
def test_parameters_are_a_regular_file(place: str, tmp_path: Path) -> None:
    if place == "pipe":
        os.mkfifo(tmp_path / "pipe")
        place = str(tmp_path / "pipe")
    done = run("version_test", "--param_json", place)
    assert done.returncode == 2
    assert done.stderr.startswith(f"--param_json {place}: cannot be read: not a regular file.\n  ")


def test_table_stats_says_which_image_it_needs() -> None:
    config = {"bucket": "abc", "group_by": ["a"], "columns": ["b"]}
    done = run("table_stats", CONFIG_JSON=json.dumps(config))
    assert done.returncode == 2
    assert done.stderr == "This image has no duckdb.\n  Run this job in its own image, container/table_stats.\n"
    done = run("table_stats", CONFIG_JSON=json.dumps({**config, "group_by": ["mean"], "stage": "merge"}))
    assert done.returncode == 2
    assert "group_by must not have mean" in done.stderr
    done = run("table_stats", CONFIG_JSON=json.dumps({**config, "stage": "merge"}))
    assert "parts goes with stage merge" in done.stderr


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_PROFILE"])
def test_an_endpoint_or_a_profile_that_is_none_is_refused_by_s3_concat(variable: str) -> None:
    config = {"bucket": "abc", "input_prefix": "x/", "output_key": "o/x.gz"}
    done = run("s3_concat", CONFIG_JSON=json.dumps(config), **{variable: "nonsense"})
    assert done.returncode == 2
    what, fix = done.stderr.splitlines()
    assert what.startswith("There is no S3 client: ")
    assert variable in fix
