"""Checks that several operations share. Each raises the Refusal with which AWS answers."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.refusals import refuse
from local_batch.rules import jobs as rules

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_name(name: str, what: str) -> None:
    """Refuse a name that is not 1 to 128 letters, digits, hyphens and underscores."""
    if not rules.NAME.fullmatch(name):
        raise refuse(f"{what} should match valid pattern")


def check_tags(tags: dict[str, str] | None, present: Iterable[str] = ()) -> None:
    """Refuse tags of a job or an object: too many with the keys at ``present``, and keys or values that AWS refuses."""
    given = tags or {}
    for key, value in given.items():
        if not rules.TAG_KEY.hold(len(key)) or key.lower().startswith(rules.RESERVED_TAG_PREFIX) or not _tags_take(key):
            raise refuse(f"Tag key {key} is not valid")
        if not rules.TAG_VALUE.hold(len(value)):
            raise refuse(f"Tag value of {key} must be at most {rules.TAG_VALUE.most} characters")
        if not _tags_take(value):
            raise refuse(f"Tag value of {key} is not valid")
    if len({*present, *given}) > rules.MOST_TAGS:
        raise refuse(f"A resource can have at most {rules.MOST_TAGS} tags")


def _tags_take(text: str) -> bool:
    """Return whether a tag may be made of a text's characters."""
    return all(
        character in rules.TAG_SIGNS or unicodedata.category(character)[0] in rules.TAG_CATEGORIES for character in text
    )


def check_priority(member: str, priority: int | None) -> None:
    """Refuse a scheduling priority; None means that none is given."""
    if priority is not None and not rules.SCHEDULING_PRIORITY.hold(priority):
        raise refuse(f"{member} must be {rules.SCHEDULING_PRIORITY}")


def check_variables(pairs: Iterable[Json]) -> None:
    """Refuse environment variables without a name or in Batch's own name space."""
    for pair in pairs:
        if not pair.get("name"):
            raise refuse("Environment variable name must not be empty")
        if pair["name"].startswith(rules.RESERVED_VARIABLE_PREFIX):
            raise refuse(f"Environment variable {pair['name']} cannot start with {rules.RESERVED_VARIABLE_PREFIX}")
