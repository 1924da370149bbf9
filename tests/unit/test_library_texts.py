"""Only the command line speaks command line: below cli/ a sentence names fields, commands and steps as data.

What the library says reaches people by three ways in, and programs: it cannot know what they typed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from awa_batch.cli.main import COMMANDS, cli
from local_batch.command import NAME
from local_batch.command import cli as local_batch

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "scripts" / "awa_batch"
SPEAKERS = {"cli", "script.py"}
"""The command line itself."""

LOCAL_BATCH = ROOT / "scripts" / "local_batch" / "src" / "local_batch"
LOCAL_BATCH_SPEAKER = LOCAL_BATCH / "command.py"
"""The command line of the local Batch, which is used without the toolkit as well."""

ALLOWED = {"job/spec.py"}
"""Its sentences are the help of the flags themselves, and the reference of them in docs/cli.md."""


def flags() -> set[str]:
    """Return every long flag of every command."""
    found = set()

    def walk(command: click.Command) -> None:
        for parameter in command.params:
            found.update(name for name in parameter.opts + parameter.secondary_opts if name.startswith("--"))
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child)

    walk(cli)
    return found


def targets() -> set[str]:
    """Return every target of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def spoken() -> re.Pattern[str]:
    """Return what no sentence of the library may hold."""
    words = "|".join(sorted((*flags(), *(f"make {name}" for name in targets())), key=len, reverse=True))
    commands = "|".join(map(re.escape, COMMANDS))
    return re.compile(
        rf"(?<![\w-])(?:{words}|awa-batch (?:{commands}))(?![\w-])"
        # ENV=NAME may stand for an environment: it is what people call it.
        r"|\b(?:DEFINITION|JOB_ID|NAME=|ENV=(?!local\b|\{\}))"
    )


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string with a blank in it; a formatted one as a whole, docstrings left out."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # docstrings, also those below a constant
            left_out.update(
                id(line.value) for line in body if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out.update(map(id, node.values))
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            text = node.value
        else:
            continue
        if " " in text:
            yield node.lineno, text


def library() -> list[Path]:
    found = {path.relative_to(PACKAGE): path for path in PACKAGE.rglob("*.py")}
    return sorted(
        path for name, path in found.items() if not SPEAKERS & set(name.parts) and name.as_posix() not in ALLOWED
    )


@pytest.mark.parametrize("path", library(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sentence_of_the_library_speaks_command_line(path: Path) -> None:
    pattern = spoken()
    found = [
        f"line {line}: {match[0]!r} in {text!r}"
        for line, text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if (match := pattern.search(text))
    ]
    assert not found, "say it with Field, Command or Step:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "Use --memory 1024.",
        "Run `make up` first.",
        "See `awa-batch why`.",
        "awa-batch submit --from FILE",
        "DEFINITION: no such thing",
        "pass JOB_ID twice",
        "use --env-name or ENV=.",
    ],
)
def test_such_sentences_are_found(text: str) -> None:
    assert spoken().search(text)


@pytest.mark.parametrize(
    "text",
    [
        "make it whole",
        "--format json of git",
        "awa-batch is a name",
        "ENV=local is gone",
        "the --memory-swap of Docker",
    ],
)
def test_other_sentences_are_not(text: str) -> None:
    assert not spoken().search(text)


def flags_of_the_local_batch() -> re.Pattern[str]:
    """Return what no sentence of the local Batch may hold: people reach it by the toolkit's commands as well."""
    found = {name for command in local_batch.commands.values() for option in command.params for name in option.opts}
    words = "|".join(sorted((name for name in found if name.startswith("--")), key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{words}|{NAME} (?:{'|'.join(local_batch.commands)}))(?![\w-])")


@pytest.mark.parametrize(
    "path",
    sorted(set(LOCAL_BATCH.rglob("*.py")) - {LOCAL_BATCH_SPEAKER}),
    ids=lambda path: path.relative_to(LOCAL_BATCH).as_posix(),
)
def test_no_sentence_of_the_local_batch_speaks_command_line(path: Path) -> None:
    pattern = flags_of_the_local_batch()
    found = [
        f"line {line}: {match[0]!r} in {text!r}"
        for line, text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if (match := pattern.search(text))
    ]
    assert not found, "give the error its option:\n" + "\n".join(found)


def test_flags_of_the_local_batch_are_found() -> None:
    for text in ("Leave --port out.", "give another --state-dir", "Run: aws-batch-local up"):
        assert flags_of_the_local_batch().search(text)
