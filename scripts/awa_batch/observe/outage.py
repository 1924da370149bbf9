"""Tell an outage, which passes, from a refusal, which does not."""

from __future__ import annotations

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

_THROTTLES = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")


def is_passing(error: Exception) -> bool:
    """Return whether a call that failed with ``error`` may succeed a little later, with nothing changed here."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or status == 429 or error.response.get("Error", {}).get("Code") in _THROTTLES
    return isinstance(error, NoConnectionError | HTTPClientError)
