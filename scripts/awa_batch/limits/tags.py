"""What a tag may be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from awa_batch.errors import UsageError
from awa_batch.text import Field

MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 50, 128, 256
"""Tags, characters of a key and of a value (model: TagrisTagsMap, TagKey, TagValue)."""

RESERVED_TAG = "aws:"
"""How the keys begin that only AWS sets (Tagging AWS Resources: tag naming limits)."""

TAG_CATEGORIES, TAG_SIGNS = "LZN", "_.:/=+-@"
"""The general categories of Unicode (letters, separators, numbers) and the other characters that a tag is made of.

They are the pattern of TagKey and TagValue in botocore's models of ECS, which gets a job's tags, and IAM; the page "Tag
your AWS Batch resources" of the user guide says it in words.
"""

_FIX = "Use letters, digits, blanks and + - = . _ : / @ alone"


def check_tags(tags: Mapping[str, str], field: str = "tags") -> None:
    """Refuse more than `MAX_TAGS`, keys and values that AWS does not take, and its own beginning `RESERVED_TAG`.

    ``field`` is what has them.
    """
    check_number_of_tags(tags, field=field)
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_TAG_KEY or key.lower().startswith(RESERVED_TAG):
            raise UsageError(
                Field(field),
                f": {key[:40]!r} is not a tag key: 1 to {MAX_TAG_KEY} characters, not beginning with {RESERVED_TAG}.",
                fix="Use a shorter key without that beginning.",
            )
        if wrong := _refused(key):
            raise UsageError(
                Field(field), f": the key {key!r} has {wrong!r}, which AWS takes in no tag.", fix=f"{_FIX}."
            )
        if len(value) > MAX_TAG_VALUE:
            raise UsageError(
                Field(field),
                f": the value of {key!r} has {len(value)} characters; a tag value has at most {MAX_TAG_VALUE}.",
                fix="Shorten it, or pass it in the environment.",
            )
        if wrong := _refused(value):
            raise UsageError(
                Field(field),
                f": the value of {key!r} has {wrong!r}, which AWS takes in no tag.",
                fix=f"{_FIX}, or pass it in the environment.",
            )


def check_number_of_tags(tags: Iterable[str], propagated: Iterable[str] = (), *, field: str = "tags") -> None:
    """Refuse more than `MAX_TAGS` keys, those that are ``propagated`` from the job definition included."""
    keys, others = set(tags), set(propagated)
    if len(keys | others) > MAX_TAGS:
        besides = f", {len(others - keys)} of them the job definition's" if others else ""
        raise UsageError(
            Field(field),
            f": {len(keys | others)} tags{besides}; a job has at most {MAX_TAGS}.",
            fix=f"Remove {len(keys | others) - MAX_TAGS} of them.",
        )


def _refused(text: str) -> str | None:
    """Return the first character of a text that no tag may have, or None."""
    return next(
        (sign for sign in text if sign not in TAG_SIGNS and unicodedata.category(sign)[0] not in TAG_CATEGORIES), None
    )
