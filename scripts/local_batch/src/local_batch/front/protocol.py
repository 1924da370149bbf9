"""The wire side of the Batch API, driven by botocore's own service model: no operation or member is forgotten."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from local_batch.json_object import Json
from local_batch.refusals import Refusal, not_valid
from local_batch.rules.calls import UNSENDABLE

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "list": (list,),
    "structure": (dict,),
    "map": (dict,),
}


class Call(NamedTuple):
    """One request, routed: the operation's name and the members that its path carries."""

    operation: str
    path_members: dict[str, str]


class Protocol:
    """Routes, reads and writes the requests of a service, Batch's, as the installed botocore describes them."""

    def __init__(self, service: str = "batch") -> None:
        from botocore.loaders import Loader
        from botocore.model import ServiceModel

        self._model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        self._plain: dict[tuple[str, str], str] = {}
        self._patterns: list[tuple[str, re.Pattern[str], str]] = []
        self._operations: dict[str, OperationModel] = {}
        for name in self._model.operation_names:
            operation = self._model.operation_model(name)
            self._operations[name] = operation
            method, uri = operation.http["method"], operation.http["requestUri"]
            if "{" in uri:
                # Only ARNs stand in paths, and an ARN may hold slashes.
                pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(uri))
                self._patterns.append((method, re.compile(pattern), name))
            else:
                self._plain[method, uri] = name

    def route(self, method: str, path: str) -> Call | None:
        """Return the operation that a method and an unquoted path mean, or None."""
        if name := self._plain.get((method, path.rstrip("/"))):
            return Call(name, {})
        for verb, pattern, name in self._patterns:
            if verb == method and (match := pattern.fullmatch(path)):
                return Call(name, match.groupdict())
        return None

    def input_shape(self, operation: str) -> Any:
        """Return botocore's shape of an operation's request."""
        return self._operations[operation].input_shape

    def read(self, call: Call, query: str, body: bytes) -> Json:
        """Return the request's members, checked against the model. Raises Refusal."""
        shape = self._operations[call.operation].input_shape
        if shape is None:
            return {}
        try:
            given = json.loads(body.decode()) if body.strip() else {}
        except ValueError:
            raise Refusal("The request body is not valid JSON in UTF-8.", code="SerializationException") from None
        if not isinstance(given, dict):
            raise Refusal("The request body must be a JSON object.", code="SerializationException")
        given.update(call.path_members)
        if query:
            wanted = {
                member.serialization.get("name", name): name
                for name, member in shape.members.items()
                if member.serialization.get("location") == "querystring"
            }
            for key, values in parse_qs(query, keep_blank_values=True).items():
                if name := wanted.get(key):
                    given[name] = values if shape.members[name].type_name == "list" else values[0]
        if not _is_text(given):
            raise Refusal("The request has a NUL character or half of a surrogate pair.", code="SerializationException")
        checked = _check(shape, given, "")
        assert isinstance(checked, dict)  # noqa: S101 - a structure's check returns a dict
        return checked

    def write(self, operation: str, answer: Json) -> bytes:
        """Return an answer as JSON: the model's members only, those that are None left out."""
        shape = self._operations[operation].output_shape
        shaped = _shape(shape, answer) if shape is not None else {}
        return json.dumps(shaped, separators=(",", ":")).encode()


def _is_text(value: Any) -> bool:
    """Return whether all text in a JSON value, at any depth, can be encoded and handed to a process."""
    if isinstance(value, str):
        return UNSENDABLE.search(value) is None
    if isinstance(value, dict):
        return all(_is_text(name) and _is_text(part) for name, part in value.items())
    return not isinstance(value, list) or all(map(_is_text, value))


def _check(shape: Shape, value: Any, path: str) -> Any:
    """Return the value with unknown members and nulls dropped; raise Refusal where it does not fit its shape."""
    kind = shape.type_name
    if not isinstance(value, _TYPES.get(kind, (object,))) or (isinstance(value, bool) and kind != "boolean"):
        return _converted(kind, value, path)
    checker = _CHECKS.get(kind)
    if checker is not None:
        return checker(shape, value, path)
    _check_bounds(shape, value, path)
    return value


def _converted(kind: str, value: Any, path: str) -> Any:
    """Return a value of another JSON type as AWS reads it, or raise Refusal."""
    if kind in {"integer", "long"} and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "string" and isinstance(value, (int, float)):
        return json.dumps(value)  # a bare number or boolean is read as text
    raise Refusal(f"Expected {kind} at '{path}', found {type(value).__name__}.", code="SerializationException")


def _check_structure(shape: Any, value: Any, path: str) -> Json:
    found: Json = {}
    for name, member in shape.members.items():
        inner, place = value.get(name), f"{path}.{name}" if path else name
        if inner is not None:
            found[name] = _check(member, inner, place)
        elif name in shape.required_members:
            raise not_valid(None, place, "Member must not be null")
    return found


def _check_list(shape: Any, value: Any, path: str) -> list[Any]:
    _check_bounds(shape, value, path)
    return [_check(shape.member, item, f"{path}.{n}.member") for n, item in enumerate(value, 1) if item is not None]


def _check_map(shape: Any, value: Any, path: str) -> Json:
    _check_bounds(shape, value, path)
    for key in value:
        _check_bounds(shape.key, key, f"{path}.{key}.key")
    return {key: _check(shape.value, item, f"{path}.{key}") for key, item in value.items() if item is not None}


_CHECKS = {"structure": _check_structure, "list": _check_list, "map": _check_map}


def _check_bounds(shape: Shape, value: Any, path: str) -> None:
    meta = shape.metadata
    # "The values aren't case sensitive" (the model of EvaluateOnExit).
    compared = value.upper() if shape.name == "RetryAction" else value
    if (allowed := meta.get("enum")) and compared not in allowed:
        raise not_valid(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    is_counted = isinstance(value, (str, list, dict))
    size = len(value) if is_counted else value
    what = "length " if is_counted else "value "
    # A map of no tags is taken, as Airflow's BatchOperator sends it, though the model wants one at least.
    if (low := meta.get("min")) is not None and size < low and not isinstance(value, dict):
        raise not_valid(value, path, f"Member must have {what}greater than or equal to {low}")
    if (high := meta.get("max")) is not None and size > high:
        raise not_valid(value, path, f"Member must have {what}less than or equal to {high}")
    if (pattern := meta.get("pattern")) and isinstance(value, str) and not re.search(pattern, value):
        raise not_valid(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _shape(shape: Any, value: Any) -> Any:
    """Return an answer's value with the model's members only."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {
            name: _shape(members[name], inner) for name, inner in value.items() if inner is not None and name in members
        }
    if kind == "list":
        return [_shape(shape.member, item) for item in value]
    if kind == "map":
        return {key: _shape(shape.value, item) for key, item in value.items()}
    return value
