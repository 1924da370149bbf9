"""What a push reports."""

from __future__ import annotations

from typing import Any

import pytest

from awa_batch.images.push import PushFailedError, PushRefusedError, _pushed
from awa_batch.images.push_progress import LayerProgress, layer_progress

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


def test_the_digest_may_be_said_in_words_alone() -> None:
    """As engines with containerd's image store do (seen with Docker 26.1)."""
    assert _pushed(iter(EVENTS[:-1]), "repo", lambda _line: None) == DIGEST


@pytest.mark.parametrize("events", [[], EVENTS[:-2], [{"aux": {"Digest": "sha256:short"}}], [{"aux": {}}]])
def test_a_push_without_a_digest_is_an_error(events: list[dict[str, Any]]) -> None:
    with pytest.raises(PushFailedError, match="without a digest"):
        _pushed(iter(events), "repo", lambda _line: None)


@pytest.mark.parametrize(
    "said",
    [
        "no basic auth credentials",
        "unauthorized: authentication required",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
    ],
)
def test_a_sign_in_that_is_not_taken_is_an_error_of_aws(said: str) -> None:
    with pytest.raises(PushRefusedError) as caught:
        _pushed(iter([{"error": said}]), "repo", print)
    assert caught.value.exit_code == 3
    assert said in caught.value.what
    assert "Sign in" in caught.value.fix


def test_a_permission_that_lacks_is_no_matter_of_the_sign_in() -> None:
    said = "denied: User: arn:aws:iam::1:user/x is not authorized to perform: ecr:InitiateLayerUpload"
    with pytest.raises(PushFailedError, match="may push"):
        _pushed(iter([{"error": said}]), "repo", print)


def test_each_layer_is_told_as_it_goes() -> None:
    told: list[LayerProgress] = []
    _pushed(iter(EVENTS), "repo", lambda _line: None, told.append)
    assert told == [
        LayerProgress("aaa", "waiting"),
        LayerProgress("bbb", "waiting"),
        LayerProgress("bbb", "known"),
        LayerProgress("aaa", "pushing", 1, 2),
        LayerProgress("aaa", "pushed"),
    ]


@pytest.mark.parametrize(
    ("status", "state"),
    [("Retrying in 5 seconds", "retrying"), ("Mounted from team/base", "known"), ("Waiting", "waiting")],
)
def test_what_engines_say_of_a_layer(status: str, state: str) -> None:
    found = layer_progress({"status": status, "id": "aaa"})
    assert found is not None
    assert found.state == state
    assert layer_progress({"status": "rev: digest: sha256:abc size: 7"}) is None
    assert layer_progress({"status": "What nobody knows", "id": "aaa"}) is None
