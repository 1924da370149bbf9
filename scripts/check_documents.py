#!/usr/bin/env python3
"""Say what is stale in the documents: links that lead nowhere, commands that are not there, diagrams that break.

    .venv/bin/python scripts/check_documents.py            (or `make lint`)

Looks at every Markdown file of the clone. A command is one of `awa-batch`, `aws-batch-local` and `make`, in a block of
code or in a sentence; its words are given to the command line's own parser, or looked up in the Makefile.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click

from awa_batch.cli.main import cli as awa_batch
from check_diagrams import diagram_faults
from local_batch.command import cli as aws_batch_local

ROOT = Path(__file__).resolve().parents[1]
SHELL = ("", "bash", "console", "sh")
"""Languages of blocks in which commands are looked for; what a block shows as printed begins with none."""

_FENCE = re.compile(r"(?ms)^ *```([\w-]*)[^\n]*\n(.*?)^ *```$")
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?:\]\(|^\[[^\]]+\]: +|\b(?:href|src)=\")<?([^)\s\">]+)", re.MULTILINE)
_ENDS = {"|", "||", "&", "&&", ";", "(", ")", "<", ">", ">>", "<<"}


def documents() -> list[Path]:
    """Return every Markdown file that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def anchors(text: str) -> set[str]:
    """Return what `#…` may name in a document: GitHub's anchors of its headings, and those that it sets itself."""
    bare = _FENCE.sub("", text)
    found: set[str] = set(re.findall(r'<a (?:id|name)="([^"]+)"', bare))
    counted: Counter[str] = Counter()
    for heading in re.findall(r"(?m)^#{1,6} +(.*?) *#*$", bare):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.replace("*", "")).lower().replace(" ", "-")
        found.add(f"{anchor}-{counted[anchor]}" if counted[anchor] else anchor)
        counted[anchor] += 1
    return found


def broken_links(document: Path) -> list[str]:
    """Return the links of a document that lead to no file or to no heading; addresses in the web are not asked."""
    text = _SPAN.sub("", _FENCE.sub("", document.read_text(encoding="utf-8")))
    return [link for link in _LINK.findall(text) if not _leads_somewhere(document, link)]


def _leads_somewhere(document: Path, link: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return True
    path, _, anchor = unquote(link).partition("#")
    target = document.parent / path if path else document
    if not target.exists() or not target.resolve().is_relative_to(ROOT):
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors_of(target.resolve())


@cache
def _anchors_of(document: Path) -> set[str]:
    return anchors(document.read_text(encoding="utf-8"))


def commands(text: str) -> list[list[str]]:
    """Return the words of each command of ours in a document's blocks of code, but for lines with `…`."""
    shell = "\n".join(block for language, block in _FENCE.findall(text) if language in SHELL).replace("\\\n", " ")
    return _all_commands(re.sub(r"^\s*(?:\$ )?", "", line) for line in shell.splitlines())


def named(text: str) -> list[list[str]]:
    """Return the words of each command of ours that a document's sentences name."""
    spans = _SPAN.findall(_FENCE.sub("", text))
    return _all_commands(span for span in spans if re.match(r"\S+ [a-z]", span))


def _all_commands(lines: Iterable[str]) -> list[list[str]]:
    return [words for line in lines if "…" not in line for words in _simple_commands(line)]


def _simple_commands(line: str) -> Iterator[list[str]]:
    """Yield the commands of a line of shell that are ours: those beside `&&`, and what `$(…)` runs."""
    for inner in re.findall(r"\$\(([^()]*)\)", line):
        yield from _simple_commands(inner)
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.commenters, lexer.whitespace_split = "", True
        words = [*lexer, ";"]
    except ValueError:
        return
    command: list[str] = []
    for word in words:
        if word in _ENDS or word.startswith("#"):
            if command and (name := command[0].removeprefix(".venv/bin/")) in _CHECKS:
                yield [name, *command[1:]]
            if word.startswith("#"):
                return
            command = []
        elif command or not re.match(r"\w+=", word):
            command.append(word)


def refused(words: list[str], folder: Path = ROOT) -> str | None:
    """Return why a command would not be taken when it is given in a folder, None where it would be."""
    return _CHECKS[words[0]](words, folder)


def _by_click(group: click.Group, words: list[str]) -> str | None:
    name, *rest = words
    command: click.Command = group
    context = click.Context(group, info_name=name)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            return f"there is no command {rest[0]}"
        command, context, rest = inner, click.Context(inner, parent=context, info_name=rest[0]), rest[1:]
    try:
        command.make_parser(context).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    return None


@cache
def _makefile(file: Path) -> tuple[set[str], set[str]]:
    """Return the targets of a Makefile and the variables that it reads."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return set(re.findall(r"(?m)^([a-z][\w-]*):", text)), set(re.findall(r"\$\((?:origin )?([A-Z][A-Z_]*)\)", text))


def _by_make(words: list[str], folder: Path) -> str | None:
    words = words[1:]
    if words[:1] == ["-C"]:
        folder, words = ROOT / "".join(words[1:2]), words[2:]
    targets, variables = map(set.union, _makefile(ROOT / "Makefile"), _makefile(folder / "Makefile"))
    for word in words:
        name, given, _ = word.partition("=")
        if given and name not in variables:
            return f"no Makefile reads {name}"
        if not given and not word.startswith("-") and word not in targets:
            return f"there is no target {word}"
    return None


_CHECKS: dict[str, Callable[[list[str], Path], str | None]] = {
    "awa-batch": lambda words, _folder: _by_click(awa_batch, words),
    "aws-batch-local": lambda words, _folder: _by_click(aws_batch_local, words),
    "make": _by_make,
}


def faults(document: Path) -> list[str]:
    """Return all that is stale in a document, a sentence each."""
    text = document.read_text(encoding="utf-8")
    said = [f"{link}: the link leads nowhere" for link in broken_links(document)]
    said += [
        fault for language, block in _FENCE.findall(text) if language == "mermaid" for fault in diagram_faults(block)
    ]
    for words in commands(text):
        why = refused(words, document.parent)
        said += [f"{shlex.join(words)}: {why}"] if why else []
    for words in named(text):
        # A sentence may name an option without a value: `awa-batch submit --code`.
        tried = [words, [*words, "VALUE"]] if words[-1].startswith("--") else [words]
        why = refused(words, document.parent)
        said += [f"{shlex.join(words)}: {why}"] if all(refused(one, document.parent) for one in tried) else []
    return said


def main() -> int:
    """Print what is stale in the documents; 1 where something is."""
    found = [f"{document.relative_to(ROOT)}: {said}" for document in documents() for said in faults(document)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
