"""Every documented limit: one value inside, one outside, and a message that names the flag and the nearest value."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch import limits
from awa_batch.cli.words import FlagWords
from awa_batch.errors import UsageError


def told(error: UsageError) -> tuple[str, str]:
    """Return an error as the command line says it."""
    return error.told(FlagWords())


VCPUS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)


def botocore_text(shape: str, member: str) -> str:
    model = botocore.session.Session().get_service_model("batch")
    return html.unescape(model.shape_for(shape).members[member].documentation)


def botocore_fargate_sizes() -> dict[float, set[int]]:
    """Read the table out of botocore's own description of a VCPU's ``value``."""
    text = botocore_text("ResourceRequirement", "value").split('type="VCPU"')[1]
    rows = re.findall(r"<dt>value = ([\d.]+)</dt> <dd> <p> <code>MEMORY</code> = ([^<]*)</p>", text)
    return {float(vcpu): {int(size) for size in re.findall(r"\d+", sizes)} for vcpu, sizes in rows}


def test_fargate_table_is_botocores() -> None:
    ours = {float(vcpu): set(limits.fargate_memory_choices(vcpu)) for vcpu in VCPUS}
    assert ours == botocore_fargate_sizes()


def test_fargate_table_agrees_with_botocores_table_by_memory() -> None:
    text = botocore_text("ResourceRequirement", "value").split('type="VCPU"')[0]
    rows = re.findall(r"<dt>value = ([^<]*)</dt> <dd> <p> <code>VCPU</code> = ([^<]*)</p>", text)
    pairs = {
        (float(vcpu), int(memory))
        for memories, vcpus in rows
        for memory in re.findall(r"\d+", memories)
        for vcpu in re.findall(r"[\d.]+", vcpus)
    }
    assert len(pairs) > 70
    assert pairs == {(float(vcpu), memory) for vcpu in VCPUS for memory in limits.fargate_memory_choices(vcpu)}


@given(vcpu=st.sampled_from(VCPUS), memory=st.integers(1, 300_000))
def test_fargate_takes_exactly_the_table_and_proposes_from_it(vcpu: float, memory: int) -> None:
    if memory in limits.fargate_memory_choices(vcpu):
        limits.check_fargate_size(vcpu, memory)
        return
    with pytest.raises(UsageError) as caught:
        limits.check_fargate_size(vcpu, memory)
    what, fix = told(caught.value)
    assert what.startswith(f"--memory {memory}: ")
    proposed = re.match(r"Use --memory (\d+)", fix)
    assert proposed
    limits.check_fargate_size(vcpu, int(proposed[1]))
    larger = [size for size in limits.fargate_memory_choices(vcpu) if size > memory]
    assert int(proposed[1]) == (min(larger) if larger else max(limits.fargate_memory_choices(vcpu)))


@pytest.mark.parametrize(("vcpu", "near"), [(0.3, "0.25"), (3, "2"), (5, "4"), (100, "32"), (0, "0.25")])
def test_fargate_names_the_nearest_vcpu(vcpu: float, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        limits.check_fargate_size(vcpu, 2048)
    what, fix = told(caught.value)
    assert what.startswith(f"--vcpu {vcpu:g}")
    assert fix.startswith(f"Use --vcpu {near} ")


def test_fargate_proposes_another_vcpu_that_has_the_memory() -> None:
    with pytest.raises(UsageError) as caught:
        limits.check_fargate_size(1, 16384)
    assert told(caught.value)[1] == "Use --memory 8192, or --vcpu 2 with --memory 16384."


tags = lambda count: {f"k{i}": "v" for i in range(count)}  # noqa: E731

Check = Callable[[Any], None]
BOUNDS: list[tuple[Check, Any, Any, str, str]] = [
    (limits.check_array_size, 2, 1, "--array 1:", "Leave it out for a single job."),
    (limits.check_array_size, 10_000, 10_001, "--array 10001:", "Use 10000 and a second array for the rest."),
    (limits.check_attempts, 1, 0, "--attempts 0:", "Use --attempts 1."),
    (limits.check_attempts, 10, 11, "--attempts 11:", "Use --attempts 10."),
    (limits.check_timeout, 60, 59, "--timeout 59:", "Use --timeout 60."),
    (limits.check_timeout, 2**31 - 1, 2**31, "--timeout 2147483648:", "Leave it out."),
    (limits.check_scheduling_priority, 0, -1, "--scheduling-priority -1:", "Use --scheduling-priority 0."),
    (limits.check_scheduling_priority, 9999, 10_000, "--scheduling-priority 10000:", "Use --scheduling-priority 9999."),
    (limits.check_share_identifier, "A1", "a-b", "--share-identifier a-b:", "Use --share-identifier ab."),
    (limits.check_share_identifier, "a" * 255, "a" * 256, "--share-identifier ", "Use --share-identifier aa"),
    (limits.check_share_identifier, "a", "", "--share-identifier ''", "Use --share-identifier default."),
    (limits.check_depends_on, ["x"] * 20, ["x"] * 21, "--depends-on: 21 ", "Make the earlier jobs one array"),
    (limits.check_tags, tags(50), tags(51), "--tag: 51 tags", "Remove 1 of them."),
    (limits.check_tags, {"k" * 128: "v"}, {"k" * 129: "v"}, "--tag: ", "Use a shorter key"),
    (limits.check_tags, {"k": "v"}, {"": "v"}, "--tag: ''", "Use a shorter key"),
    (limits.check_tags, {"awsome": "v"}, {"AWS:x": "v"}, "--tag: 'AWS:x'", "Use a shorter key"),
    (limits.check_tags, {"Größe 料金_.:/=+-@": "v"}, {"a,b": "v"}, "--tag: the key 'a,b' has ','", "Use letters"),
    (limits.check_tags, {"k": "Größe 料金_.:/=+-@"}, {"k": "50%"}, "--tag: the value of 'k' has '%'", "Use letters"),
    (limits.check_tags, {"k": ""}, {"k": "a\nb"}, "--tag: the value of 'k' has '\\n'", "Use letters"),
    (limits.check_tags, {"k": "v" * 256}, {"k": "v" * 257}, "--tag: the value of 'k'", "Shorten it"),
    (limits.check_command, ["a", " "], ["a", ""], "--command: word 2 of the command is empty", "Leave the word out"),
    (limits.check_environment_names, ["X_AWS_BATCH"], ["AWS_BATCH_X"], "--env AWS_BATCH_X", "Use another name, for ex"),
    (limits.check_environment_names, ["_a1"], ["1a"], "--env 1a is not", "Use letters"),
    (limits.check_environment_names, ["AWS_REGION"], ["aws_batchy"], "--env aws_batchy:", "Use another name"),
    (limits.check_job_name, "a" * 128, "a" * 129, "--name ", f"Use --name {'a' * 128}."),
    (limits.check_job_name, "0-_", "-a", "--name -a is not", "Use --name a."),
    (limits.check_job_name, "a", "", "--name ''", "Use --name job."),
    (limits.check_job_name, "a_b", "a b.c", "--name 'a b.c'", "Use --name a-b-c."),
    (limits.check_job_name, "a", "a\n", "--name 'a\\n'", "Use --name a-."),
]  # fmt: skip


@pytest.mark.parametrize(("check", "inside", "outside", "what", "fix"), BOUNDS)
def test_bounds(check: Check, inside: Any, outside: Any, what: str, fix: str) -> None:
    check(inside)
    with pytest.raises(UsageError) as caught:
        check(outside)
    assert told(caught.value)[0].startswith(what)
    assert told(caught.value)[1].startswith(fix)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("a\0b", "--env has a NUL character, which no command, variable or tag can hold."),
        ("a\udc80", "--env has half of a surrogate pair ('\\udc80'): that is no text in UTF-8."),
        ({"A": "1", "B": "\0"}, "--env: 'B' has a NUL character"),
        ({"A\ud800": "1"}, "--env: the name 'A\\ud800' has half of a surrogate pair"),
        (["a", "\0"], "--env: entry 2 has a NUL character"),
        ({"environment": [{"name": "A", "value": "\0"}]}, "--env: 'environment': entry 1: 'value' has a NUL character"),
    ],
)
def test_text_that_cannot_reach_a_job_is_refused_at_any_depth(value: Any, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        limits.check_text(value, "env")
    assert told(caught.value)[0].startswith(what)
    assert caught.value.fix == "Take that character out."


PLAIN_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.dictionaries(PLAIN_TEXT, PLAIN_TEXT | st.lists(PLAIN_TEXT | st.integers(), max_size=3), max_size=3))
def test_what_utf_8_and_a_word_can_hold_is_taken(value: Any) -> None:
    limits.check_text(value, "env")


@given(st.text(max_size=200))
def test_a_refused_name_comes_with_one_that_is_taken(name: str) -> None:
    try:
        limits.check_job_name(name)
    except UsageError as error:
        limits.check_job_name(told(error)[1].removeprefix("Use --name ").removesuffix("."))
    else:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", name)


@given(st.text(max_size=300))
def test_a_refused_share_identifier_comes_with_one_that_is_taken(identifier: str) -> None:
    try:
        limits.check_share_identifier(identifier)
    except UsageError as error:
        limits.check_share_identifier(told(error)[1].removeprefix("Use --share-identifier ").removesuffix("."))


def overrides_of(size: int) -> dict[str, Any]:
    empty = len('{"environment":[{"name":"C","value":""}]}')
    return {"environment": [{"name": "C", "value": "x" * (size - empty)}]}


def test_overrides_take_8192_characters_and_no_more() -> None:
    limits.check_overrides_size(overrides_of(8192))
    with pytest.raises(UsageError, match=r"8193 characters; ECS takes 8192 \(most of it is environment") as caught:
        limits.check_overrides_size(overrides_of(8193))
    assert "S3" in caught.value.fix


def test_overrides_count_characters_not_bytes() -> None:
    limits.check_overrides_size({"environment": [{"name": "C", "value": "あ" * 8000}]})


def test_requests_take_30_kib_and_no_more() -> None:
    empty = len('{"parameters": {"p": ""}}')
    limits.check_request_size({"parameters": {"p": "x" * (30 * 1024 - empty)}})
    with pytest.raises(UsageError, match="30721 bytes; SubmitJob takes 30720"):
        limits.check_request_size({"parameters": {"p": "x" * (30 * 1024 - empty + 1)}})
