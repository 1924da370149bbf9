"""Pages of lists, with tokens that a client sends back for the next one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from local_batch.refusals import refuse
from local_batch.rules import calls as rules

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def page(items: Sequence[T], asked: dict[str, Any]) -> tuple[Sequence[T], str | None]:
    """Return the page that a request asks for, of a list that only grows at its end, and the token of the next page."""
    token, size, start = asked.get("nextToken"), asked.get("maxResults"), 0
    if token:  # AWS takes an empty one for none: awsbstat of AWS ParallelCluster begins so
        try:
            start = int(base64.urlsafe_b64decode(token.encode() + b"=="))
        except (ValueError, binascii.Error):
            raise refuse("Invalid nextToken") from None
    if size is not None and not 1 <= size <= rules.DESCRIBED_OBJECTS:  # "between 1 and 100" wherever it is taken
        raise refuse(f"maxResults must be between 1 and {rules.DESCRIBED_OBJECTS}")
    end = start + min(size or rules.DESCRIBED_OBJECTS, rules.DESCRIBED_OBJECTS)
    after = base64.urlsafe_b64encode(str(end).encode()).decode().rstrip("=") if end < len(items) else None
    return items[start:end], after
