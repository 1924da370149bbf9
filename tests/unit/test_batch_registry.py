"""ECR's sign-in."""

from __future__ import annotations

import base64
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.registry import ecr_sign_in
from awa_batch.errors import AwsError


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="ap-northeast-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_ecrs_sign_in_is_decoded(ecr: Any) -> None:
    token = base64.b64encode(b"AWS:pass:word").decode()
    with Stubber(ecr) as stub:
        stub.add_response("get_authorization_token", {"authorizationData": [{"authorizationToken": token}]}, {})
        assert ecr_sign_in(ecr) == {"username": "AWS", "password": "pass:word"}


def test_a_refused_sign_in_names_the_permission(ecr: Any) -> None:
    with Stubber(ecr) as stub:
        stub.add_client_error("get_authorization_token", "AccessDeniedException", "no", 400)
        with pytest.raises(AwsError) as caught:
            ecr_sign_in(ecr)
    assert "ecr:GetAuthorizationToken" in caught.value.fix


def test_an_empty_answer_is_an_error(ecr: Any) -> None:
    with Stubber(ecr) as stub:
        stub.add_response("get_authorization_token", {"authorizationData": []}, {})
        with pytest.raises(AwsError, match="is damaged"):
            ecr_sign_in(ecr)


def test_expired_credentials_are_told_as_such(ecr: Any) -> None:
    with Stubber(ecr) as stub:
        stub.add_client_error("get_authorization_token", "ExpiredTokenException", "old", 400)
        with pytest.raises(
            AwsError, match="The credentials have expired while signing in to ECR: ExpiredTokenException"
        ):
            ecr_sign_in(ecr)
