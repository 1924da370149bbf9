"""What a push reports."""

from __future__ import annotations

from typing import Any

import pytest

from awa_batch.images.push import PushFailedError, _pushed

DIGEST = "sha256:" + "ab" * 32
EVENTS: list[dict[str, Any]] = [
    {"status": "The push refers to repository [127.0.0.1:5000/a/latest]"},
    {"status": "Preparing", "progressDetail": {}, "id": "aaa"},
    {"status": "Preparing", "progressDetail": {}, "id": "bbb"},
    {"status": "Layer already exists", "progressDetail": {}, "id": "bbb"},
    {"status": "Pushing", "progressDetail": {"current": 1, "total": 2}, "id": "aaa"},
    {"status": "Pushed", "progressDetail": {}, "id": "aaa"},
    {"status": f"rev: digest: {DIGEST} size: 7"},
    {"progressDetail": {}, "aux": {"Tag": "rev", "Digest": DIGEST, "Size": 7}},
]


def test_the_digest_is_that_of_the_push() -> None:
    said: list[str] = []
    assert _pushed(iter(EVENTS), "repo", said.append) == DIGEST
    assert said == ["Pushed repo: 1 of 2 layers were new"]


@pytest.mark.parametrize(
    "event",
    [
        {"error": "denied: no", "errorDetail": {"message": "denied: no"}},
        {"errorDetail": {"message": "denied: no"}},
        {"error": "denied: no"},
    ],
)
@pytest.mark.parametrize("place", [0, 4, len(EVENTS)])
def test_any_error_line_is_an_error_even_after_a_digest(event: dict[str, Any], place: int) -> None:
    with pytest.raises(PushFailedError, match="denied: no"):
        _pushed(iter([*EVENTS[:place], event, *EVENTS[place:]]), "repo", lambda _line: None)


@pytest.mark.parametrize("events", [[], EVENTS[:-1], [{"aux": {"Digest": "sha256:short"}}], [{"aux": {}}]])
def test_a_push_without_a_digest_is_an_error(events: list[dict[str, Any]]) -> None:
    with pytest.raises(PushFailedError, match="without a digest"):
        _pushed(iter(events), "repo", lambda _line: None)
