"""A job's configuration: found, read, checked, and refused in words that say what to change."""

from __future__ import annotations

import argparse
import errno
import json
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from awa_runtime.json_text import JsonError, read_json
from awa_runtime.masking import MASK, is_secret_name, masked
from awa_runtime.remote import RemoteError, is_uri, read_uri

CONFIG_VARIABLE = "CONFIG_JSON"
PARAM_FLAG = "--param_json"
EXIT_REFUSED = 2

_SHOWN = 60  # characters of a refused value that are shown

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(Exception):
    """A configuration that is missing, unreadable or invalid; ``str()`` is ready to be shown."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"Wrong arguments: {message}.\n  Use {PARAM_FLAG} FILE, or set {CONFIG_VARIABLE}.")


def load_config(model: type[Model], argv: Sequence[str] | None = None, *, optional: bool = False) -> Model:
    """Return this job's configuration as ``model``; where it is refused, say why on stderr and exit with 2.

    It is read from ``--param_json FILE`` in ``argv`` (default: the command line), else from the environment variable
    CONFIG_JSON. Either may be the address of the JSON instead: ``s3://bucket/key`` or ``ssm:/parameter/name``, read as
    the job's role. A file that is named but missing is an error, whatever CONFIG_JSON holds. With ``optional`` nothing
    given at all is a configuration of the model's own defaults. ``read_config`` does the same without exiting.
    """
    try:
        return read_config(model, argv, optional=optional)
    except ConfigError as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(EXIT_REFUSED) from None


def read_config(model: type[Model], argv: Sequence[str] | None = None, *, optional: bool = False) -> Model:
    """Return this job's configuration as ``model``. Raises ConfigError (see ``load_config`` for where it is read)."""
    found = _find(sys.argv[1:] if argv is None else argv)
    if found is None and not optional:
        raise ConfigError(
            f"No configuration: neither {PARAM_FLAG} FILE nor the environment variable {CONFIG_VARIABLE} is given."
            f"\n  Give one of them: {PARAM_FLAG} parameters.json on a laptop, {CONFIG_VARIABLE} in a job."
        )
    source, text = found or ("No configuration", "{}")
    try:
        values = read_json(text)
    except JsonError as error:
        raise ConfigError(f"{source} is not valid JSON: {error}.\n  {error.fix}") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(refusal(source, model, error)) from None


def _find(argv: Sequence[str]) -> tuple[str, str] | None:
    """Return a name for the source of the configuration, and its text; None without one. Raises ConfigError."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument(PARAM_FLAG, "--param-json", dest="file", metavar="FILE")
    file = parser.parse_args(list(argv)).file
    if file is not None:
        return f"{PARAM_FLAG} {file}", _fetched(PARAM_FLAG, file) if is_uri(file) else _read(file)
    text = os.environ.get(CONFIG_VARIABLE)
    if text is None:
        return None
    if not text.strip():
        raise ConfigError(f"{CONFIG_VARIABLE} is set but empty.\n  Set it to a JSON object, or unset it.")
    if is_uri(text.strip()):
        return f"{CONFIG_VARIABLE} {text.strip()}", _fetched(CONFIG_VARIABLE, text.strip())
    return CONFIG_VARIABLE, text


def _fetched(source: str, uri: str) -> str:
    try:
        text = read_uri(uri)
    except RemoteError as error:
        raise ConfigError(f"{source}: {error}") from None
    except FileNotFoundError:
        raise ConfigError(
            f"{source}: {uri}: there is no such object.\n  It may have aged out: submit again, or check bucket and key."
        ) from None
    if not text.strip():
        raise ConfigError(f"{source}: {uri} is empty.\n  Put a JSON object there.")
    return text


def _read(file: str) -> str:
    path = Path(file)
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe or a device may have no end
            raise OSError(errno.EINVAL, "not a regular file")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        what = f"{PARAM_FLAG} {file}: there is no such file (looked in {Path.cwd()})."
    except UnicodeDecodeError as error:
        what = f"{PARAM_FLAG} {file}: not UTF-8 text (byte {error.start})."
    except OSError as error:
        what = f"{PARAM_FLAG} {file}: cannot be read: {error.strerror}."
    except ValueError as error:  # a NUL character
        what = f"{PARAM_FLAG} {file!a}: cannot be read: {error}."
    else:
        if text.strip():
            return text
        what = f"{PARAM_FLAG} {file}: the file is empty."
    raise ConfigError(
        f"{what}\n  Name a JSON file that is there; {CONFIG_VARIABLE} is not looked at when a file is named."
    )


def refusal(source: str, model: type[BaseModel], error: ValidationError) -> str:
    """Return the lines that list every refused field with its value and the reason."""
    rows = []
    for item in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) for part in item["loc"]) or "(the whole)"
        missing = item["type"] == "missing"
        secret = _is_secret(model, item["loc"])
        value = "(missing)" if missing else MASK if secret else _shown(item["input"])
        reason = item["msg"].removeprefix("Value error, ")
        if secret and not missing and isinstance(item["input"], str) and item["input"]:
            reason = reason.replace(item["input"], MASK)
        rows.append((field, value, reason))
    widths = [max(len(row[column]) for row in [*rows, ("field", "value", "")]) for column in (0, 1)]
    lines = [f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in [("field", "value", "reason"), *rows]]
    count = f"{len(rows)} value{'s' if len(rows) > 1 else ''}"
    return "\n".join([f"Configuration refused: {count} in {source} cannot be used ({model.__name__}):", *lines])


def _shown(value: Any) -> str:
    text = json.dumps(masked(value), ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _is_secret(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Return whether the value at ``path`` is a secret by a name on the way to it, or by its declared type."""
    if any(isinstance(part, str) and is_secret_name(part) for part in path):
        return True
    current: Any = model
    for part in path:
        for kind in _kinds(current):
            if isinstance(part, str) and isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = kind.model_fields
                named = (each for each in fields.values() if part in (each.alias, each.validation_alias))
                if (field := fields.get(part) or next(named, None)) is not None:
                    current = field.annotation
                    break
        # else a place in a list or a mapping, or an unknown field: the kinds of what holds it still tell
    return any(kind in (SecretStr, SecretBytes) for kind in _kinds(current))


def _kinds(annotation: Any) -> list[Any]:
    """Return the annotation and all that it is made of (``list[SecretStr] | None`` → its parts)."""
    kinds = [annotation]
    for part in get_args(annotation):
        kinds.extend(_kinds(part))
    return kinds
