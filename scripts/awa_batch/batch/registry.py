"""Sign in to the account's registry."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


def ecr_sign_in(client: ECRClient) -> dict[str, str]:
    """Return the sign-in of the client's account for one push (valid for 12 hours). Raises AwsError."""
    try:
        with calling("signing in to ECR"):
            data = client.get_authorization_token()["authorizationData"]
            username, _, password = base64.b64decode(data[0]["authorizationToken"]).decode().partition(":")
    except CallError as error:
        if not error.is_denied:
            raise
        raise AwsError(
            *error.problem, fix="Your AWS identity needs ecr:GetAuthorizationToken; check AWS_PROFILE and the region."
        ) from error
    return {"username": username, "password": password}
