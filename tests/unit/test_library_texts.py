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

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "scripts" / "awa_batch"
SPEAKERS = {"cli", "script.py"}
"""The command line itself."""

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
    return re.compile(rf"(?<![\w-])(?:{words}|awa-batch (?:{commands}))(?![\w-])|\b(?:DEFINITION|JOB_ID|NAME=)")


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
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            left_out.update(map(id, parts))
            text = "{}".join(str(part.value) for part in parts)
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
    ],
)
def test_such_sentences_are_found(text: str) -> None:
    assert spoken().search(text)


@pytest.mark.parametrize(
    "text", ["make it whole", "--format json of git", "awa-batch is a name", "the --memory-swap of Docker"]
)
def test_other_sentences_are_not(text: str) -> None:
    assert not spoken().search(text)
