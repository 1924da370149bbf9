"""Every command with every kind of bad input, made from Click's definitions: a new command is in it by itself."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
from botocore.exceptions import ClientError
from toolkit_support import OpenBatch

from awa_batch.cli.main import cli, exit_with_errors, main
from local_batch import command as local_command

ROOT = Path(__file__).resolve().parents[2]
HUGE = "9" * 30
SECONDS = 10
"""For one command line: what waits for more than this hangs."""

ANY = ("unknown", "outside", "reference", "huge", "control", "long")
MAY_BE_RIGHT: dict[tuple[str, str], tuple[str, ...]] = {
    ("submit", "--name"): ("unknown", "huge"),
    ("submit", "--run"): ("unknown", "huge"),
    ("submit", "--once"): ANY,
    ("submit", "--env-file"): ("empty",),
    ("status", "--name"): ANY,
    ("cancel", "--reason"): ("unknown", "outside", "reference", "huge", "control"),
    ("new-job", "NAME"): ("unknown",),
    ("new-env", "NAME"): ("unknown",),
    ("image new", "NAME"): ("unknown",),
    ("image add", "PACKAGE"): ("unknown", "huge"),  # the package index knows
    ("image remove", "PACKAGE"): ("unknown", "huge"),
    ("image diff", "--before"): ("unknown", "huge"),  # the registry knows
    ("image diff", "--after"): ("unknown", "huge"),
    ("image scan", "--of"): ("unknown", "huge"),
    ("release rollback", "--to"): ("huge",),
    ("release start", "--digest"): ("unknown", "huge"),
    ("release run", "--digest"): ("unknown", "huge"),
    ("compute roll", "--pool"): ("unknown", "huge"),  # Terraform's outputs know
    ("compute roll", "--generation"): ("unknown", "huge"),
    ("report", "--output"): ("missing",),  # it is written
    ("bootstrap", "--deployer-policies"): ("missing", "directory"),  # it is made
    ("local reclaim", "JOB"): ANY,  # it is asked of the server, and none runs
}
"""What is no bad input to a parameter, by command and flag: it may go well, and must not end without a word."""
for _script_name in ("scripts/submit_ec2_job.py", "scripts/submit_fargate_job.py"):
    MAY_BE_RIGHT |= {
        (_script_name, "--job-name-prefix"): ("unknown", "huge"),
        (_script_name, "--once"): ANY,
        (_script_name, "--env-file"): ("empty",),
    }
for _word in ("up", "serve", "down", "status", "reset", "logs", "reclaim", "capacity", "env"):
    MAY_BE_RIGHT[local_command.NAME + " " + _word, "--state-dir"] = ("missing", "directory")
    MAY_BE_RIGHT[local_command.NAME + " " + _word, "--process-registry"] = ("unknown", "huge")
    MAY_BE_RIGHT[local_command.NAME + " " + _word, "--host-names"] = ("unknown", "huge")
MAY_BE_RIGHT[local_command.NAME + " reclaim", "JOB"] = ANY
MAY_BE_RIGHT[local_command.NAME + " capacity", "ENVIRONMENT"] = ANY


@dataclass(frozen=True)
class Case:
    """One command line of a program. ``names``: one of these must be in what is told of it."""

    kind: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    wrong: bool = True

    def __str__(self) -> str:
        said = [f"{name}={value[:30]!r}" for name, value in self.variables.items()]
        return " ".join([*said, *(word if len(word) < 60 else f"{word[:30]}…" for word in self.words)])


@dataclass(frozen=True)
class Program:
    """A command that can be run here: ``words`` come before those of a case, ``run`` takes all of them."""

    name: str
    words: tuple[str, ...]
    command: click.Command
    run: Callable[[Sequence[str]], object]

    def __str__(self) -> str:
        return " ".join((self.name, *self.words))


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield (words, command) of all commands below a group."""
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield from leaves(child, (*words, name))


def programs() -> Iterator[Program]:
    """Yield every command: of ``awa-batch``, each script, and of ``aws-batch-local``."""

    def run_main(words: Sequence[str]) -> None:
        sys.argv = ["awa-batch", *words]
        main()

    def run_local(words: Sequence[str]) -> None:
        local_command.main(list(words))

    for words, command in leaves(cli):
        yield Program("awa-batch", words, command, run_main)
    for words, command in leaves(local_command.cli):
        yield Program(local_command.NAME, words, command, run_local)
    for path in sorted([*ROOT.glob("jobs/*/*submit*job*.py"), *ROOT.glob("scripts/submit_*.py")]):
        yield _script(path)


class _Captured(BaseException):
    pass


def _script(path: Path) -> Program:
    """Return a submit script's command, which it makes when it runs."""
    found: list[click.Command] = []

    def capture(command: click.Command, _name: str) -> None:
        found.append(command)
        raise _Captured

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("awa_batch.cli.script.exit_with_errors", capture)
        patch.setattr("awa_batch.cli.classic.exit_with_errors", capture)
        patch.syspath_prepend(str(path.parent))
        patch.delitem(sys.modules, "config", raising=False)
        with contextlib.suppress(_Captured):
            runpy.run_path(str(path), run_name="__main__")

    def run(words: Sequence[str]) -> None:
        sys.argv = [str(path), *words]
        exit_with_errors(found[0], str(path))

    return Program(str(path.relative_to(ROOT)), (), found[0], run)


class BadFiles:
    """A folder with a file of each bad kind, by the kind's name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "empty").touch()
        (folder / "binary").write_bytes(bytes(range(256)) * 4)
        os.mkfifo(folder / "fifo")
        with (folder / "huge").open("wb") as file:
            file.truncate(1 << 40)  # takes no room
        here = Path.cwd()
        os.chdir(folder)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket")
        os.chdir(here)
        (folder / "loop").symlink_to("loop")
        (folder / "secret").write_text("{}")
        (folder / "secret").chmod(0)
        self.kinds = {
            name: str(folder / name) for name in ("missing", "empty", "binary", "fifo", "huge", "socket", "loop")
        }
        self.kinds["directory"] = str(folder)
        self.kinds["below a file"] = str(folder / "empty" / "x")
        # Root may read whatever the mode is; the other one fails for everybody.
        self.kinds["unreadable"] = str(folder / "secret") if os.geteuid() else "/proc/self/mem"
        self.kinds |= {f"device {name}": f"/dev/{name}" for name in ("zero", "null", "tty", "full")}
        self.kinds["long"] = "x" * 5000


NUMBERS = {"word": "x", "nan": "nan", "infinite": "inf", "minus infinite": "-inf", "negative": "-1", "huge": HUGE,
           "digits": "9" * 5000, "overflow": "1e999"}  # fmt: skip
TEXTS = {"unknown": "nope", "control": "a\nb\x1b[31mc", "long": "x" * 20_000, "blank": "  ", "outside": "../../etc/x",
         "reference": "@999999", "huge": HUGE}  # fmt: skip
OTHERS = {
    "queue": ("awa-batch-dev-ec2-high-priority", "arn:aws:batch:us-east-1:999999999999:job-queue/other"),
    "definition": ("awa-batch-dev-ec2-sample", "arn:aws:batch:us-east-1:999999999999:job-definition/other:1"),
}
"""Names of another environment, and of another account and region."""


def bad_values(parameter: click.Parameter, files: BadFiles) -> dict[str, str]:
    """Return kind → value of what is wrong for a parameter of this type."""
    kind = parameter.type
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return {"value": "x"}
    if isinstance(kind, click.Path):
        return dict(files.kinds)
    if isinstance(kind, click.Choice):
        return {"unknown": "nope", "control": "a\nb", "long": "x" * 5000}
    if kind.name in ("integer", "integer range", "float", "float range", "number", "duration", "when"):
        return {**NUMBERS, **({"fraction": "1.5"} if kind.name.startswith("integer") else {})}
    others = next((names for word, names in OTHERS.items() if word in flag_of(parameter)), ())
    return {**TEXTS, **{f"other {place}": name for place, name in enumerate(others)}}


def flag_of(parameter: click.Parameter) -> str:
    """Return what a parameter is called in this test: its first long flag, or its name in the usage."""
    if isinstance(parameter, click.Option):
        return next((flag for flag in parameter.opts if flag.startswith("--")), parameter.opts[0])
    return parameter.human_readable_name.strip("[].").partition("[")[0].partition("]")[0]


CLASSIC = ["--job-queue", "awa-batch-local-ec2-high-priority", "--job-definition", "awa-batch-local-ec2-sample"]
WITH = {
    "scripts/submit_ec2_job.py": {"": CLASSIC},
    "scripts/submit_fargate_job.py": {"": CLASSIC},
    "submit": {"": ["ec2-sample"], "--rate": ["--from", "jobs.jsonl", "--run", "r"], "--run": ["--from", "jobs.jsonl"],
               "--from": ["--run", "r"], "--as": ["--dry-run"], "--on-interrupt": ["--wait"]},
    "status": {"--timeout": ["j-1", "--watch"]},
    "retry": {"": ["j-1"], "--run": None},
    "logs": {"": ["j-1"], "--run": None},
    "cancel": {"": ["j-1"], "--run": None, "--queue": None},
}  # fmt: skip
"""What makes an option count, by command and flag ("": any); None: it stands alone, without what is for any."""
GOOD = {"NAME": "myjob", "PACKAGE": "polars", "SHELL": "bash", "JOB_ID": "j-1", "JOB": "j-1", "SCHEDULE": "nightly",
        "ENVIRONMENT": "default"}  # fmt: skip
"""What is right for arguments that must be there."""


def cases(program: Program, files: BadFiles) -> Iterator[Case]:
    """Yield what is wrong to say to a program, one thing at a time."""
    more = WITH.get(program.words[0] if program.words else program.name, {})
    needed = [GOOD[flag_of(one)] for one in program.command.params if isinstance(one, click.Argument) and one.required]
    if program.name == local_command.NAME:
        needed = ["--state-dir", "state", *needed]
    whole = " ".join(program.words) if program.name == "awa-batch" else str(program)
    prefix = "_".join(("AWA_BATCH", *program.words)) if program.name == "awa-batch" else ""
    for parameter in program.command.params:
        flag = flag_of(parameter)
        if parameter.type is click.UNPROCESSED:
            continue  # a job's command, of which any word may be right
        own = more.get(flag, [])
        words = [*needed, *(own or [])] if own is None else [*more.get("", []), *needed, *own]
        first = ""
        for kind, value in bad_values(parameter, files).items():
            wrong = kind not in MAY_BE_RIGHT.get((whole, flag), ())
            names = (*parameter.opts, flag, value[:60], repr(value)[1:40])
            if isinstance(parameter, click.Argument):
                yield Case(kind, ("--", value), (*names, "DEFINITION", "QUEUE"), wrong=wrong)
                continue
            yield Case(kind, (*words, f"{flag}={value}"), names, wrong=wrong)
            first = first or (value if wrong and value.strip() else "")
        if isinstance(parameter, click.Option):
            if not parameter.is_flag:
                yield Case("nothing", (*words, flag), tuple(parameter.opts))
            if prefix and first and str(parameter.envvar).startswith("AWA_BATCH_"):
                name = str(parameter.envvar)
                yield Case("variable", tuple(words), (name, *parameter.opts, first[:60]), {name: first})
    yield Case("no such option", (*needed, "--no-such-option"), ("--no-such-option",))
    if not any(isinstance(one, click.Argument) and one.nargs == -1 for one in program.command.params):
        yield Case("one too many", (*more.get("", []), *needed, "one-too-many"), ("one-too-many",))


ARN = "arn:aws:batch:ap-northeast-1:123456789012"
STARTED = "a program that was started"


class Started(BaseException):
    """A program was about to be started."""


class Untouched(OpenBatch):
    """A Batch client that has what is asked for, and remembers what would have changed something."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[str] = []

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        """Return a job that has ended, under the id ``j-1`` alone."""
        detail = {
            "jobId": "j-1",
            "jobName": "n",
            "status": "FAILED",
            "container": {"exitCode": 1},
            "jobQueue": f"{ARN}:job-queue/awa-batch-local-ec2-high-priority",
            "jobDefinition": f"{ARN}:job-definition/awa-batch-local-ec2-sample:1",
        }
        return {"jobs": [detail] if "j-1" in jobs else []}

    def _changed(self, name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        """Have what the contract has, and nothing else."""
        return [value] if "awa-batch-local" in name or name == "ce" else []

    def describe_job_definitions(
        self,
        jobDefinitions: list[str] | None = None,  # noqa: N803
        jobDefinitionName: str = "",  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        """Return them as they are, with what a retry takes over."""
        found = super().describe_job_definitions(jobDefinitions or [f"{ARN}:job-definition/{jobDefinitionName}:1"])
        for one in found["jobDefinitions"]:
            size = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}]
            one["containerProperties"] = {"image": "i", "resourceRequirements": size}
        return found

    def get_object(self, **_: object) -> NoReturn:
        """Hold nothing, as an S3 client."""
        answer = {"Error": {"Code": "NoSuchKey", "Message": "it is not there"}}
        raise ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 404}}, "GetObject")  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "exceptions":
            raise AttributeError(name)

        def call(*_: object, **__: object) -> Any:
            if not name.startswith(("list_", "describe_", "get_")):
                self.changes.append(name)
            if name == "get_paginator":
                return type(
                    "Pages", (), {"paginate": lambda *_, **__: iter([{"jobSummaryList": [], "jobDefinitions": []}])}
                )()
            return {"jobSummaryList": [], "jobs": [], "Account": "123456789012", "jobId": "new", "jobName": "n"}

        return call


@dataclass(frozen=True)
class Ending:
    """How a command line ended. ``code`` is the exit code, or the exception that nothing caught."""

    code: object
    out: str
    err: str

    def fault(self, case: Case) -> str:
        """Return what is not as it should be; "" where all is."""
        if not case.wrong and self.code in (0, STARTED):
            return ""
        if not isinstance(self.code, int):
            return f"ended by {self.code}"
        lines = self.err.splitlines()
        if self.code != 2 and not (self.code == 4 and not case.wrong):
            return f"exit {self.code}"
        if self.out:
            return f"wrote {self.out[:60]!r} to stdout"
        if len(lines) != 2 or not lines[1].startswith("  ") or not lines[1].strip():
            return f"{len(lines)} lines on stderr"
        if not self.err.replace("\n", "").isprintable():
            return "control characters on stderr"
        if max(map(len, lines)) > 2500:
            return "a line without an end"
        if case.wrong and not any(name and name in lines[0] for name in case.names):
            return f"names none of {case.names}"
        return ""


def run(program: Program, case: Case) -> Ending:
    """Run a case in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object

    def hung(*_: object) -> None:
        raise TimeoutError(f"it hung for {SECONDS} s")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(SECONDS)
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setattr(sys, "stdin", io.StringIO())
            patch.setattr(sys, "argv", sys.argv)
            for name, value in case.variables.items():
                patch.setenv(name, value)
            try:
                code = program.run([*program.words, *case.words]) or 0
            except SystemExit as ended:
                code = ended.code or 0
            except Started:
                code = STARTED
            except BaseException as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                code = f"{type(error).__name__}: {str(error)[:120]} ({Path(place.filename).name}:{place.lineno})"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return Ending(code, out.getvalue(), err.getvalue())
