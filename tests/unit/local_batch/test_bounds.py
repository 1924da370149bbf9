"""What one request and one job may take of the local AWS's memory."""

from __future__ import annotations

import io
from typing import Any

import pytest

from local_batch.front import bodies
from local_batch.front.bodies import DEPTH, IN_MEMORY, TooLargeError, is_too_deep, read_body
from local_batch.services.log_streams import LAST_BYTES, LAST_LINES, LINE_BYTES, Capped

S3 = {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=K/20260101/ap-northeast-1/s3/aws4_request, Signature=0"}
BATCH = {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=K/20260101/ap-northeast-1/batch/aws4_request, Signature=0"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "OTHER_BYTES", 1000)
    monkeypatch.setattr(bodies, "S3_BYTES", 5000)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(("signed", "limit"), [(S3, 5000), (BATCH, 1000), ({}, 1000)])
def test_a_body_has_a_limit(signed: dict[str, str], limit: int, announced: bool) -> None:
    def read(size: int) -> tuple[Any, int]:
        return read_body(dict(signed), io.BytesIO(b"x" * size), size if announced else None)

    body, size = read(limit)
    with body:
        assert (body.read(), size) == (b"x" * limit, limit)
    with pytest.raises(TooLargeError, match=f"larger than {limit:,} bytes"):
        read(limit + 1)


def test_a_large_body_lies_in_a_file() -> None:
    body, _ = read_body(dict(S3), io.BytesIO(b"x" * (IN_MEMORY + 1)), IN_MEMORY + 1)
    with body:
        assert body._rolled  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("[" * (DEPTH + 1), True),
        ('{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1), True),
        ("[" * DEPTH + "]" * DEPTH, False),
        ("[{}]" * 10_000, False),
        ('["' + "[" * 10_000 + '"]', False),
        ('["\\"' + "[" * 10_000 + '"]', False),
        ('["' + "[" * 10_000, False),  # cut off in a text: a parser says so
        ("]" * 1000 + "[" * (DEPTH + 1), False),
    ],
)
def test_nesting_has_a_limit(text: str, deep: bool) -> None:
    data = text.encode()
    environ = {**BATCH, "CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data)}
    assert is_too_deep(environ) is deep
    assert environ["wsgi.input"].read() == data  # type: ignore[attr-defined]


def test_a_log_is_kept_to_its_limit_and_then_its_end() -> None:
    kept: list[str] = []
    log = Capped(kept.extend, limit=10 * (LINE_BYTES + 4))
    for number in range(10_000):
        log([f"{number:04}"])
    assert kept[:10] == [f"{number:04}" for number in range(10)]
    assert kept[10].startswith("[local AWS] The log is full (5040 bytes)")
    assert len(kept) == 11
    log.close()
    assert kept[11] == "[local AWS] 9,790 of the last 9,990 lines were dropped; here are the others."
    assert kept[12:] == [f"{number:04}" for number in range(10_000 - LAST_LINES, 10_000)]


def test_the_end_of_a_log_is_bounded_too() -> None:
    kept: list[str] = []
    log = Capped(kept.extend, limit=1)
    log(["first", *["x" * LAST_BYTES] * 50])
    log.close()
    assert [len(line) for line in kept[3:]] == [LAST_BYTES]


def test_a_log_below_the_limit_is_as_it_was_written() -> None:
    kept: list[str] = []
    log = Capped(kept.extend)
    log(["a", "", "b"])
    log.close()
    assert kept == ["a", "", "b"]
