"""The test image's command: report what runs and where, check the inputs, and say by the exit code whether they hold.

    python3 check.py [--env NAME]... [--config FIELD]... [--file PATH]... [--sleep SECONDS]

--env     an environment variable that must be set and not empty
--config  a field that CONFIG_JSON must have, dots between levels (settings.batchSize)
--file    a file that must be readable
--sleep   stay for so long, and end at once on SIGTERM with exit code 143

CONFIG_JSON, where it is set, must be a JSON object in any case. One JSON line on stdout; what is wrong on stderr, one
line each. Exit codes: 0 all holds, 2 an input is missing or wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any


def configuration(problems: list[str]) -> dict[str, Any] | None:
    """Return CONFIG_JSON's object, None where it is not set; add to ``problems`` what is wrong with it."""
    text = os.environ.get("CONFIG_JSON")
    if text is None:
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        problems.append(f"CONFIG_JSON is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.")
        return None
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits; nested too deeply
        problems.append(f"CONFIG_JSON cannot be read: {error}.")
        return None
    if isinstance(value, dict):
        return value
    problems.append(f"CONFIG_JSON holds a {type(value).__name__}, not an object.")
    return None


def has(config: dict[str, Any] | None, field: str) -> bool:
    """Return whether ``config`` has the field (dots between levels)."""
    value: Any = config
    for name in field.split("."):
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def writable(folder: str) -> bool:
    """Return whether a file can be made in ``folder``."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def report(config: dict[str, Any] | None, problems: list[str]) -> dict[str, Any]:
    """Return what runs here. No values of variables or fields: they may be secret."""
    return {
        "image": {name: os.environ.get(f"IMAGE_{name.upper()}", "") for name in ("name", "version", "revision")},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "user_id": os.getuid(),
        "process_id": os.getpid(),
        "writable": {"/": writable("/"), "/app": writable("/app"), "/tmp": writable("/tmp")},  # noqa: S108
        "batch": {name: value for name, value in sorted(os.environ.items()) if name.startswith("AWS_BATCH_")},
        "config_fields": sorted(config) if config is not None else None,
        "ok": not problems,
    }


def end(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM, which a process with id 1 would not do by itself."""
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Check, report, and return the exit code."""
    signal.signal(signal.SIGTERM, end)
    parser = argparse.ArgumentParser(description="Report what runs, and check the inputs.")
    parser.add_argument("--env", action="append", default=[], metavar="NAME")
    parser.add_argument("--config", action="append", default=[], metavar="FIELD")
    parser.add_argument("--file", action="append", default=[], metavar="PATH")
    parser.add_argument("--sleep", type=float, default=0, metavar="SECONDS")
    wanted = parser.parse_args()
    problems: list[str] = []
    config = configuration(problems)
    problems += [f"The environment variable {name} is not set." for name in wanted.env if not os.environ.get(name)]
    if wanted.config and config is None and not problems:
        problems.append(f"CONFIG_JSON is not set; it should hold {', '.join(wanted.config)}.")
    elif config is not None:
        problems += [f"CONFIG_JSON has no field {field}." for field in wanted.config if not has(config, field)]
    problems += [f"The file {path} cannot be read." for path in wanted.file if not readable(path)]
    print(json.dumps(report(config, problems)), flush=True)
    for problem in problems:
        print(problem, file=sys.stderr, flush=True)
    if problems:
        return 2
    time.sleep(wanted.sleep)
    return 0


def readable(path: str) -> bool:
    """Return whether a file can be opened for reading."""
    try:
        with Path(path).open("rb"):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
