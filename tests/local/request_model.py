"""Judge requests by botocore's model of each service: what AWS's own description of an operation says of its input.

botocore's validator knows required members, types and least lengths. Enumerations, patterns and greatest lengths stand
in the model too and are looked at by no client: they are what AWS itself refuses, so they are looked at here.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

from botocore.validate import ParamValidator
from recorded_calls import MODELS, in_path, operations, routed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape
    from recorder import Request

_UNICODE = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\p{M}": "", r"\p{S}": "", r"\p{P}": ""}
"""Classes that Python has not, as those that hold at least what they do, or nothing where others stand beside them."""

Parameters = dict[str, Any]

JUSTIFIED = (
    # EvaluateOnExit in the same model: "The values aren't case sensitive." The provider writes them small.
    re.compile(
        r"batch RegisterJobDefinition: retryStrategy\.evaluateOnExit\[\]\.action is '(retry|exit)', none of RETRY, EXIT"
    ),
)
"""Findings that are none, each with its source."""


def faults(requests: list[Request]) -> list[str]:
    """Return what the models find wrong with requests, each different finding once, as ``service operation: what``."""
    found: dict[str, None] = {}
    seen = set()
    for request in requests:
        key = (request.service, request.method, request.path, request.target, request.body)
        if request.service and key not in seen:
            seen.add(key)
            operation, parameters = read(request)
            for fault in judged(operation, parameters):
                found.setdefault(f"{request.service} {operation.name}: {fault}")
    return [one for one in found if not any(known.fullmatch(one) for known in JUSTIFIED)]


def judged(operation: OperationModel, parameters: Parameters) -> list[str]:
    """Return what is wrong with the parameters of an operation."""
    if operation.input_shape is None:
        return []
    report = ParamValidator().validate(parameters, operation.input_shape).generate_report()
    return [line for line in report.splitlines() if line] + list(_beyond(operation.input_shape, parameters, ""))


def _beyond(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield what botocore does not look at: enumerations, patterns, greatest lengths and numbers."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, one in value.items():
            if name in shape.members:
                yield from _beyond(shape.members[name], one, f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _long(shape, len(value), path)
        for one in value:
            yield from _beyond(shape.member, one, f"{path}[]")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from _long(shape, len(value), path)
        for name, one in value.items():
            yield from _beyond(shape.key, name, f"{path}{{}}")
            yield from _beyond(shape.value, one, f"{path}.{name}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _long(shape, len(value), path)
        if shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, none of {', '.join(shape.enum)}"
        if (wanted := _pattern(shape.metadata.get("pattern", ""))) and not wanted.fullmatch(value):
            yield f"{path} is {value!r}, which is not as {wanted.pattern}"
    elif shape.type_name in ("integer", "long", "float", "double") and isinstance(value, int | float):
        yield from _long(shape, value, path)


def _long(shape: Shape, size: float, path: str) -> Iterator[str]:
    if size > shape.metadata.get("max", size):
        yield f"{path} is {size}, above {shape.metadata['max']}"


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    for theirs, ours in _UNICODE.items():
        text = text.replace(theirs, ours)
    try:
        return re.compile(text) if text else None
    except re.error:
        return None


# From the wire to parameters, by each of AWS's protocols.


def read(request: Request) -> tuple[OperationModel, Parameters]:
    """Return the operation of a request and its parameters as botocore's client takes them."""
    service = MODELS.get(request.service, request.service)
    if request.target:
        operation = _named(service, request.target.rpartition(".")[2])
        return operation, _of_json(operation.input_shape, json.loads(request.body or b"{}"))
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        operation = _named(service, form.pop("Action"))
        form.pop("Version", None)
        ec2 = operation.metadata["protocol"] == "ec2"
        return operation, _of_form(operation.input_shape, "", form, ec2=ec2) if form else {}
    return _rest(service, request)


def _named(service: str, name: str) -> OperationModel:
    return next(operation for operation in operations(service) if operation.name == name)


def _of_json(shape: Shape | None, value: Any) -> Any:
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {one.serialization.get("name", name): name for name, one in shape.members.items()}
        return {
            names.get(name, name): _of_json(shape.members.get(names.get(name, name)), one)
            for name, one in value.items()
            if one is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_of_json(shape.member, one) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _of_json(shape.value, one) for name, one in value.items()}
    return base64.b64decode(value) if shape.type_name == "blob" else value


def _of_form(shape: Shape, path: str, form: dict[str, str], *, ec2: bool) -> Any:
    """Return a value out of a form whose names tell the way to it, like ``Tags.member.1.Key``."""
    inside = {name: value for name, value in form.items() if not path or name == path or name.startswith(f"{path}.")}
    if shape.type_name == "structure":
        found: Parameters = {}
        for name, member in shape.members.items():
            place = ".".join(filter(None, (path, _form_name(name, member, ec2=ec2))))
            if any(one == place or one.startswith(f"{place}.") for one in inside):
                found[name] = _of_form(member, place, inside, ec2=ec2)
        known = tuple(".".join(filter(None, (path, _form_name(n, m, ec2=ec2)))) for n, m in shape.members.items())
        strange = [name for name in inside if not name.startswith(known)]
        return {**found, **{name: inside[name] for name in strange}}
    if shape.type_name == "list":
        if inside == {path: ""}:
            return []  # an empty one
        flat = ec2 or shape.serialization.get("flattened")
        inner = shape.member.serialization.get("name", "member")
        start = path if flat else f"{path}.{inner}"
        if flat and not ec2 and shape.member.serialization.get("name"):
            start = ".".join([*path.split(".")[:-1], inner])
        numbers = sorted({int(name[len(start) + 1 :].split(".")[0]) for name in form if name.startswith(f"{start}.")})
        return [_of_form(shape.member, f"{start}.{n}", form, ec2=ec2) for n in numbers]
    if shape.type_name == "map":
        start = path if shape.serialization.get("flattened") else f"{path}.entry"
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        numbers = sorted({int(name[len(start) + 1 :].split(".")[0]) for name in inside if name.startswith(f"{start}.")})
        return {
            inside[f"{start}.{n}.{key}"]: _of_form(shape.value, f"{start}.{n}.{value}", inside, ec2=ec2)
            for n in numbers
        }
    return _scalar(shape, inside.get(path, ""))


def _form_name(name: str, member: Shape, *, ec2: bool) -> str:
    if not ec2:
        return str(member.serialization.get("name", name))
    if "queryName" in member.serialization:
        return str(member.serialization["queryName"])
    text = str(member.serialization.get("name", name))
    return text[0].upper() + text[1:]


def _scalar(shape: Shape, text: str) -> Any:
    """Return a text as the type that it stands for, or itself where it is none of that type."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    if shape.type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    return base64.b64decode(text) if shape.type_name == "blob" else text


def _rest(service: str, request: Request) -> tuple[OperationModel, Parameters]:
    parts = urlsplit(request.path)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    operation = routed(request.service, request.method, parts.path, dict(pairs))
    shape = operation.input_shape
    if shape is None:
        return operation, {}
    parameters: Parameters = {name: unquote(value) for name, value in in_path(operation, parts.path).items()}
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "querystring":
            values = [value for key, value in pairs if key == wire]
            if values:
                parameters[name] = values if member.type_name == "list" else _scalar(member, values[0])
        elif where == "header" and wire.lower() in request.headers:
            parameters[name] = _scalar(member, request.headers[wire.lower()])
        elif where == "headers":
            start = wire.lower()
            parameters[name] = {k[len(start) :]: v for k, v in request.headers.items() if k.startswith(start)}
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        parameters[payload] = request.body if shape.members[payload].type_name == "blob" else request.body.decode()
    elif request.body and operation.metadata["protocol"] == "rest-xml":
        root = ElementTree.fromstring(request.body)
        if payload:
            parameters[payload] = _of_xml(shape.members[payload], root)
    elif request.body:
        given = json.loads(request.body)
        if payload:
            parameters[payload] = _of_json(shape.members[payload], given)
        else:
            parameters |= _of_json(shape, given)
    return operation, {name: value for name, value in parameters.items() if value is not None}


def _of_xml(shape: Shape, element: ElementTree.Element) -> Any:
    def local(one: ElementTree.Element) -> str:
        return one.tag.rpartition("}")[2]

    if shape.type_name == "structure":
        found: Parameters = {}
        left = {local(child) for child in element}
        for name, member in shape.members.items():
            wire = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                value = next(
                    (v for key, v in element.attrib.items() if key.rpartition("}")[2] == wire.split(":")[-1]), None
                )
                if value is not None:
                    found[name] = value
                continue
            inner = member.member.serialization.get("name", "member") if member.type_name == "list" else ""
            flat = member.serialization.get("flattened")
            wire = member.serialization.get("name", inner if flat and inner != "member" else name)
            children = [child for child in element if local(child) == wire]
            left.discard(wire)
            if not children:
                continue
            if member.type_name == "list":
                items = children if flat else [one for child in children for one in child]
                found[name] = [_of_xml(member.member, one) for one in items]
            else:
                found[name] = _of_xml(member, children[0])
        return {**found, **dict.fromkeys(left)}
    return _scalar(shape, element.text or "")
