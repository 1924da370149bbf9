"""Every nested type is the same wherever it is passed on: a field added in one place only would be lost on its way.

The types are compared field by field; defaults too, wherever both sides give one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from terraform_support import TERRAFORM, named

from awa_batch.terraform import hcl

MODULES = TERRAFORM / "modules"
CALLERS = ("platform", "resources_ec2", "resources_fargate")
REFERENCE = re.compile(r"\b(var|each\.value)((?:\.\w+)+)")

ADDED = re.compile(r"in merge\(\{.*\}, var\.[\w.]+\) : name => (?:\w+|merge\(pool, .*\)) if")
"""What platform makes of a map that is added to defaults."""

Shape = Any
"""A primitive's name; (kind, shape) of a map, list or set; field → (shape, default or None) of an object."""


def shape(constraint: hcl.Value) -> Shape:
    match constraint:
        case hcl.Name(text):
            return text
        case hcl.Call("object", (hcl.Map(entries),)):
            return {entry.key: field(entry.value) for entry in entries}
        case hcl.Call(kind, (inner,)):
            return (kind, shape(inner))
    raise AssertionError(constraint)


def field(constraint: hcl.Value) -> tuple[Shape, Any]:
    match constraint:
        case hcl.Call("optional", (inner, *default)):
            return shape(inner), plain(default[0]) if default else None
    return shape(constraint), "required"


def plain(value: hcl.Value) -> Any:
    """Return a default so that two can be compared wherever they stand."""
    match value:
        case hcl.String(text) | hcl.Name(text):
            return text
        case hcl.List(values):
            return [plain(one) for one in values]
        case hcl.Map(entries):
            return {entry.key: plain(entry.value) for entry in entries}
    raise AssertionError(value)


@cache
def variables(module: str) -> dict[str, tuple[Shape, Any]]:
    """Return variable → its shape and default ("required" where it has none)."""
    found: dict[str, tuple[Shape, Any]] = {}
    for block in hcl.read_file(MODULES / module / "variables.tf").inner("variable"):
        constraint, default = block.attribute("type"), block.attribute("default")
        assert constraint is not None
        found[block.labels[0]] = shape(constraint.value), plain(default.value) if default else "required"
    return found


def differences(one: tuple[Shape, Any], other: tuple[Shape, Any], path: str) -> list[str]:
    """Return where two types differ, each with its default."""
    (mine, default), (theirs, their_default) = one, other
    found = []
    given = [value for value in (default, their_default) if value not in ("required", "null", None)]
    if len(given) == 2 and given[0] != given[1]:
        found.append(f"{path}: default {given[0]} here, {given[1]} there")
    if isinstance(mine, dict) and isinstance(theirs, dict):
        if set(mine) != set(theirs):
            found.append(f"{path}: on one side only: {', '.join(sorted(set(mine) ^ set(theirs)))}")
        for key in sorted(set(mine) & set(theirs)):
            found += differences(mine[key], theirs[key], f"{path}.{key}")
    elif isinstance(mine, tuple) and isinstance(theirs, tuple) and mine[0] == theirs[0]:
        found += differences((mine[1], None), (theirs[1], None), f"{path}[]")
    elif mine != theirs:
        found.append(f"{path}: {mine} here, {theirs} there")
    return found


def at(start: tuple[Shape, Any], path: list[str]) -> tuple[Shape, Any]:
    for name in path:
        start = start[0][name]
    return start


def element(caller: str, call: dict[str, Any]) -> tuple[Shape, Any]:
    """Return what ``each.value`` is in a module block: an element of a variable, or one of those listed."""
    values = call["for_each"] if isinstance(call["for_each"], dict) else {"": call["for_each"]}
    shapes = []
    for value in values.values():
        # A local of a variable's name is that variable with what its elements do not say.
        said = value.strip("${}").replace("local.", "var.", 1)
        first, *path = REFERENCE.fullmatch(said)[2].split(".")[1:]  # type: ignore[index]
        found, _default = at(variables(caller)[first], path)
        shapes.append(found[1] if isinstance(found, tuple) else found)
    return {key: value for one in reversed(shapes) for key, value in one.items()}, None


def passed_on() -> list[tuple[str, str, str, Any]]:
    """Return caller, module, input and expression of all that one module hands to another."""
    found = []
    for caller in CALLERS:
        for name, call in named(MODULES / caller, "module").items():
            for argument, value in call.items():
                given = value if isinstance(value, dict) else {"": value}
                for inner, expression in given.items():
                    if argument not in {"source", "for_each", "count"} and not f"{argument}{inner}".startswith("__"):
                        found.append((caller, name, f"{argument}.{inner}".rstrip("."), expression))
    return found


@cache
def compared() -> dict[str, tuple[Any, Any]]:
    """Return each pair that must agree, by its place: what is handed on, and the input that takes it."""
    pairs = {}
    for caller, name, argument, expression in passed_on():
        call = named(MODULES / caller, "module")[name]
        first, *path = argument.split(".")
        takes = at(variables(call["source"].rsplit("/", 1)[1])[first], path)
        for kind, dotted in REFERENCE.findall(str(expression)):
            head, *rest = dotted.split(".")[1:]
            if kind == "each.value" and head not in element(caller, call)[0]:
                continue  # made beside what the variable's elements say
            start = element(caller, call)[0][head] if kind == "each.value" else variables(caller)[head]
            plain_reference = str(expression) == f"${{{kind}{dotted}}}"
            if head == "jobs" and not rest:
                continue  # taken apart below
            gives = at(start, rest)
            merged = r"in merge\(\{.*\}, var\.[\w.]+\) : name => (?:\w+|merge\(pool, .*\)) if"
            added_to_defaults = re.search(merged, str(expression)) is not None
            if plain_reference or added_to_defaults or isinstance(gives[0], dict):
                given = (gives[0], None) if added_to_defaults else gives
                pairs[f"{caller}-{name}.{argument} {kind}{dotted}"] = given, takes
    return pairs


def test_what_is_passed_on_has_the_type_that_is_taken() -> None:
    # One test for all: as parameters, every worker of a run would read all modules while it collects.
    assert [found for place, (gives, takes) in compared().items() for found in differences(gives, takes, place)] == []


def test_enough_is_compared() -> None:
    assert len(compared()) >= 60
    ids = {place.split()[0] for place in compared()}
    assert {
        "platform-network.flow_logs",
        "platform-resources_ec2.pools",
        "platform-resources_fargate.queues",
        "platform-ecr.replicate_to",
        "resources_ec2-job_definition.container.tmp",
        "resources_ec2-queue.fair_share",
        "resources_fargate-job_definition.retry",
    } <= ids


@pytest.mark.parametrize("platform", ["ec2", "fargate"])
def test_a_job_is_of_the_same_fields_on_its_way_to_its_platform(platform: str) -> None:
    (_kind, job), _default = variables("platform")["jobs"]
    (_kind, taken), _default = variables(f"resources_{platform}")["jobs"]
    sizes, _default = job[platform]
    common = {key: value for key, value in job.items() if key not in {"ec2", "fargate", "role"}}
    release = {"image", "slot", "job_role_arn"}  # made of the release and of the job's role
    gives = {key: value for key, value in {**common, **sizes}.items() if key not in release}
    assert differences((gives, None), ({k: v for k, v in taken.items() if k not in release}, None), "jobs") == []
    # What main.tf's `common` lists by name is all that there is.
    text = (MODULES / "platform" / "locals.tf").read_text(encoding="utf-8")
    listed = set(re.findall(r"(?m)^    (\w+) += ", text[text.index("common = {") :]))
    assert listed == (set(common) | release)


def test_a_jobs_role_is_what_iam_takes() -> None:
    (_kind, job), _default = variables("platform")["jobs"]
    (_kind, role), _default = variables("iam")["job_roles"]
    assert differences((job["role"][0], None), (role, None), "role") == []


def test_a_difference_is_seen() -> None:
    def of(text: str) -> tuple[Shape, Any]:
        return shape(hcl.read_text(f"x = {text}\n").attributes[0].value), None

    one = of("object({ a = optional(list(object({ b = string, c = optional(number, 1) })), []) })")
    assert differences(one, one, "it") == []
    for other, said in (
        ("object({ a = optional(list(object({ b = string })), []) })", "it.a[]: on one side only: c"),
        ("object({ a = optional(set(object({ b = string, c = optional(number, 1) })), []) })", "it.a: "),
        ("object({ a = optional(list(object({ b = number, c = optional(number, 1) })), []) })", "it.a[].b: string"),
        ("object({ a = optional(list(object({ b = string, c = optional(number, 2) })), []) })", "it.a[].c: default 1"),
    ):
        (found,) = differences(one, of(other), "it")
        assert found.startswith(said)


@pytest.mark.parametrize("module", ["resources_ec2", "resources_fargate", "network"])
def test_platform_passes_on_all_that_a_module_takes(module: str) -> None:
    (call,) = [
        block for block in hcl.read_file(MODULES / "platform" / "main.tf").inner("module") if block.labels == (module,)
    ]
    passed = {name for name in variables(module) if call.attribute(name) is not None}
    assert set(variables(module)) - passed == set()


def test_platform_reads_every_field_of_its_own_settings() -> None:
    text = "\n".join(path.read_text() for path in sorted((MODULES / "platform").glob("*.tf")))
    code = re.sub(r"#.*", "", text)
    unread = [
        f"{name}.{field}"
        for name, (kind, _) in variables("platform").items()
        if isinstance(kind, dict)
        for field in kind
        if not re.search(rf"var\.{name}\.{field}\b", code)
        and not re.search(rf"= var\.{name}$|var\.{name}\[", code, re.MULTILINE)
    ]
    assert unread == []
