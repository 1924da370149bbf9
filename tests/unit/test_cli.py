"""The command line as a whole: exit codes, stdout and stderr, help, and what it costs to start."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError
from toolkit_support import DATA, FakeTerraform, OpenBatch

from awa_batch import errors
from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import refused
from awa_batch.cli.main import COMMANDS, cli, exit_with_errors, main
from awa_batch.contract import Contract
from awa_batch.history import recent
from awa_batch.submission import Submitted

GOLDEN = Path(__file__).parent / "golden"
SUBCOMMANDS = [(name,) for name in COMMANDS] + [
    ("local", name) for name in ("up", "down", "clean", "reset", "status", "logs", "reclaim", "env")
]
SUBCOMMANDS += [("schedules", name) for name in ("list", "pause", "resume", "run")]


def code_of(function: Callable[[], Any], *argv: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", list(argv))
        with pytest.raises(SystemExit) as caught:
            function()
    assert isinstance(caught.value.code, int)
    return caught.value.code


def run(*args: str) -> int:
    """Run a command in this process; returns its exit code."""
    return code_of(main, "awa-batch", *args)


def spawn(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "awa_batch", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def with_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))


# ---------------------------------------------------------------------- help
@pytest.mark.parametrize("command", [(), *SUBCOMMANDS], ids=lambda words: "-".join(words) or "group")
def test_help_is_as_it_was(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWA_TEST_GOLDEN=write writes the expected help anew: read the difference before you commit it."""
    monkeypatch.setitem(cli.context_settings, "terminal_width", 110)
    group: Any = cli
    for word in command:
        group = group.get_command(click.Context(group), word)
        monkeypatch.setattr(group, "_help_option", None)  # Click keeps that of a test which called it by itself
    assert run(*command, "--help") == 0
    out = capsys.readouterr().out
    file = GOLDEN / f"help{''.join(f'-{word}' for word in command)}.txt"
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        file.write_text(out)
    assert out == file.read_text()


def test_the_short_help_stays_where_a_command_was_first_called_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    command = cli.get_command(click.Context(cli), "status")
    assert command is not None
    monkeypatch.setattr(command, "_help_option", None)
    context = command.make_context("status", [])
    assert "-h, --help" in command.get_help(context)


def test_every_golden_file_belongs_to_a_command() -> None:
    wanted = {f"help{''.join(f'-{word}' for word in command)}.txt" for command in [(), *SUBCOMMANDS]}
    assert {file.name for file in GOLDEN.glob("help*.txt")} == wanted


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=500) == COMMANDS[name][1]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['awa-batch', '--help']\n"
        "from awa_batch.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "awa_batch" in loaded
    assert not loaded & {"boto3", "botocore", "pydantic", "docker", "rich", "moto", "requests", "urllib3"}
    assert "submit" in done.stdout


def test_a_commands_module_loads_no_client_library() -> None:
    """Help and wrong usage of any command are quick: boto3, docker, moto and rich load when they are used."""
    modules = sorted({f"awa_batch.cli.commands.{module}" for module, _line, _group in COMMANDS.values()})
    code = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"boto3", "botocore", "docker", "moto", "rich", "pydantic"}


def test_version() -> None:
    done = spawn("--version")
    assert re.fullmatch(r"awa-batch, version \d+\.\d+\S*\n", done.stdout)


# ---------------------------------------------------------------- exit codes
ERRORS: list[tuple[type[errors.AwaBatchError], int]] = [
    (errors.AwaBatchError, 1),
    (errors.JobFailedError, 1),
    (errors.ToolError, 1),
    (errors.UsageError, 2),
    (errors.AwsError, 3),
    (errors.NotAppliedError, 4),
    (errors.TimedOutError, 124),
]


def leave(function: Callable[[], Any]) -> int:
    return code_of(lambda: exit_with_errors(click.command()(function), "/somewhere/tool"), "tool")


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_an_error_is_two_lines_on_stderr_and_an_exit_code(
    error: type[errors.AwaBatchError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error("What is wrong.", fix="What to do.")

    assert leave(fail) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "tool: What is wrong.\n  What to do.\n"


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    assert leave(interrupt) == 130
    assert capsys.readouterr().err.strip() == "tool: interrupted."


def test_a_commands_own_exit_code_is_kept() -> None:
    def seven() -> None:
        raise click.exceptions.Exit(7)

    assert leave(seven) == 7
    assert leave(lambda: None) == 0


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("submitt",), "There is no command 'submitt'.\n  Did you mean 'submit'?"),
        (("xyzzy",), "There is no command 'xyzzy'.\n  See `awa-batch --help`."),
        (("submit",), "DEFINITION is missing.\n  Name a job definition"),
        (("status", "--hours", "x"), "--hours 'x' is not a number."),
        (("submit", "ec2-sample", "--nope"), "No such option"),
        (("submit", "ec2-sample", "-o", "yaml"), "Invalid value for '--output'"),
        (("status", "--watch"), "--watch needs the jobs to watch.\n  Name them"),
        (("status", "1", "--name", "x"), "--queue and --name choose among all jobs"),
        (("submit", "ec2-sample", "--env", "A"), "--env 'A' has no name and value.\n  Write --env NAME=VALUE."),
        (("submit", "ec2-sample", "--config", "/nope.json"), "--config /nope.json: No such file or directory."),
        (("submit", "ec2-sample", "--timeout", "x"), "--timeout 'x' is not a duration."),
        (("submit", "ec2-sample", "--array", "1"), "--array 1: an array has 2 to 10000 children."),
        (("submit", "ec2-sampl"), "DEFINITION: local has no job definition 'ec2-sampl'.\n  Did you mean"),
        (("contract", "-E", "nope"), "nope"),
        (("prices",), "awa-batch prices takes a command: show, update.\n  See `awa-batch prices --help`."),
        (("cost", "--job", "@99"), "--job @99: this clone has submitted"),
    ],
)
def test_wrong_usage_is_2_and_goes_to_stderr(
    args: tuple[str, ...], what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "-E" not in args:
        monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    assert run(*args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("awa-batch: ")
    assert what in captured.err
    assert captured.err.count("\n") == 2


def test_a_broken_contract_is_4_and_an_unreadable_one_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(tmp_path / "c.json"))
    assert run("contract") == 2
    (tmp_path / "c.json").write_text('{"name": "something else"}')
    assert run("contract") == 2
    (tmp_path / "c.json").write_text('{"schema_version": 1}')
    assert run("contract") == 4
    assert capsys.readouterr().out == ""


def test_an_environment_never_applied_is_4(
    project: Path, terraform: FakeTerraform, capsys: pytest.CaptureFixture[str]
) -> None:
    terraform.answer("output", out="{}")
    assert run("submit", "-E", "dev", "ec2-sample") == 4
    assert "Run `make plan apply ENV=dev` first." in capsys.readouterr().err


def test_a_region_of_another_environment_is_refused(with_contract: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("submit", "ec2-sample", "--dry-run", "--region", "us-east-1") == 2
    assert "--region us-east-1: environment" in capsys.readouterr().err
    assert run("submit", "ec2-sample", "--dry-run", "--region", "ap-northeast-1") == 0


def test_a_contract_of_another_environment_is_refused(with_contract: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("submit", "-E", "prod", "ec2-sample", "--dry-run") == 2
    assert "--env-name prod: the contract (" in capsys.readouterr().err


def test_what_the_sdk_raises_past_us_is_3_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:

    def fail() -> None:
        raise ClientError({"Error": {"Code": "NoSuchBucket", "Message": "gone"}}, "PutObject")

    assert leave(fail) == 3
    assert "NoSuchBucket: gone" in capsys.readouterr().err


def test_a_place_that_cannot_be_used_is_2_and_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave((tmp_path / "missing").read_text) == 2
    assert capsys.readouterr().err.startswith(f"tool: {tmp_path / 'missing'}: No such file or directory.\n  ")


def test_a_machine_that_cannot_go_on_is_1_and_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert leave(full) == 1
    assert re.fullmatch(r"tool: No space left on device\.\n  .+\.\n", capsys.readouterr().err)


def test_a_message_is_two_lines_of_bearable_length(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise errors.UsageError(f"a\nb {'x' * 9999}", fix="What to do.")

    assert leave(fail) == 2
    assert capsys.readouterr().err == f"tool: a\\nb {'x' * 80}… (9999 characters)\n  What to do.\n"


def test_a_bug_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["tool"])
    with pytest.raises(ZeroDivisionError):
        exit_with_errors(click.command()(lambda: 1 / 0), "tool")


# ------------------------------------------------------------------ variables
@pytest.mark.parametrize("words", SUBCOMMANDS, ids="-".join)
def test_every_option_has_a_variable_that_is_named_for_it(words: tuple[str, ...]) -> None:
    context = click.Context(cli)
    command = cli.get_command(context, words[0])
    for word in words[1:]:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
    assert command is not None
    prefix = "_".join(("AWA_BATCH", *words)).upper().replace("-", "_")
    general = {"--env-name": "AWA_BATCH_ENV", "--profile": "AWS_PROFILE", "--runner": "AWA_BATCH_RUNNER"}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            flag = next(opt for opt in parameter.opts if opt.startswith("--"))
            expected = general.get(flag, f"{prefix}_{flag[2:]}".upper().replace("-", "_"))
            assert parameter.envvar == expected, flag


def test_a_variable_takes_the_place_of_its_flag(
    with_contract: None, batch: OpenBatch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ENV": "A=1 B=2", "PARAM": "K=v", "ARRAY": "3", "COMMAND": '["echo", "Ref::K"]', "TAGS": "team=a",
        "RETRY_ON": "spot,exit:7", "TIMEOUT": "2h", "AS": "awscli", "DRY_RUN": "1", "SCHEDULING_PRIORITY": "0",
        "QUEUE": "fargate-high-priority",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"AWA_BATCH_SUBMIT_{name}", value)
    assert run("submit", "fargate-sample", "--env", "B=flag") == 0
    request = json.loads(capsys.readouterr().out)
    assert request["containerOverrides"] == {
        "command": ["echo", "Ref::K"],
        "environment": [{"name": "B", "value": "flag"}],  # a flag takes the whole variable's place
    }
    assert request["arrayProperties"] == {"size": 3}
    assert request["parameters"] == {"K": "v"}
    assert request["tags"] == {"team": "a"}
    assert request["timeout"] == {"attemptDurationSeconds": 7200}
    assert request["schedulingPriorityOverride"] == 0
    assert len(request["retryStrategy"]["evaluateOnExit"]) == 3
    assert run("submit", "fargate-sample") == 0
    environment = json.loads(capsys.readouterr().out)["containerOverrides"]["environment"]
    assert environment == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]


# ------------------------------------------------------------ stdout, stderr
@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OpenBatch:
    """Take the place of every client, and keep the history out of the user's."""
    client = OpenBatch()
    monkeypatch.setattr(Clients, "make", lambda *_: client)
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path / "state"))
    return client


def test_a_dry_run_prints_the_request_and_only_reads(
    with_contract: None, batch: OpenBatch, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ("fargate-sample", "--dry-run", "--env", "A=b", "--", "echo", "--not-ours")
    assert run("submit", "--as", "awscli", *args) == 0
    captured = capsys.readouterr()
    request = json.loads(captured.out)
    assert request["containerOverrides"] == {
        "command": ["echo", "--not-ours"],
        "environment": [{"name": "A", "value": "b"}],
    }
    assert captured.err == "Nothing was sent (--dry-run).\n"
    assert batch.calls[:3] == ["describe_job_queues", "describe_job_definitions", "describe_compute_environments"]
    assert all(call.startswith(("describe_", "list_")) for call in batch.calls)  # the estimate's come after

    assert run("submit", "--as", "json", *args) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["request"].keys() == request.keys()
    assert "@sha256:" in value["image"]
    assert 0 < value["overridesCharacters"] < value["requestBytes"] <= 30 * 1024

    assert run("submit", *args) == 0
    table = capsys.readouterr().out
    assert re.search(r"^jobDefinition +arn:aws:batch:\S+:job-definition/awa-batch-local-fargate-sample:1$", table, re.M)
    assert re.search(r"^image +\S+@sha256:[0-9a-f]{64}$", table, re.M)
    assert re.search(r"^command +echo --not-ours$", table, re.M)
    assert re.search(r"^environment A +b$", table, re.M)
    assert re.search(r"^overrides +\d+ of 8192 characters$", table, re.M)


def test_a_dry_run_goes_on_without_aws_and_says_so(
    with_contract: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert run("submit", "ec2-sample", "--dry-run") == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("Not checked against AWS (queue, revision, dependencies): ")
    assert "jobName" in captured.out


def test_what_a_dry_run_prints_is_what_is_sent(
    with_contract: None, batch: OpenBatch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def submit(_sender: object, _reader: object, request: Any, *_: object) -> Submitted:
        sent.append(request.submit_job)
        return Submitted("the-id", request.job_name)

    monkeypatch.setattr("awa_batch.submission.deliver.submit_request", submit)
    monkeypatch.setattr("awa_batch.request.build.secrets.choice", lambda _: "x")
    args = ("ec2-sample", "--tag", "a=b", "--attempts", "2", "--timeout", "2h", "--", "echo", "hello")
    assert run("submit", "--dry-run", "--as", "awscli", *args) == 0
    shown = json.loads(capsys.readouterr().out)
    assert run("submit", *args) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("the-id\n", "")
    assert sent == [shown]
    assert run("submit", "-o", "json", *args) == 0
    assert json.loads(capsys.readouterr().out) == {"job_id": "the-id", "job_name": "ec2-sample-xxxxxxxx"}
    assert [entry.job_id for entry in recent("local", 9)] == ["the-id", "the-id"]


@pytest.mark.parametrize(
    ("status", "container", "code"),
    [
        ("SUCCEEDED", {"exitCode": 0}, 0),
        ("FAILED", {"exitCode": 42}, 42),
        ("FAILED", {"exitCode": 0}, 1),
        ("FAILED", {}, 1),
    ],
)
@pytest.mark.parametrize("how", ["--wait", "--follow"])
def test_waiting_exits_as_the_container_did(
    how: str,
    status: str,
    container: dict[str, int],
    code: int,
    with_contract: None,
    batch: OpenBatch,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Batch(OpenBatch):
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            detail = {"jobId": jobs[0], "jobName": "n", "status": status, "container": container}
            return {"jobs": [detail]}

    monkeypatch.setattr("awa_batch.submission.deliver.submit_request", lambda *_: Submitted("the-id", "n"))
    monkeypatch.setattr(Clients, "make", lambda *_: Batch())
    assert run("submit", "ec2-sample", how) == code
    captured = capsys.readouterr()
    assert captured.out == "the-id\n"
    assert f"n  {status}" in captured.err


def test_the_contract_as_json_is_one_that_can_be_read_again(
    with_contract: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("contract", "-o", "json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == json.loads((DATA / "contract.json").read_text())
    assert captured.err == ""


def test_what_is_no_terminal_gets_no_escape_codes() -> None:
    contract = str(DATA / "contract.json")
    done = spawn("contract", AWA_BATCH_CONTRACT=contract)
    assert done.returncode == 0
    assert "fargate-high-priority" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def terminal_output(*args: str, **env: str) -> str:
    """Return what a command writes to a terminal."""
    import pty

    screen, end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "awa_batch", *args], stdin=end, stdout=end, stderr=end, env=environment
    )
    os.close(end)
    output = b""
    try:
        while chunk := os.read(screen, 65536):
            output += chunk
    except OSError:  # the other end is closed
        pass
    assert process.wait(30) == 0
    os.close(screen)
    return output.decode()


def test_no_color_is_respected_on_a_terminal() -> None:
    contract = str(DATA / "contract.json")
    coloured = re.compile(r"\x1b\[[\d;]*3\dm")
    assert "\x1b[" in terminal_output("contract", AWA_BATCH_CONTRACT=contract)
    assert not coloured.search(terminal_output("contract", AWA_BATCH_CONTRACT=contract, NO_COLOR="1"))


@pytest.mark.parametrize("account", ["210987654321", "123456789012"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("submit", "ec2-sample", "--dry-run"), 2),
        (("submit", "ec2-sample"), 2),
        (("why", "j"), 2),
        (("logs", "j"), 2),
        (("retry", "j"), 2),
        (("status", "j"), 2),
        (("cancel", "j", "--yes"), 2),
        (("queues",), 0),
    ],
)
def test_where_something_is_not_there_both_accounts_are_named(
    words: tuple[str, ...],
    code: int,
    account: str,
    contract_value: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Nothing(OpenBatch):
        """An account that has nothing of what is asked for."""

        def _changed(self, name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
            return []

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": account}

    file = tmp_path / "dev.json"
    file.write_text(json.dumps({**contract_value, "environment": "dev"}))
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(file))
    monkeypatch.setattr(Clients, "make", lambda *_, **__: Nothing())
    assert run(*words) == code
    said = "credentials are of account 210987654321, and environment dev is in account 123456789012: name a profile"
    assert (said in capsys.readouterr().err) is (account == "210987654321")


@pytest.mark.parametrize(
    ("code", "status", "named"),
    [
        ("NoSuchBucket", 404, True),
        ("404", 404, True),
        ("ParameterNotFound", 400, True),
        ("RepositoryNotFoundException", 400, True),
        ("ClientException", 400, False),
    ],
)
def test_a_bucket_that_is_not_there_may_be_in_another_account(
    code: str, status: int, named: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("awa_batch.cli.endings.account_note", lambda: ("The credentials are of another account.",))

    def fail() -> None:
        response: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise refused(ClientError(response, "PutObject"), "storing a configuration")

    assert leave(fail) == 3
    assert ("The credentials are of another account." in capsys.readouterr().err) is named


def test_a_commands_own_flag_is_told_to_stand_after_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("submit", "ec2-sample", "python", "-c", "print(1)") == 2
    what, fix = capsys.readouterr().err.splitlines()
    assert "-c" in what
    assert "write that after --: … -- python -c …" in fix
    assert run("status", "-c", "x") == 2
    assert "after --" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((b"submit", b"ec2-sample", b"--", b"echo", b"caf\xe9"), "Argument 5 is not UTF-8 text: 'caf\\udce9'."),
        ((b"why", b"\xff"), "Argument 2 is not UTF-8 text: '\\udcff'."),
    ],
)
def test_what_is_not_utf_8_is_refused_in_every_argument(words: tuple[bytes, ...], what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awa_batch", *words],
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"awa-batch: {what}\n  Write it in UTF-8.\n"


def test_what_is_not_utf_8_is_refused_in_a_variable() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awa_batch", "submit", "ec2-sample", "--dry-run"],
        env={**os.environb, b"PYTHONUTF8": b"1", b"AWA_BATCH_SUBMIT_NAME": b"caf\xe9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("awa-batch: The variable AWA_BATCH_SUBMIT_NAME is not UTF-8 text: 'caf\\udce9'.\n")


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [sys.executable, "-m", "awa_batch", "--help"], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_reader_that_leaves_in_the_middle_is_no_error(tmp_path: Path, contract_value: dict[str, Any]) -> None:
    contract_value["queues"] |= {f"q{i}": contract_value["queues"]["ec2-high-priority"] for i in range(2000)}
    file = tmp_path / "large.json"
    file.write_text(json.dumps(contract_value))
    process = subprocess.Popen(
        [sys.executable, "-m", "awa_batch", "contract", "-o", "json"],
        env={**os.environ, "AWA_BATCH_CONTRACT": str(file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == "{\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(30) == 0


def test_environment_variables_stand_in_for_flags(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWA_BATCH_ENV", "from-variable")
    assert run("contract") == 2
    assert "no environment 'from-variable'" in capsys.readouterr().err
    assert run("contract", "--env-name", "from-flag") == 2
    assert "no environment 'from-flag'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        (["submit", "--from", "j.jsonl"], "--from needs --run", "Add --run NAME"),
        (["submit", "--from", "j.jsonl", "--run", "r", "--name", "x"], "--name does not go with", "file's lines"),
        (["submit", "d", "--from", "j.jsonl", "--run", "r", "--", "ls"], "The command after --", "file's lines"),
        (["submit", "d", "--run", "r"], "--run goes with --from", "Add --from"),
        (["submit", "d", "--rate", "3"], "--rate goes with --from", "Add --from"),
        (["submit"], "DEFINITION is missing", "Name a job definition"),
    ],
)
def test_what_goes_with_from(
    with_contract: None, capsys: pytest.CaptureFixture[str], arguments: list[str], what: str, fix: str
) -> None:
    assert run(*arguments) == 2
    told = capsys.readouterr()
    assert what in told.err
    assert fix in told.err
    assert told.out == ""


def test_from_prints_every_lines_request_in_a_dry_run(
    with_contract: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "jobs.jsonl"
    file.write_text('{"name": "a", "command": ["echo", "1"]}\n{"name": "b", "command": ["echo", "2"]}\n')
    assert run("submit", "ec2-sample", "--from", str(file), "--run", "r", "--dry-run") == 0
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [request["containerOverrides"]["command"] for request in sent] == [["echo", "1"], ["echo", "2"]]
    assert [request["jobName"].rsplit("-", 1)[1] for request in sent] == ["a", "b"]


def test_a_plan_tells_of_newer_machine_images(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], contract: Contract
) -> None:
    from test_cli_golden import Recorded

    from awa_batch.cli.commands import environment
    from awa_batch.environment import opening

    def no_permission(*_: Any, **__: Any) -> None:
        raise errors.NotAppliedError("refused", fix="ask")

    monkeypatch.setattr(opening, "open_clients", lambda *_, **__: SimpleNamespace(contract=contract, batch=Recorded()))
    environment._tell_of_newer_images("dev")
    assert "ce-ec2 runs an older machine image than AWS Batch has" in capsys.readouterr().err
    monkeypatch.setattr(Recorded, "describe_compute_environments", no_permission)
    environment._tell_of_newer_images("dev")
    assert capsys.readouterr() == ("", "")
