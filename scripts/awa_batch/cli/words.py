"""The words of the command line: fields as flags, commands with the environment that is worked on."""

from __future__ import annotations

import os

from awa_batch.target import LOCAL
from awa_batch.text import Command, Step, Words

ENVIRONMENT_VARIABLE = "AWA_BATCH_ENV"
_NAMES = {
    "array": "--array",
    "container_overrides": "--container-overrides-file",
    "definition": "DEFINITION",
    "job_id": "JOB_ID",
    "params": "--param",
    "new_job": "NAME",
    "queues": "QUEUE",
    "tags": "--tag",
}
"""Fields whose flag is not simply their name."""
_OF_NO_ENVIRONMENT = ("demo", "local", "new-env", "new-job")
"""Commands that take no -E."""
_OF_THE_CLONE = {"clean", "demo", "down", "setup", "test"}
"""Steps that take no ENV=."""


class FlagWords(Words):
    """Flags; ``environment`` is the one worked on ("": none is, or the default one)."""

    def __init__(self, environment: str = "") -> None:
        self.environment = environment

    def name(self, field: str) -> str:
        """Return the flag of a field."""
        return _NAMES.get(field) or f"--{field.replace('_', '-')}"

    def command(self, command: Command) -> str:
        """Return the command line, complete enough to be copied: with the environment where it is not the default."""
        first, *rest = self._words(command)
        named = first not in _OF_NO_ENVIRONMENT and self.environment not in (
            "",
            os.environ.get(ENVIRONMENT_VARIABLE, LOCAL),
        )
        return " ".join(("awa-batch", first, *(("-E", self.environment) if named else ()), *rest))

    def step(self, step: Step) -> str:
        """Return the make targets, of the environment that is worked on unless the step names one.

        make does not read the variable that names the default environment of commands.
        """
        environment = "" if set(step.targets) <= _OF_THE_CLONE else step.environment or self.environment
        return f"make {' '.join(step.targets)}" + (f" ENV={environment}" if environment not in ("", LOCAL) else "")


_spoken = FlagWords()


def words() -> FlagWords:
    """Return the words in use."""
    return _spoken


def speak_of(environment: str) -> None:
    """Name ``environment`` in every command and step that is told from now on, where they need it."""
    _spoken.environment = environment
