"""What the library says to people: sentences with data in them, put into words by whoever speaks to them.

A check does not know whether a memory size came as a flag, as a field of a file or as an argument in Python, and not
what the command is called that its reader types. So it names the thing (`Field`, `Command`, `Step`), and a `Words`
says it: the command line has its flags, the job file its fields, the classic scripts their own.

    raise UsageError(Field("memory", 900), ": Fargate has no such size.", fix=("Use ", Field("memory", 1024), "."))
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """Something that a user can say, by its name in the job's spec or of an option; ``value`` None: the field alone."""

    name: str
    value: object = None


@dataclass(frozen=True, init=False)
class Command:
    """A command of the toolkit that helps: ``Command("retry", job_id, Field("memory", "x2"))``."""

    words: tuple[str | Field, ...]

    def __init__(self, *words: str | Field) -> None:
        object.__setattr__(self, "words", words)


@dataclass(frozen=True, init=False)
class Step:
    """A step that brings an environment further: ``Step("plan", "apply")``.

    ``targets`` are done in their order; ``environment`` is the one meant, None that which is worked on.
    """

    targets: tuple[str, ...]
    environment: str | None

    def __init__(self, *targets: str, environment: str | None = None) -> None:
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "environment", environment)


Part = str | Field | Command | Step
Text = tuple[Part, ...]
Say = Callable[[Part | Text], None]
"""How the library tells people what it is doing: one line a call."""


def as_text(said: Part | Text) -> Text:
    """Return a single part, or a text, as a text; an empty string is not a part."""
    parts = said if isinstance(said, tuple) else (said,)
    return tuple(part for part in parts if part != "")


class Words:
    """Plain words for whoever calls the library from Python: a field by its name, a command as it is typed."""

    def say(self, said: Part | Text) -> str:
        """Return a text as people read it. A command inside a sentence stands in backticks, one alone does not."""
        text = as_text(said)
        if len(text) == 1 and isinstance(text[0], Command | Step):
            return self.command(text[0]) if isinstance(text[0], Command) else self.step(text[0])
        return "".join(map(self._part, text))

    def _part(self, part: Part) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Field):
            return self.field(part)
        return f"`{self.command(part) if isinstance(part, Command) else self.step(part)}`"

    def field(self, field: Field) -> str:
        """Return a field with its value: ``memory 900``."""
        name = self.name(field.name)
        return name if field.value is None else f"{name} {self.value(field.value)}"

    def name(self, field: str) -> str:
        """Return what a field is called here."""
        return field

    def value(self, value: object) -> str:
        """Return a value as it would be written; strings that need quotes get them."""
        if isinstance(value, float):
            return f"{value:g}"
        text = str(value)
        return shlex.quote(text) if text.isprintable() else repr(text)  # a message is one line, whatever is in it

    def command(self, command: Command) -> str:
        """Return what is typed for a command."""
        return " ".join(("awa-batch", *self._words(command)))

    def step(self, step: Step) -> str:
        """Return what is typed for a step."""
        where = f" ENV={step.environment}" if step.environment else ""
        return f"make {' '.join(step.targets)}{where}"

    def _words(self, command: Command) -> list[str]:
        return [word if isinstance(word, str) else self.field(word) for word in command.words]


PLAIN = Words()
