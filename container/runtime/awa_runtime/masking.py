"""Values fit to be shown: secrets are masked, by their type or by their name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

MASK = "**********"

_SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|key", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Return whether a value under this name is to be masked (``db_password``, ``apiKey``, ``AWS_SESSION_TOKEN``)."""
    return _SECRET_NAME.search(name) is not None


def masked(value: Any) -> Any:
    """Return ``value`` as plain JSON data in which every secret is ``**********``.

    A secret is a pydantic ``SecretStr`` or ``SecretBytes``, and whatever lies under a name that sounds like one.
    """
    if isinstance(value, BaseModel):
        # In JSON mode pydantic itself writes its secret types as asterisks.
        return masked(value.model_dump(mode="json", by_alias=True))
    if isinstance(value, Mapping):
        return {
            str(name): MASK if is_secret_name(str(name)) and item not in (None, "") else masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value
