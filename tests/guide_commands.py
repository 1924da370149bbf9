"""The commands of the guides (README.md and docs/), as they are printed there, and what is shown below each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")))
"""Guides in English. The commands of those in Japanese are the same: tests/unit/test_documents_ja.py."""

PROGRAMS = ("awa-batch", "aws", "aws-batch-local", "docker", "make", "pip", "python", "sudo", "terraform")
_BLOCK = re.compile(r"(?ms)^ *```([\w-]*)[^\n]*\n(.*?)^ *```$")
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Command:
    """A command of a page: ``text`` without its comment, ``shown`` the lines printed below it."""

    page: str
    text: str
    shown: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """As it is typed where an environment is activated."""
        return self.text.replace(".venv/bin/", "")


def commands(page: str) -> list[Command]:
    """Return the commands of a page's blocks of shell, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found: list[Command] = []
    for language, block in _BLOCK.findall(text):
        if language == "sh":
            found += _typed(page, block)
        elif language == "console":
            found += _session(page, block)
    return found


def in_sentences(page: str) -> list[Command]:
    """Return the commands of awa-batch that a page's sentences and tables have as code, each once."""
    text = _BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    spans = dict.fromkeys(span for span in _SPAN.findall(text) if re.match(r"(\.venv/bin/)?awa-batch \S", span))
    return [Command(page, span) for span in spans]


def not_marked(page: str) -> list[str]:
    """Return what looks like a command and stands in a block of no language, where nothing looks at it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = [line for language, block in _BLOCK.findall(text) if language == "" for line in block.splitlines()]
    begins = re.compile(rf"(\$ |(\.venv/bin/)?({'|'.join(PROGRAMS)}) )")
    return [line for line in lines if begins.match(line)]


def _typed(page: str, block: str) -> list[Command]:
    lines = [_without_comment(line) for line in block.replace("\\\n", " ").splitlines()]
    return [Command(page, line) for line in lines if line]


def _session(page: str, block: str) -> list[Command]:
    """Return the commands after ``$``, each with the lines up to the next one."""
    found: list[Command] = []
    for part in re.split(r"(?m)^\$ ", block)[1:]:
        line, _, shown = part.partition("\n")
        found.append(Command(page, _without_comment(line), tuple(one for one in shown.splitlines() if one.strip())))
    return found


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s+)#\s.*$", "", line).strip()
