"""The command that was given, complete, to be given again."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import Any

import click
from click.core import ParameterSource


def command_again() -> str:
    """Return the present command with everything that was said, by flag or variable, once each, ready to be copied.

    What came by a variable is in it as well: another shell may not have it.
    """
    context = click.get_current_context()
    arguments: list[str] = []
    options: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "", context.meta.get(f"awa_batch.{parameter.name}"))
        if value is None or context.get_parameter_source(parameter.name or "") in (
            None,
            ParameterSource.DEFAULT,
            ParameterSource.DEFAULT_MAP,
        ):
            continue
        if isinstance(parameter, click.Option):
            options += _option(parameter, value)
        else:
            arguments += [_text(one) for one in (value if isinstance(value, tuple) else (value,))]
    return shlex.join([*context.command_path.split(), *arguments, *options])


def _option(option: click.Option, value: Any) -> list[str]:
    flag = next((opt for opt in option.opts if opt.startswith("--")), option.opts[0])
    if option.is_flag:
        return [flag] if value else list(option.secondary_opts[:1])
    values = value if option.multiple else (value,)
    return [word for one in values for word in _with_value(flag, _text(one))]


def _with_value(flag: str, text: str) -> list[str]:
    """Return flag and value, in one word where the value alone would look like a flag."""
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value) if not isinstance(value, PurePath) else value.as_posix()
