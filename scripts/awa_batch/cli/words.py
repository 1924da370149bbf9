"""The words of the command line: fields as flags, commands with the environment that is worked on."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from functools import cache

import click
from click.core import ParameterSource

from awa_batch.target import DEFAULT_ENVIRONMENT
from awa_batch.text import Command, Field, Step, Words

ENVIRONMENT_VARIABLE = "AWA_BATCH_ENV"
_ARGUMENTS = {
    "job_id": "JOB_ID", "new_job": "NAME", "queues": "QUEUE", "package": "PACKAGE", "environment": "--env-name or ENV=",
    "schedule": "SCHEDULE", "new_image": "NAME",
}  # fmt: skip
"""What is said without a flag, or in more ways than by the flag of its name, beside the job definition."""
_OF_NO_ENVIRONMENT = ("completion", "demo", "local", "new-env", "new-job")
"""Commands that take no -E."""
NAME = "awa-batch"
_OF_THE_CLONE = {"clean", "demo", "down", "new-image", "pin", "setup", "test"}
"""Steps that take no ENV=."""


@cache
def program() -> str:
    """Return what to type for this very command: its name where PATH finds it, else its path from here, quoted.

    So what is told can be pasted, also in a shell where no environment was activated.
    """
    own = os.path.join(os.path.dirname(sys.executable), NAME)
    found = shutil.which(NAME)
    if found and os.path.realpath(found) == os.path.realpath(own):
        return NAME
    if not os.path.exists(own):  # run in another way, as by python -m
        return NAME
    try:
        near = os.path.relpath(own)
    except OSError:  # the working directory is gone
        near = own
    return shlex.quote(own if near.startswith("..") else near)


class FlagWords(Words):
    """Flags; ``environment`` is the one worked on ("": none is, or the default one)."""

    def __init__(self, environment: str = "") -> None:
        self.environment = environment
        self.files: dict[str, str] = {}
        """Fields that a file said: messages that give no value name the file."""

    def field(self, field: Field) -> str:
        """Return a flag with its value, or with the file that said the field."""
        if field.value is None and field.name in self.files:
            return f"{self.name(field.name)} {shlex.quote(self.files[field.name])}"
        return super().field(field)

    def name(self, field: str) -> str:
        """Return the flag of a field: the one that its statement begins with, else the one of its own name."""
        from awa_batch.job.spec import STATEMENTS  # most commands never tell an error

        if field in _ARGUMENTS:
            return _ARGUMENTS[field]
        return STATEMENTS[field].ways[0].flag if field in STATEMENTS else f"--{field.replace('_', '-')}"

    def command(self, command: Command) -> str:
        """Return the command line, complete enough to be copied: with the environment where it is not the default."""
        first, *rest = self._words(command)
        named = first not in _OF_NO_ENVIRONMENT and self.environment not in (
            "",
            os.environ.get(ENVIRONMENT_VARIABLE, DEFAULT_ENVIRONMENT),
        )
        return " ".join((program(), first, *(("-E", self.environment) if named else ()), *rest))

    def step(self, step: Step) -> str:
        """Return the make targets, of the environment that is worked on unless the step names one.

        make does not read the variable that names the default environment of commands.
        """
        environment = "" if set(step.targets) <= _OF_THE_CLONE else step.environment or self.environment
        where = f" ENV={environment}" if environment not in ("", DEFAULT_ENVIRONMENT) else ""
        return f"make {' '.join(step.targets)}{where}"


class ClassicWords(FlagWords):
    """The flags of the classic scripts; a command is still the toolkit's, with the toolkit's flags."""

    def name(self, field: str) -> str:
        """Return the flag of a field there."""
        from awa_batch.job.spec import STATEMENTS

        return STATEMENTS[field].classic_ways[0].flag if field in STATEMENTS else super().name(field)

    def _words(self, command: Command) -> list[str]:
        return FlagWords(self.environment)._words(command)


class ScriptWords(FlagWords):
    """The words of a script in ``jobs/``: its own flags, and what its code says of the job by the name in the code."""

    def name(self, field: str) -> str:
        """Return --queue and other flags of the script, and the name of what only the code says."""
        from awa_batch.job.spec import STATEMENTS

        return field if field in STATEMENTS and field != "queue" else super().name(field)

    def _words(self, command: Command) -> list[str]:
        return FlagWords(self.environment)._words(command)


_spoken = FlagWords()


def words() -> FlagWords:
    """Return the words in which this process speaks: those of `speak`, else flags without an environment."""
    return _spoken


def speak(spoken: FlagWords) -> None:
    """Use these words for everything that is told from now on."""
    global _spoken
    _spoken = spoken


def speak_of(environment: str) -> None:
    """Name ``environment`` in every command and step that is told from now on, where they need it."""
    _spoken.environment = environment


def said_by(parameter: click.Parameter | None, context: click.Context | None) -> str:
    """Return what a value was said with: the flag, an argument's name, or with ``context`` the variable it came by."""
    if parameter is None:
        return "The value"
    by = context.get_parameter_source(parameter.name or "") if context else None
    if by is ParameterSource.ENVIRONMENT and context and isinstance(parameter.envvar, str):
        return f"The variable {parameter.envvar}"
    if isinstance(parameter, click.Option):
        return next((flag for flag in parameter.opts if flag.startswith("--")), parameter.opts[0])
    return parameter.human_readable_name.strip("[].").partition("[")[0]
