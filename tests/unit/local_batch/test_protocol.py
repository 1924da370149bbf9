"""The wire side: every operation is routed, requests are checked, answers hold the model's members only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_batch.front.protocol import Call, Protocol
from local_batch.refusals import Refusal

PROTOCOL = Protocol()


def test_every_operation_is_routed_to_itself() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("batch")
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].replace("{resourceArn}", "arn:aws:batch:r:1:job-queue/q")
        call = PROTOCOL.route(http["method"], path)
        assert call is not None
        assert call.operation == name


def test_an_arn_in_a_path_keeps_its_slashes() -> None:
    arn = "arn:aws:batch:us-east-1:123456789012:compute-environment/name"
    assert PROTOCOL.route("GET", f"/v1/tags/{arn}") == Call("ListTagsForResource", {"resourceArn": arn})
    assert PROTOCOL.route("PUT", "/v1/submitjob") is None
    assert PROTOCOL.route("POST", "/v1/nothing") is None


def read(operation: str, body: Any, query: str = "") -> dict[str, Any]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROTOCOL.read(Call(operation, {}), query, text)


def test_unknown_members_and_nulls_are_dropped() -> None:
    asked = {"jobName": "j", "jobQueue": "q", "jobDefinition": "d", "colour": "red", "tags": None, "timeout": {"x": 1}}
    assert read("SubmitJob", asked) == {"jobName": "j", "jobQueue": "q", "jobDefinition": "d", "timeout": {}}


def test_a_list_in_the_query_string_is_read() -> None:
    found = PROTOCOL.read(Call("UntagResource", {"resourceArn": "a"}), "tagKeys=x&tagKeys=y%20z", b"")
    assert found == {"resourceArn": "a", "tagKeys": ["x", "y z"]}


@pytest.mark.parametrize(
    ("operation", "body", "code", "words"),
    [
        ("SubmitJob", {"jobName": "j", "jobQueue": "q"}, "ClientException", "'jobDefinition'"),
        ("SubmitJob", {"jobName": 1, "jobQueue": ["q"], "jobDefinition": "d"}, "SerializationException", "'jobQueue'"),
        ("DescribeJobs", b"{", "SerializationException", "JSON"),
        ("ListJobs", {"jobStatus": "DONE"}, "ClientException", "enum value set: [SUBMITTED"),
        ("ListJobs", {"maxResults": "3"}, "SerializationException", "'maxResults'"),
        ("ListJobs", {"maxResults": True}, "SerializationException", "'maxResults'"),
        (
            "RegisterJobDefinition",
            {"jobDefinitionName": "d", "type": "container", "containerProperties": {"ulimits": [{"name": "n"}]}},
            "ClientException",
            "'containerProperties.ulimits.1.member.hardLimit'",
        ),
        ("CreateJobQueue", {"jobQueueName": "q", "priority": 1, "tags": {"k": "x" * 257}}, "ClientException", "256"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(operation: str, body: Any, code: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(operation, body)
    assert caught.value.code == code
    assert words in caught.value.message


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udc80\\ud800"])
@pytest.mark.parametrize(
    "more",
    [
        '"jobName": "%s"',
        '"tags": {"%s": "1"}',
        '"parameters": {"a": "%s"}',
        '"containerOverrides": {"command": ["a", "%s"]}',
        '"containerOverrides": {"environment": [{"name": "A", "value": "%s"}]}',
    ],
)
def test_text_that_no_process_can_be_given_is_refused_anywhere(text: str, more: str) -> None:
    with pytest.raises(Refusal) as caught:
        read("SubmitJob", f'{{"jobQueue": "q", "jobDefinition": "d", {more.replace("%s", text)}}}'.encode())
    assert caught.value.code == "SerializationException"
    assert "NUL character or half of a surrogate pair" in caught.value.message


def test_a_whole_surrogate_pair_is_text() -> None:
    body = b'{"jobName": "j", "jobQueue": "q", "jobDefinition": "d", "parameters": {"a": "\\ud83d\\ude00"}}'
    assert read("SubmitJob", body)["parameters"] == {"a": "\U0001f600"}


@pytest.mark.parametrize("body", [b'{"jobName": "\xff"}', b'{"jobName": "\xed\xa0\x80"}', b"9" * 5000])
def test_what_is_not_utf_8_or_too_long_a_number_is_no_json(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read("SubmitJob", body)
    assert caught.value.code == "SerializationException"


def test_an_action_is_read_in_any_case() -> None:
    retry = {"attempts": 2, "evaluateOnExit": [{"onReason": "*", "action": "exit"}]}
    asked = {"jobName": "j", "jobQueue": "q", "jobDefinition": "d", "retryStrategy": retry}
    assert read("SubmitJob", asked)["retryStrategy"] == retry


def test_answers_hold_the_models_members_only() -> None:
    answer = {"jobs": [{"jobId": "1", "secret": 2, "status": "RUNNING", "statusReason": None, "attempts": []}]}
    assert json.loads(PROTOCOL.write("DescribeJobs", answer)) == {
        "jobs": [{"jobId": "1", "status": "RUNNING", "attempts": []}]
    }
    assert PROTOCOL.write("CancelJob", {"anything": 1}) == b"{}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    ["jobName", "jobQueue", "jobDefinition", "arrayProperties", "dependsOn", "tags", "retryStrategy"]
)


@given(st.dictionaries(MEMBERS, JSON, max_size=7))
def test_any_json_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        members = set(read("SubmitJob", body))
    except Refusal:
        return
    assert {"jobName", "jobQueue", "jobDefinition"} <= members


def paths(shape: Any, path: tuple[str, ...] = (), above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every part of a request with its place; ``[]`` is a list's member, ``{}`` and ``{key}`` a map's."""
    yield path, shape
    if shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from paths(member, (*path, name), (*above, shape.name))
    elif shape.type_name == "list":
        yield from paths(shape.member, (*path, "[]"), above)
    elif shape.type_name == "map":
        yield from paths(shape.value, (*path, "{}"), above)
        yield from paths(shape.key, (*path, "{key}"), above)


def filled(shape: Any, path: tuple[str, ...] = (), value: Any = None) -> Any:
    """Return what fits a shape, its required members alone, but for ``value`` at a place."""
    if path == () and value is not None:
        return value
    head, rest = (path[0], path[1:]) if path else ("", ())
    kind, meta = shape.type_name, shape.metadata
    if kind == "structure":
        found = {name: filled(shape.members[name]) for name in shape.required_members}
        return found | ({head: filled(shape.members[head], rest, value)} if head else {})
    if kind == "list":
        return [filled(shape.member, rest, value)]
    if kind == "map":
        return {value: "v"} if head == "{key}" else {"k": filled(shape.value, rest, value)}
    if kind == "boolean":
        return True
    return (meta.get("enum") or [None])[0] or ("x" * meta.get("min", 1) if kind == "string" else meta.get("min", 1))


def beyond(shape: Any) -> Iterator[tuple[str, Any]]:
    """Give values that a shape's constraints leave out, each with what the refusal says of it."""
    meta, kind = shape.metadata, shape.type_name
    if kind == "list":
        sized = lambda size: [filled(shape.member)] * size  # noqa: E731
    elif kind == "map":
        sized = lambda size: {f"k{number}": filled(shape.value) for number in range(size)}  # noqa: E731
    else:
        sized = (lambda size: "x" * size) if kind == "string" else (lambda size: size)
    if meta.get("enum"):
        yield "enum value set", "no such value"
    if meta.get("pattern"):
        yield "regular expression", "\u2603"
    if (high := meta.get("max")) is not None:
        yield f"less than or equal to {high}", sized(high + 1)
    if meta.get("min") and kind != "map":  # a map of nothing is taken: see the protocol
        yield f"greater than or equal to {meta['min']}", sized(meta["min"] - 1)


def test_every_constraint_of_the_model_is_held() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("batch")
    tried = set()
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is None:
            continue
        assert read(name, filled(shape)) is not None
        for path, part in paths(shape):
            for words, value in beyond(part):
                with pytest.raises(Refusal) as refused:
                    read(name, filled(shape, path, value) if value != "" else with_nothing(shape, path))
                assert words in refused.value.message, (name, path)
                tried.add((part.name, words))
    assert len(tried) > 20
    assert {"TagKey", "TagrisTagsMap", "TagKeysList", "JobExecutionTimeoutMinutes"} <= {one for one, _ in tried}


def with_nothing(shape: Any, path: tuple[str, ...]) -> Any:
    """Return a request with an empty text at a place."""
    text = json.dumps(filled(shape, path, "\u2603 nothing"), ensure_ascii=False)
    return json.loads(text.replace("\u2603 nothing", ""))
