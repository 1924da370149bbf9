"""What a shell is offered for a value: from what lies on this machine, never from a call, and never with an error."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from awa_batch.target import DEFAULT_ENVIRONMENT

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
RECENT = 30
"""Submissions of this clone that are offered, the newest."""


def _environment(context: click.Context) -> str:
    return str(context.params.get("environment") or DEFAULT_ENVIRONMENT)


def _contract(context: click.Context) -> dict[str, Any]:
    """Return the contract that was read last of the environment, as it lies here."""
    from awa_batch.applied.contract import kept_contract

    return kept_contract(_environment(context))


def _environments(_context: click.Context) -> Iterable[tuple[str, str]]:
    from awa_batch.terraform.root import environment_names

    return ((name, "") for name in environment_names())


def _queues(context: click.Context) -> Iterable[tuple[str, str]]:
    return ((name, str(queue.get("platform", ""))) for name, queue in _contract(context).get("queues", {}).items())


def _definitions(context: click.Context) -> Iterable[tuple[str, str]]:
    found = _contract(context).get("job_definitions", {})
    return ((name, str(entry.get("platform", ""))) for name, entry in found.items())


def _schedules(context: click.Context) -> Iterable[tuple[str, str]]:
    return ((name, str(one.get("job_definition", ""))) for name, one in _contract(context).get("schedules", {}).items())


def _ids(context: click.Context) -> Iterable[tuple[str, str]]:
    from awa_batch.history import recent

    found = recent(_environment(context), RECENT)
    return [("@last", found[0].job_name if found else ""), *((one.job_id, one.job_name) for one in found)]


def _runs(context: click.Context) -> Iterable[tuple[str, str]]:
    from awa_batch.paths import state_dir
    from awa_batch.submission.ledger import ledger_file

    folder = ledger_file(state_dir(), _environment(context), "x").parent
    return ((file.stem, "") for file in sorted(folder.glob("*.sqlite")))


def _offer(values: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Completer:
    def complete(context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
        found: list[CompletionItem] = []
        with contextlib.suppress(Exception):  # a shell at its prompt is no place for a message
            found = [
                CompletionItem(value, help=said or None) for value, said in values(context) if value.startswith(text)
            ]
        return found

    return complete


_BY_NAME = {
    "environment": _offer(_environments),
    "--queue": _offer(_queues),
    "QUEUE": _offer(_queues),
    "DEFINITION": _offer(_definitions),
    "SCHEDULE": _offer(_schedules),
    "JOB_ID": _offer(_ids),
    "--run": _offer(_runs),
    "--depends-on": _offer(_ids),
}


def complete_values(command: click.Command) -> None:
    """Let every parameter of a command, whose values are known here, offer them."""
    for parameter in command.params:
        names = [parameter.name or "", *parameter.opts]
        if isinstance(parameter, click.Argument):
            names.append(parameter.human_readable_name.strip("[].").partition("[")[0].partition("]")[0])
        found = next((_BY_NAME[name] for name in names if name in _BY_NAME), None)
        if found is not None:
            parameter._custom_shell_complete = found
    if isinstance(command, click.Group):
        for child in command.commands.values():
            complete_values(child)
