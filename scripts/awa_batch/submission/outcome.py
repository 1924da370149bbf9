"""What an error of SubmitJob means for the job."""

from __future__ import annotations

from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)

_THROTTLES = {
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}

Failure = Literal["refused", "throttled", "unreached", "lost"]


def failure(error: BotoCoreError | ClientError) -> Failure:
    """Tell what an error means for the job: only ``lost`` leaves open whether AWS has accepted it."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _THROTTLES or status == 429:
            return "throttled"
        return "lost" if status >= 500 or code in {"RequestTimeout", "RequestTimeoutException"} else "refused"
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return "unreached"
    if isinstance(error, SSLError):  # a certificate is looked at before anything is sent
        return "refused" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "lost"
    return "lost" if isinstance(error, HTTPClientError) else "refused"
