"""Below the command line no text names a flag or a command: it names the field, and whoever speaks says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import awa_batch

PACKAGE = Path(awa_batch.__file__).parent
SPEAKERS = ("cli/", "classic.py", "script.py", "text.py", "job/spec.py")
"""What has flags and commands of its own and says texts in them, and where the help of the flags is written."""

COMMANDS = "attach|build|cancel|doctor|history|local|logs|push|queues|retry|status|submit|why"
SPOKEN = re.compile(
    rf"(?<![\w-])--[a-z]+|\bawa-batch ({COMMANDS})\b|\bmake (up|plan|apply|build|push)\b|\bJOB_ID\b|\bDEFINITION\b"
)
OTHERS_COMMANDS = re.compile(r"^ --state ENABLED|aws batch update-job-queue")
"""Of the aws command, which has no words of ours."""


def texts(file: Path) -> Iterator[str]:
    """Yield the strings of a module that may be told: of more than one word, and no docstrings."""
    tree = ast.parse(file.read_text())
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in bare
            and " " in node.value
        ):
            yield node.value


def test_only_the_command_line_speaks_command_line() -> None:
    found = {
        f"{file.relative_to(PACKAGE)}: {text}"
        for file in PACKAGE.rglob("*.py")
        if not file.relative_to(PACKAGE).as_posix().startswith(SPEAKERS)
        for text in texts(file)
        if SPOKEN.search(text) and not OTHERS_COMMANDS.search(text)
    }
    assert not found
