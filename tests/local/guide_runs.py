"""Run the commands of the guides in one environment, as they are printed, and hold what they print against the page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import forked

from tests.guide_commands import Command

if TYPE_CHECKING:
    from environment_support import Project

_SHELL = re.compile(r"[|&;$()`<>~*\n]")
_QUOTED = re.compile(r"'[^']*'")

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OTHERWISE = (
    (ID, ID),
    (r"\b(ec2|fargate)-sample-[a-z0-9]{8}\b", r"(?:ec2|fargate)-sample-[a-z0-9]{8}"),
    (r"\b[0-9a-f]{12,}\b", "[0-9a-f]+"),
    (r"\d[\d.,]*", r"\d[\d.,]*"),
    ("…", ".*"),
    (r"\s+", r"\s+"),
)
"""What of a printed line may be another in each run → its pattern: ids, random ends of names, numbers, widths."""
LOCAL = ((r"\.venv/bin/", ""), (r" -E dev\b", ""), (r"\bawa-batch-dev-", "awa-batch-local-"))
"""What is shown of ENV=dev → what ENV=local prints."""
PASSING = re.compile(r"\S+ +(RUNNABLE|STARTING|RUNNING)")
"""A state that a job may have passed before anybody looked."""


class Shell:
    """A shell in the clone of an environment that is up."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.before = ""  # what was set on lines before
        venv = project.root / ".venv"
        if not venv.exists():
            venv.symlink_to(sys.prefix)

    def run(self, line: str) -> tuple[int, str]:
        """Run a line and return its exit code and what it printed, on either stream."""
        words = [] if _SHELL.search(_QUOTED.sub("", line)) else shlex.split(line)
        if words and words[0] == "awa-batch":
            done = forked.run(words[1:], self.project.env, self.project.root, together=True)
            return done.returncode, done.stdout
        if re.fullmatch(r"\w+=\S+", line):
            self.before += f"{line}\n"
        done = subprocess.run(
            ["bash", "-c", self.before + self._set_up(line) + line], env=self.project.env, cwd=self.project.root,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    @staticmethod
    def _set_up(line: str) -> str:
        """Return what makes a line run here: the clone's .venv is the tests' own, and `aws` asks the local AWS."""
        if "make" in line:
            return 'make() { command make --old-file=setup "$@"; }\n'
        if "aws " in line:
            from bench.peers import aws_command

            return f'eval "$(awa-batch local env)"; aws() {{ {shlex.quote(str(aws_command()))} "$@"; }}\n'
        return ""


def pattern(line: str) -> re.Pattern[str]:
    """Return what a printed line has to begin with: words as they are shown, and `OTHERWISE`."""
    either = re.compile("|".join(f"(?P<p{number}>{found})" for number, (found, _) in enumerate(OTHERWISE)))
    held, end = "", 0
    for match in either.finditer(line.strip()):
        held += re.escape(line.strip()[end : match.start()]) + OTHERWISE[int(str(match.lastgroup)[1:])][1]
        end = match.end()
    return re.compile(held + re.escape(line.strip()[end:]))


def not_printed(command: Command, printed: str) -> list[str]:
    """Return the lines that a page shows below a command and that it did not print, in their order."""
    lines = iter(printed.splitlines())
    missed = []
    for shown in command.shown:
        if PASSING.fullmatch(shown):
            continue
        local = shown
        for there, here in LOCAL:
            local = re.sub(there, here, local)
        wanted = pattern(local)
        if not any(wanted.match(line.strip()) for line in lines):
            missed.append(shown)
            lines = iter(printed.splitlines())
    return missed
