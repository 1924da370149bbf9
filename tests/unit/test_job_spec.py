"""One statement of what can be said of a job: the command line, a job file and the classic scripts take all of it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import botocore.session
import click
import pytest
from click.testing import CliRunner

from awa_batch.cli import reference
from awa_batch.cli.job_options import Said, classic_options, job_options
from awa_batch.cli.main import cli
from awa_batch.cli.words import ClassicWords, FlagWords, ScriptWords, words
from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.job.spec import STATEMENTS
from awa_batch.limits.job import RULES
from awa_batch.request import build_request
from awa_batch.submission.jobfile import FIELDS, FileWords, read_jobs
from awa_batch.text import Command, Field

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"

WHOLE: dict[str, Any] = {
    "definition": "fargate-sample",
    "queue": "fargate-high-priority",
    "name": "all",
    "command": ["echo", "Ref::K"],
    "env": {"A": "1", "B": "2"},
    "params": {"K": "v"},
    "config": {"rows": 3},
    "code": "clone",
    "image": f"repository@sha256:{'0' * 64}",
    "container_overrides": {"environment": [{"name": "O", "value": "1"}]},
    "vcpu": 1.0,
    "memory": 2048,
    "gpu": 1,
    "array": 3,
    "depends_on": ["id-1", "id-2:N_TO_N"],
    "sequential": True,
    "share_identifier": "teamA",
    "scheduling_priority": 0,
    "attempts": 2,
    "retry_on": ["spot", "exit:7"],
    "timeout": 7200,
    "tags": {"team": "a"},
    "platform_version": "1.4.0",
}
"""Each field with a value."""


def flags(folder: Path, names: dict[str, str]) -> list[str]:
    """Return `WHOLE` on a command line; ``names`` are the flags that are called otherwise."""
    (folder / "config.json").write_text(json.dumps(WHOLE["config"]))
    (folder / "overrides.json").write_text(json.dumps(WHOLE["container_overrides"]))
    said = {
        "--queue": WHOLE["queue"], "--name": "all", "--env": "A=1", "--environment": '{"A": "0", "B": "2"}',
        "--param": "K=v", "--config": str(folder / "config.json"),
        "--container-overrides-file": str(folder / "overrides.json"), "--vcpu": "1", "--memory": "2048", "--gpu": "1",
        "--array": "3", "--depends-on": "id-1,id-2:N_TO_N", "--share-identifier": "teamA",
        "--scheduling-priority": "0", "--attempts": "2", "--retry-on": "spot,exit:7", "--timeout": "2h",
        "--code": "clone", "--image": WHOLE["image"], "--tag": "team=a", "--platform-version": "1.4.0",
    }  # fmt: skip
    return [word for flag, value in said.items() for word in (names.get(flag, flag), value)] + ["--sequential"]


def read(decorate: Any, *args: str) -> Said:
    """Return what a command with these options gets."""
    got: list[Said] = []

    @click.command()
    @decorate
    def command(said: Said) -> None:
        got.append(said)

    done = CliRunner().invoke(command, args, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return got[0]


def test_all_three_ways_say_every_field(tmp_path: Path) -> None:
    assert set(WHOLE) == {field.name for field in fields(JobSpec)} == set(FIELDS) == set(STATEMENTS)
    whole = JobSpec(**WHOLE)
    rest = ["--", *WHOLE["command"]]
    assert read(job_options, *flags(tmp_path, {}), "fargate-sample", *rest).spec() == whole
    classic = {"--queue": "--job-queue", "--name": "--job-name-prefix", "--array": "--array-size"}
    named = ["--job-definition", "fargate-sample"]
    assert read(classic_options(), *flags(tmp_path, classic), *named, *rest).spec() == whole
    (tmp_path / "jobs.jsonl").write_text(json.dumps(WHOLE))
    assert read_jobs(tmp_path / "jobs.jsonl").jobs[1] == whole


def test_what_is_not_said_is_left_to_the_definition(tmp_path: Path) -> None:
    assert read(job_options).spec() == JobSpec()
    defaults = read(classic_options(name="n", queue="q", definition="d"))
    assert defaults.spec() == JobSpec("d", "q", "n")
    assert not defaults.is_explicit("name")
    assert read(classic_options(name="n"), "--job-name-prefix", "n").is_explicit("name")
    assert read(job_options, "--array", "0", "--attempts", "0").spec() == JobSpec(array=0, attempts=0)
    assert read(job_options, "--name", "", "--queue", "").spec() == JobSpec(name="", queue="")


def test_the_classic_scripts_read_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for field, statement in STATEMENTS.items():
        if statement.classic.variable:
            monkeypatch.setenv(statement.classic.variable, str(WHOLE[field]))
    spec = read(classic_options(name="n", queue="q", definition="d")).spec()
    taken = {name: WHOLE[name] for name in ("definition", "queue", "name", "share_identifier", "scheduling_priority")}
    assert spec == JobSpec(**taken)


def test_rows_of_a_file_are_no_field() -> None:
    said = read(job_options, "--each", "rows.csv")
    assert said.each == Path("rows.csv")
    assert said.spec() == JobSpec()


def test_a_command_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^The command is given twice: by --command and after --\.") as caught:
        read(job_options, "--command", '["echo"]', "d", "--", "echo").spec()
    assert caught.value.fix == "Give it one way."


@pytest.mark.parametrize("spoken", [FlagWords, ClassicWords])
def test_every_flag_that_messages_name_is_one_that_the_command_has(spoken: type[FlagWords]) -> None:
    ways = {
        field: statement.ways if spoken is FlagWords else statement.classic_ways
        for field, statement in STATEMENTS.items()
    }
    for field, said in ways.items():
        assert spoken().name(field) in {way.flag for way in said}
    assert spoken().name("job_id") == "JOB_ID"
    assert spoken().name("env_name") == "--env-name"


def test_each_way_has_its_words() -> None:
    problem = (Field("array", 1), " or ", Field("queue", "q"), " or ", Field("run", "r"), ": see ")
    text = (*problem, Command("submit", Field("array", 2)), ".")
    assert FlagWords().say(text) == "--array 1 or --queue q or --run r: see `awa-batch submit --array 2`."
    assert ClassicWords().say(text) == "--array-size 1 or --job-queue q or --run r: see `awa-batch submit --array 2`."
    assert ScriptWords().say(text) == "array 1 or --queue q or --run r: see `awa-batch submit --array 2`."
    assert (
        FlagWords().say(FileWords().say_fields(text))
        == "array 1 or queue q or --run r: see `awa-batch submit --array 2`."
    )


def test_a_json_file_becomes_one_line(contract: Contract, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{\n  "name": "caf\u00e9 \u65e5",\r\n\t"rows": [1,\n 2]\n}\n', encoding="utf-8")
    spec = read(job_options, "fargate-sample", "--config", str(file)).spec()
    environment = build_request(contract, spec, tell=lambda _: None).container_overrides["environment"]
    assert environment == [{"name": "CONFIG_JSON", "value": '{"name":"caf\u00e9 \u65e5","rows":[1,2]}'}]


def test_a_message_names_the_file_that_said_the_field(tmp_path: Path) -> None:
    file = tmp_path / "my overrides.json"
    file.write_text('{"comand": []}')
    spec = read(job_options, "d", "--container-overrides-file", str(file)).spec()
    assert spec.container_overrides == {"comand": []}
    assert words().say(Field("container_overrides")) == f"--container-overrides-file '{file}'"
    read(job_options, "d").spec()
    assert words().say(Field("container_overrides")) == "--container-overrides-file"


@pytest.mark.parametrize("field", [field for field in STATEMENTS if field not in ("definition", "queue")])
def test_from_refuses_every_flag_that_says_something_of_one_job(field: str) -> None:
    for way in STATEMENTS[field].ways:
        if way.reading != "rest":
            given = [way.flag] if way.reading == "flag" else [way.flag, "1"]
            with pytest.raises(UsageError, match=f"^{way.flag} does not go with --from"):
                cli.main(
                    ["submit", "d", "--queue", "q", "--from", "no.jsonl", "--run", "r", *given], standalone_mode=False
                )


def test_the_rules_are_those_of_fields() -> None:
    assert set(RULES) <= set(STATEMENTS)


def test_every_member_of_submit_job_is_reached(contract: Contract) -> None:
    """A member that nothing can say is left out on purpose, and named here."""
    members = set(botocore.session.Session().get_service_model("batch").shape_for("SubmitJobRequest").members)
    without = {
        "consumableResourcePropertiesOverride",
        "ecsPropertiesOverride",
        "eksPropertiesOverride",
        "nodeOverrides",
    }
    spec = JobSpec(**WHOLE | {"gpu": None, "sequential": False, "code": None})
    request = build_request(contract, spec, tell=lambda _: None)
    assert set(request.submit_job) == members - without


# ---------------------------------------------------------------- documentation
def test_the_table_in_the_documentation_is_that_of_the_spec() -> None:
    """Written anew by `python -m awa_batch.cli.reference`."""
    text = DOCUMENT.read_text()
    assert text == reference.with_table(text)
    rows = reference.table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(STATEMENTS)


def test_the_lines_of_a_job_file_in_the_documentation_are_right(tmp_path: Path) -> None:
    example = DOCUMENT.read_text().partition("```json\n")[2].partition("```")[0]
    (tmp_path / "jobs.jsonl").write_text(example)
    assert len(read_jobs(tmp_path / "jobs.jsonl").jobs) == 2
