"""Every command where it cannot write, and at Ctrl-C: two lines and the right exit code, or what was asked for.

stdout full or closed, no home or none that can be written, a full disk: never a traceback.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli_golden import CASES

from awa_batch.cli.main import COMMANDS

IGNORED = re.compile(r"(?m)^Exception ignored in: .*\nTraceback .*\n(?: .*\n)*KeyboardInterrupt: *\n")
PLACES = ["full stdout", "closed stdout", "no home", "a home that cannot be written", "full disk", "Ctrl-C"]
ROOT = Path(__file__).resolve().parents[2]


def lines_of_commands() -> list[tuple[int, list[str]]]:
    """Return (exit code where all is well, words): those of the golden outputs, and the help of every command."""
    told: dict[str, tuple[int, list[str]]] = {}
    for code, words in CASES.values():
        if code == 0 and words[0] != "doctor" and "jobs.jsonl" not in words:
            told.setdefault(words[0], (code, words))  # one of each command
    told["attach"] = CASES["attach"]
    told["cancel"] = CASES["cancel"]
    return [*told.values(), *((0, [name, "--help"]) for name in COMMANDS if name not in told)]


def test_every_command_is_in_it() -> None:
    assert {words[0] for _, words in lines_of_commands()} >= set(COMMANDS)


@pytest.mark.parametrize("place", PLACES)
def test_a_bad_place_ends_in_two_lines_or_does_no_harm(place: str) -> None:
    commands = lines_of_commands()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWA_BATCH_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("bad_places.py"))],
        input=json.dumps([(place, words) for _, words in commands]),
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wrong = []
    for (usual, words), found in zip(commands, json.loads(done.stdout), strict=True):
        # What Python says of a callback of its own that was interrupted is nobody's end.
        code, said = found["code"], IGNORED.sub("", found["stderr"])
        allowed = {usual, 130} if place == "Ctrl-C" else {usual, 1, 2}
        ends_in_two = [line.startswith("awa-batch: ") for line in said.splitlines()[-2:]] == [True, False]
        interrupted = code == 130
        names_it = not place.endswith("stdout") or code == usual or "stdout cannot be written: " in said
        if (
            not names_it
            or "Traceback" in said
            or code not in allowed
            or (code != usual and not (ends_in_two or interrupted))
        ):
            wrong.append((words, code, said[-600:]))
    assert not wrong, "\n".join(map(str, wrong[:10]))
