"""What commands asked of AWS, as calls of its operations with the parameters that name things: made of requests."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel
    from recorder import Request

Call = dict[str, Any]

OF_DEPLOYERS = ("plan", "apply", "destroy")
MODELS = {"monitoring": "cloudwatch"}
"""Services whose model has another name than their signature."""
_NAMING = re.compile(
    r"(?i)(name|names|arn|arns|id|ids|path|boundary|url|bucket|key|groupname|role|source|jobqueue|jobdefinition"
    r"|computeenvironment|rule|member|clusters?)(\.?\d+)?$"
)
_NOT_NAMING = re.compile(
    r"(?i)client_?token|idempotency|kms|policyname|request_?id|pattern|filter|imageid|digest|clientid|containerpath|devicename"
    r"|metricname|dimensions|returnsub|actions|targets"
)
_SAME = (
    (re.compile(r"\b(vpc|subnet|igw|rtb|rtbassoc|eipalloc|eipassoc|nat|vpce|sg|sgr|fl|lt|eni|acl|pl|ami)-[0-9a-f]{8,17}\b"),
     r"\1-0123456789abcdef0"),
    (re.compile(r"\b\d{18}[0-9a-f]{8}\b"), "20260101000000000000000001"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "11111111-2222-3333-4444-555555555555"),
    (re.compile(r"https?://(127\.0\.0\.1|localhost):\d+"), "https://sqs"),
)  # fmt: skip
"""What differs from run to run, and what stands for it."""


def calls(requests: list[Request]) -> list[Call]:
    """Return each different call of plans, applies and destroys once, sorted, with the commands that it was made by.

    ``untagged`` says that it changes something of EC2 that gets its tags by a later call alone.
    """
    read = [(one, _call(one)) for one in requests if one.command.partition("-")[0] in OF_DEPLOYERS]
    tagged_later: set[str] = set()
    found: dict[str, Call] = {}
    for request, call in reversed(read):
        command, _, environment = request.command.partition("-")
        ids = {value for name, value in call["parameters"].items() if name.lower().rstrip(".0123456789").endswith("id")}
        if call["operation"] == "CreateTags":
            tagged_later |= ids
        untagged = {"untagged": True} if ids & tagged_later and call["operation"][:3] not in ("Des", "Get") else {}
        entry = _same({**call, "environment": environment, **untagged})
        found.setdefault(json.dumps(entry, sort_keys=True), {**entry, "by": set()})["by"].add(command)
    listed = [{**call, "by": sorted(call["by"])} for call in found.values()]
    return sorted(
        listed, key=lambda call: [str(call[name]) for name in ("service", "operation", "environment", "parameters")]
    )


def text(listed: list[Call]) -> str:
    """Return calls as JSON, a line each."""
    return "[\n" + ",\n".join(json.dumps(call) for call in listed) + "\n]\n"


def _same(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _same(one) for name, one in value.items()}
    if isinstance(value, str):
        for what, stands in _SAME:
            value = what.sub(stands, value)
    return value


def _call(request: Request) -> Call:
    operation, parameters = _read(request)
    tags = _tags(parameters)
    kept = {
        name: value
        for name, value in parameters.items()
        if isinstance(value, str) and _NAMING.search(name) and not _NOT_NAMING.search(name) and 0 < len(value) <= 200
    }
    named = {name: value for name, value in kept.items() if not re.search(r"(?i)tags?\b|tag\.", name)}
    return {
        "service": MODELS.get(request.service, request.service),
        "region": request.region,
        "operation": operation,
        "parameters": dict(sorted(named.items())),
        **({"tags": {name: tags[name] for name in ("Environment", "Project")}} if tags else {}),
    }


def _read(request: Request) -> tuple[str, dict[str, Any]]:
    """Return the operation of a request, and its parameters with dots for what they are inside of."""
    if request.target:
        return request.target.rpartition(".")[2], dict(_flat(json.loads(request.body or b"{}")))
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(request.body.decode()))
        return form.pop("Action"), form
    parts = urlsplit(request.path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    operation = routed(request.service, request.method, parts.path, query)
    parameters: dict[str, Any] = in_path(operation, parts.path)
    location = {
        shape.serialization.get("name", name): name
        for name, shape in operation.input_shape.members.items()
        if shape.serialization.get("location") == "querystring"
    }
    parameters |= {location[name]: value for name, value in query.items() if name in location}
    if request.service == "s3":
        if "x-amz-tagging" in request.headers:
            tagging = parse_qsl(request.headers["x-amz-tagging"])
            parameters["Tags"] = dict(tagging)
    elif request.body:
        parameters |= dict(_flat(json.loads(request.body)))
    return operation.name, parameters


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if path in ("Tags", "tags") or not isinstance(value, dict | list):
        yield path, value
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)
    for name, one in pairs:
        yield from _flat(one, f"{path}.{name}" if path else str(name))


def _tags(parameters: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a request: a map, a list of pairs, or the numbered fields of a form."""
    for name in ("Tags", "tags"):
        given = parameters.get(name)
        if isinstance(given, dict):
            return {str(key): str(value) for key, value in given.items()}
        if isinstance(given, list):
            pairs = [{key[-3:].lower(): value for key, value in one.items()} for one in given]
            return {one["key"]: one["lue"] for one in pairs}
    found = {}
    for name, key in parameters.items():
        if re.fullmatch(r"(TagSpecification\.1\.)?Tags?\.(member\.)?\d+\.Key", name):
            found[key] = parameters.get(name.removesuffix("Key") + "Value", "")
    return found


@cache
def operations(service: str) -> list[OperationModel]:
    """Return all operations of a service, by botocore's model."""
    import botocore.session

    model = botocore.session.Session().get_service_model(service)
    return [model.operation_model(name) for name in model.operation_names]


def _pattern(uri: str) -> str:
    """Return the path of an operation as a pattern. A bucket is in it: no client here puts it before the host."""
    return re.sub(r"\{(\w+)(\+?)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", uri.partition("?")[0])


def routed(service: str, method: str, path: str, query: dict[str, str]) -> OperationModel:
    """Return the operation of a REST request: of those whose path fits, the one that asks for most of its query."""
    fitting = []
    for operation in operations(service):
        uri = operation.http["requestUri"]
        wanted = dict(parse_qsl(uri.partition("?")[2], keep_blank_values=True))
        required = {
            operation.input_shape.members[name].serialization.get("name", name)
            for name in (operation.input_shape.required_members if operation.input_shape else ())
            if operation.input_shape.members[name].serialization.get("location") == "querystring"
        }
        if (
            operation.http["method"] == method
            and re.fullmatch(_pattern(uri), path)
            and wanted.items() <= query.items() | {(name, "") for name in query}
            and required <= set(query)
            and query.get("x-id", operation.name) == operation.name
        ):
            fitting.append((len(wanted) + len(required), operation))
    assert fitting, f"{service} {method} {path}"
    best = max(size for size, _ in fitting)
    found = [operation for size, operation in fitting if size == best and not operation.deprecated]
    return next((one for one in found if one.name == "PutObject"), found[0])  # and not CopyObject, by a header alone


def in_path(operation: OperationModel, path: str) -> dict[str, Any]:
    """Return the parameters of an operation that its path has."""
    found = re.fullmatch(_pattern(operation.http["requestUri"]), path)
    assert found
    by_location = {
        shape.serialization.get("name", name): name
        for name, shape in operation.input_shape.members.items()
        if shape.serialization.get("location") == "uri"
    }
    return {by_location.get(name, name): unquote(value) for name, value in found.groupdict().items()}
