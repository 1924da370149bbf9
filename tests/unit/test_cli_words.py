"""What the command line calls things: complete enough to be copied, and always of the environment that is meant."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from awa_batch.cli.again import command_again
from awa_batch.cli.main import COMMANDS, cli, main
from awa_batch.cli.words import _OF_NO_ENVIRONMENT, _OF_THE_CLONE, FlagWords, program
from awa_batch.text import Command, Field, Step

ROOT = Path(__file__).resolve().parents[2]


def test_a_command_names_the_environment_where_it_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    retry = Command("retry", "id", Field("memory", "x2"))
    assert FlagWords().command(retry) == "awa-batch retry id --memory x2"
    assert FlagWords("local").command(retry) == "awa-batch retry id --memory x2"
    assert FlagWords("dev").command(retry) == "awa-batch retry -E dev id --memory x2"
    monkeypatch.setenv("AWA_BATCH_ENV", "dev")
    assert FlagWords("dev").command(retry) == "awa-batch retry id --memory x2"
    assert FlagWords("local").command(retry) == "awa-batch retry -E local id --memory x2"


@pytest.mark.parametrize(
    ("default", "said", "named"),
    [
        ("dev", ["-E", "local"], " --env-name local"),
        ("local", [], " --env-name local"),
        (None, ["-E", "dev"], " --env-name dev"),
        (None, [], ""),
    ],
)
def test_the_command_that_goes_on_with_a_run_is_of_the_runs_environment(
    default: str | None, said: list[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where AWA_BATCH_ENV names another one, it would submit the rest of the run there."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    if default:
        monkeypatch.setenv("AWA_BATCH_ENV", default)
    monkeypatch.setenv("AWA_BATCH_SUBMIT_RATE", "20")
    outer = click.Context(cli, info_name="awa-batch", **cli.context_settings)  # -h too: click keeps it
    submit = cli.get_command(outer, "submit")
    assert submit is not None
    words = ["ec2-sample", "--from", "my jobs.jsonl", "--run", "-r", "-q", "ec2", "--profile", "my one", *said]
    with submit.make_context("submit", words, parent=outer):
        again = command_again()
    assert again == (
        f"awa-batch submit ec2-sample --queue ec2 --from 'my jobs.jsonl' --run=-r --rate 20{named} --profile 'my one'"
    )


@pytest.mark.parametrize("default", [None, "dev", "local"])
def test_a_step_names_the_environment_whatever_the_default_of_commands(
    default: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """make does not read AWA_BATCH_ENV: without ENV= it would act on local."""
    if default:
        monkeypatch.setenv("AWA_BATCH_ENV", default)
    assert FlagWords("dev").step(Step("plan", "apply")) == "make plan apply ENV=dev"
    assert FlagWords("dev").step(Step("plan", environment="prod")) == "make plan ENV=prod"
    assert FlagWords("local").step(Step("up")) == "make up"
    assert FlagWords("dev").step(Step("up", environment="local")) == "make up"
    assert FlagWords("dev").step(Step("down")) == "make down"


def takes_environment(command: click.Command) -> bool:
    """Whether a command, or one of a group's, has -E."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return any("-E" in parameter.opts for parameter in command.params) or any(map(takes_environment, below))


def test_a_command_that_takes_no_environment_gets_none() -> None:
    without = {
        name
        for name in COMMANDS
        if (command := cli.get_command(click.Context(cli), name)) is not None and not takes_environment(command)
    }
    assert set(_OF_NO_ENVIRONMENT) == without
    assert FlagWords("dev").command(Command("local", "down")) == "awa-batch local down"


def test_a_step_that_takes_no_environment_is_one() -> None:
    recipes = (ROOT / "Makefile").read_text().split("\n\n")
    for target in _OF_THE_CLONE:
        lines = next(part for part in "\n".join(recipes).split(f"\n{target}: ", 1)[1].split("\n@", 1)).splitlines()
        recipe = [line for line in lines[1:3] if line.startswith("\t")]
        assert "-E $(ENV)" not in "".join(recipe), target  # a refusal of another ENV may name it


def test_a_command_that_is_shown_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shell where nothing was activated, and in a folder with a blank and Japanese letters."""
    clone = tmp_path / "a b 日本"
    folder = clone / ".venv/bin"
    folder.mkdir(parents=True)
    (folder / "awa-batch").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    show = program.__wrapped__
    monkeypatch.chdir(clone)
    assert show() == ".venv/bin/awa-batch"
    (clone / "jobs").mkdir()
    monkeypatch.chdir(clone / "jobs")
    assert show() == f"'{folder}/awa-batch'"
    monkeypatch.setenv("PATH", f"{folder}:/bin")
    assert show() == "awa-batch"
    (tmp_path / "other").mkdir()
    (tmp_path / "other/awa-batch").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/other:/bin")  # another clone's
    assert show() == f"'{folder}/awa-batch'"


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_what_an_environment_lacks_is_told_for_that_one(
    how: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "terraform/environments/dev/.terraform").rmdir()
    if how == "variable":
        monkeypatch.setenv("AWA_BATCH_ENV", "dev")
    monkeypatch.setattr(sys, "argv", ["awa-batch", "status", *(["-E", "dev"] if how == "flag" else [])])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 4
    assert "Run `make plan apply ENV=dev` first." in capsys.readouterr().err
