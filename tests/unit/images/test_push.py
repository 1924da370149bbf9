"""What a push reports, and ECR's sign-in."""

from __future__ import annotations

import base64
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.errors import AwsError
from awa_batch.images.push import PushFailedError, _pushed, ecr_auth

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


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="ap-northeast-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_ecrs_sign_in_is_decoded(ecr: Any) -> None:
    token = base64.b64encode(b"AWS:pass:word").decode()
    with Stubber(ecr) as stub:
        stub.add_response("get_authorization_token", {"authorizationData": [{"authorizationToken": token}]}, {})
        assert ecr_auth(ecr) == {"username": "AWS", "password": "pass:word"}


def test_a_refused_sign_in_names_the_permission(ecr: Any) -> None:
    with Stubber(ecr) as stub:
        stub.add_client_error("get_authorization_token", "AccessDeniedException", "no", 400)
        with pytest.raises(AwsError) as caught:
            ecr_auth(ecr)
    assert "ecr:GetAuthorizationToken" in caught.value.fix


def test_an_empty_answer_is_an_error(ecr: Any) -> None:
    with Stubber(ecr) as stub:
        stub.add_response("get_authorization_token", {"authorizationData": []}, {})
        with pytest.raises(AwsError, match="cannot be read"):
            ecr_auth(ecr)
