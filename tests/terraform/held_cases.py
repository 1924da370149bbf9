"""Plan the held set of settings (``held/wrong.json``, ``held/right.json``) and say what each plan found.

A case is the inputs of one module, over what the module's list of refusals gives to every case. It goes through what a
user's settings go through, the cheapest first: the toolkit's look at the names of settings, the validations of the
variables (loaded alone, without a provider), and a plan of the whole module with a mocked provider.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refusals import listed
from terraform_support import TERRAFORM, command, init

from awa_batch.errors import UsageError
from awa_batch.terraform.settings import check_settings

HELD = Path(__file__).parent / "held"
WARNING = "Check block assertion failed"
"""What Terraform calls a ``check`` that does not hold; a plan warns of it and goes on."""


@dataclass(frozen=True)
class Case:
    """Settings of a module (``module`` as below terraform/modules), and what a plan should make of them."""

    name: str
    module: str
    values: dict[str, Any]
    verdict: str
    """``refused``, ``warned`` or ``passes``."""
    why: str
    """Why it may pass, or what is unusual about it."""

    @property
    def folder(self) -> Path:
        """Return the module's folder, ``../bootstrap`` among them."""
        return Path(os.path.normpath(TERRAFORM / "modules" / self.module))


@dataclass(frozen=True)
class Found:
    """What a plan said of a case: its verdict, where it was said (settings, variables, plan), and the sentences."""

    verdict: str
    stage: str
    said: tuple[str, ...] = ()


def cases(name: str) -> list[Case]:
    """Return the cases of ``held/<name>.json``."""
    return [Case(**one) for one in json.loads((HELD / f"{name}.json").read_text(encoding="utf-8"))]


def hcl(value: Any) -> str:
    """Return a value as Terraform reads it; ``{"repeated": [text, times]}`` is the text so many times."""
    if isinstance(value, dict) and list(value) == ["repeated"]:
        text, times = value["repeated"]
        return json.dumps(text * times)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {hcl(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(hcl(one) for one in value) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"([$%])\{", r"\1\1{", text) if isinstance(value, str) else text


def found(every: list[Case], copy: Path, env: dict[str, str]) -> dict[str, Found]:
    """Return case → what was found, with ``copy`` a copy of terraform/ whose modules are initialised."""
    answers: dict[str, Found] = {}
    for one in every:
        if unknown := unknown_settings(one, copy):
            answers[one.name] = Found("refused", "settings", (unknown,))
    for stage in ("variables", "plan"):
        left: dict[Path, list[Case]] = defaultdict(list)
        for one in every:
            if one.name not in answers:
                left[one.folder].append(one)
        for folder, group in left.items():
            for name, answer in tested(group, copy / folder.relative_to(TERRAFORM), env, stage).items():
                if stage == "plan" or answer.verdict == "refused":
                    answers[name] = answer
    return answers


def unknown_settings(one: Case, copy: Path) -> str:
    """Return what `awa-batch plan` says of names of settings, "" where all are known."""
    root = copy / "held" / one.name
    root.mkdir(parents=True, exist_ok=True)
    arguments = "\n".join(f"  {name} = {hcl(value)}" for name, value in one.values.items())
    source = f"../../{one.folder.relative_to(TERRAFORM)}"
    (root / "main.tf").write_text(f'module "held" {{\n  source = "{source}"\n{arguments}\n}}\n', encoding="utf-8")
    try:
        check_settings(root)
    except UsageError as error:
        return str(error)
    return ""


def tested(group: list[Case], place: Path, env: dict[str, str], stage: str) -> dict[str, Found]:
    """Run one `terraform test` over cases of a module, each in a file of its own: an error ends only its file."""
    tests = place / f"held_{stage}"
    shutil.rmtree(tests, ignore_errors=True)
    tests.mkdir()
    (place / "tests" / "variables").mkdir(exist_ok=True, parents=True)
    shutil.copy(place / "variables.tf", place / "tests" / "variables")
    mocks = "../testing/mocks" if place.parent.name == "terraform" else "../../testing/mocks"
    for one in group:
        given, _ = listed(one.folder)
        values = {**given, **{name: hcl(value) for name, value in one.values.items()}}
        text = "variables {\n" + "\n".join(f"{name} = {value}" for name, value in values.items()) + "\n}\n"
        if stage == "plan":
            text += f'mock_provider "aws" {{\n  source = "{mocks}"\n}}\nrun "{one.name}" {{\n  command = plan\n}}\n'
        else:
            source = '  module {\n    source = "./tests/variables"\n  }\n'
            text += f'run "{one.name}" {{\n  command = plan\n{source}}}\n'
        (tests / f"{one.name}.tftest.hcl").write_text(text, encoding="utf-8")
    option = f"-test-directory={tests.name}"
    done = init(place, env, option)
    assert done.returncode == 0, done.stdout + done.stderr
    done = command("test", "-json", option, cwd=place, env=env)
    messages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    ran = set()
    for line in done.stdout.splitlines():
        said = json.loads(line)
        name = Path(said.get("@testfile", "")).name.removesuffix(".tftest.hcl")
        if said["type"] == "diagnostic" and said["diagnostic"]["severity"] == "error":
            messages[name].append((said["diagnostic"]["summary"], said["diagnostic"]["detail"]))
        if said["type"] == "test_run" and said["test_run"].get("progress", "complete") == "complete":
            ran.add(name)
    assert ran == {one.name for one in group}, done.stdout[-3000:] + done.stderr
    assert "" not in messages, messages[""]
    answers = {}
    for one in group:
        errors = [detail or summary for summary, detail in messages[one.name] if summary != WARNING]
        warnings = [detail for summary, detail in messages[one.name] if summary == WARNING]
        verdict = "refused" if errors else "warned" if warnings else "passes"
        answers[one.name] = Found(verdict, stage, tuple(errors or warnings))
    return answers
