"""What CloudFormation refuses of a template before it makes a stack; moto finds it out while it makes one, or never."""

from __future__ import annotations

import re
from typing import Any

from local_batch.json_object import Json

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
"""Of a stack (API reference, CreateStack: StackName)."""
_IN_TEXT = re.compile(r"\$\{([^!{}][^{}]*)\}")
_NOT_MADE = ("AWS::CloudFormation::", "AWS::CDK::Metadata", "Custom::")
"""Types, or their beginnings, that are no resources of a service, or that moto knows by their beginning."""


def check_name(name: str) -> None:
    """Refuse a name that no stack can have. Raises moto's ValidationError."""
    if not _NAME.fullmatch(name):
        raise _error(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def check_template(template: str | Json) -> Json:
    """Return a template, read. Raises moto's ValidationError in AWS's words for one that CloudFormation refuses."""
    from moto.cloudformation.models import Stack
    from moto.cloudformation.parsing import get_model_map

    try:
        found = Stack.parse_template(template) if isinstance(template, str) else template
    except Exception as error:
        raise _error(f"Template format error: {error}") from None
    if not isinstance(found, dict):
        raise _error("Template format error: unsupported structure.")
    resources = found.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise _error("Template format error: At least one Resources member must be defined.")
    for name, one in resources.items():
        if not isinstance(one, dict) or not isinstance(one.get("Type"), str):
            raise _error(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )
    known = get_model_map()
    kinds = {one["Type"] for one in resources.values()}
    if strange := sorted(kind for kind in kinds if kind not in known and not kind.startswith(_NOT_MADE)):
        raise _error(
            f"Template format error: Unrecognized resource types: [{', '.join(strange)}] (moto, which stands in for "
            "CloudFormation on the local AWS, does not make these)"
        )
    _check_references(found, resources)
    return found


def _check_references(template: Json, resources: Json) -> None:
    there = {*resources, *(template.get("Parameters") or {})}
    needed = {name: _references(one) for name, one in resources.items()}
    missing = sorted({name for names in needed.values() for name in names if name not in there and "::" not in name})
    if missing:
        raise _error(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of "
            "the template"
        )
    left = {name: names & set(resources) for name, names in needed.items()}
    while ready := [name for name, names in left.items() if not names & set(left)]:
        for name in ready:
            del left[name]
    if left:
        raise _error(f"Circular dependency between resources: [{', '.join(sorted(left))}]")


def _references(value: Any) -> set[str]:
    """Return the names that a part of a template refers to, but for those that Fn::Sub defines itself."""
    if isinstance(value, list):
        return {name for one in value for name in _references(one)}
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        if key == "Ref" and isinstance(inner, str) and len(value) == 1:
            found.add(inner)
        elif key == "Fn::GetAtt" and inner and len(value) == 1:
            first = inner[0] if isinstance(inner, list) else str(inner)
            found |= {str(first).partition(".")[0]} if isinstance(first, str) else set()
        elif key == "Fn::Sub" and len(value) == 1:
            text, own = (inner[0], inner[1]) if isinstance(inner, list) and len(inner) == 2 else (inner, {})
            names = {name.strip().partition(".")[0] for name in _IN_TEXT.findall(str(text))}
            found |= (names - set(own)) | _references(own)
        elif key == "DependsOn" and "Type" in value:
            found |= {inner} if isinstance(inner, str) else {one for one in inner or () if isinstance(one, str)}
        else:
            found |= _references(inner)
    return found


def _error(message: str) -> Exception:
    from moto.cloudformation.exceptions import ValidationError

    return ValidationError(message=message)
