"""The words of the command line: fields as flags, commands with the environment that is worked on."""

from __future__ import annotations

import os

from awa_batch.text import Command, Step, Words

_NAMES = {
    "array": "--array",
    "container_overrides": "--container-overrides-file",
    "definition": "DEFINITION",
    "job_id": "JOB_ID",
    "params": "--param",
    "tags": "--tag",
}
"""Fields whose flag is not simply their name."""


class FlagWords(Words):
    """Flags; ``environment`` is the one worked on where the next command would not find it by itself, else ""."""

    def __init__(self, environment: str = "") -> None:
        self.environment = environment

    def name(self, field: str) -> str:
        """Return the flag of a field."""
        return _NAMES.get(field) or f"--{field.replace('_', '-')}"

    def command(self, command: Command) -> str:
        """Return the command line, complete enough to be copied."""
        first, *rest = self._words(command)
        return " ".join(("awa-batch", first, *(("-E", self.environment) if self.environment else ()), *rest))

    def step(self, step: Step) -> str:
        """Return the make targets, of the environment that is worked on unless the step names one."""
        environment = step.environment or self.environment
        return f"make {' '.join(step.targets)}" + (f" ENV={environment}" if environment not in ("", "local") else "")


_spoken = FlagWords()


def words() -> FlagWords:
    """Return the words in use."""
    return _spoken


def speak_of(environment: str) -> None:
    """Name ``environment`` in every command that is told from now on, where it is not the default one."""
    _spoken.environment = "" if environment == os.environ.get("AWA_BATCH_ENV", "local") else environment
