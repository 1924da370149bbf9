"""Lists that Batch and another service make together: what is Batch's first, then what moto says."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from local_batch.json_object import Json
from local_batch.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Environ = dict[str, Any]

_OWN = "batch-"
"""What the tokens of pages that begin with Batch's own begin with."""


class Answer(NamedTuple):
    """An answer of another service. ``status`` is a line such as ``200 OK``."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def send(self, start_response: Any) -> list[bytes]:
        """Send it as it is."""
        start_response(self.status, self.headers)
        return [self.body]


class Pages(NamedTuple):
    """What a list's members are called: the entries, the size of a page with its default, the token in and out."""

    entries: str
    size: str
    most: int
    asked_token: str
    next_token: str


def ask(others: Callable[[Environ, Any], Iterable[bytes]], environ: Environ, asked: Json) -> Answer:
    """Have another service answer a request of JSON, as it came but for its members."""
    body = json.dumps(asked).encode()
    said: list[tuple[str, list[tuple[str, str]]]] = []
    changed = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    answer = b"".join(others(changed, lambda status, headers, *_: said.append((status, list(headers)))))
    status, headers = said[-1]
    return Answer(status, [pair for pair in headers if pair[0].lower() != "content-length"], answer)


def together(own: list[Any], pages: Pages, asked: Json, theirs: Callable[[Json], Answer]) -> Answer:
    """Return a page of what Batch has, followed by what the other service has. Raises Refusal."""
    token, size = str(asked.get(pages.asked_token) or ""), asked.get(pages.size) or pages.most
    if not isinstance(size, int) or not 1 <= size <= pages.most:
        raise Refusal(f"{pages.size} must be between 1 and {pages.most}", code="InvalidParameterException")
    if token and not token.startswith(_OWN):
        return theirs(asked)
    number = token.removeprefix(_OWN)
    if token and not (number.isascii() and number.isdigit()):
        raise Refusal(f"{pages.asked_token} is not valid", code="InvalidParameterException")
    start = int(number or 0)
    shown = own[start : start + size]
    if start + size <= len(own):
        # The last page of Batch's own is full: the other service's begin with the next one.
        return _said({pages.entries: shown, pages.next_token: f"{_OWN}{start + size}"})
    rest = {name: value for name, value in asked.items() if name != pages.asked_token}
    if pages.size in rest:
        rest[pages.size] = size - len(shown)
    answer = theirs(rest)
    if not answer.status.startswith("200"):
        return answer
    found = json.loads(answer.body)
    found[pages.entries] = [*shown, *(found.get(pages.entries) or [])]
    return Answer(answer.status, answer.headers, json.dumps(found).encode())


def _said(body: Json) -> Answer:
    return Answer("200 OK", [("Content-Type", "application/x-amz-json-1.1")], json.dumps(body).encode())
