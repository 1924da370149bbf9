"""How AWS Batch says no: an error code, an HTTP status and a message in AWS's own words."""

from __future__ import annotations

import uuid


class Refusal(Exception):  # noqa: N818 - it is an answer of the API, not a fault of this program
    """An error answer of the Batch API. ``code`` is what boto3 shows as the error's code."""

    def __init__(self, message: str, *, code: str = "ClientException", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


def refuse(message: str) -> Refusal:
    """Return the ClientException that Batch's control plane wraps its own checks in."""
    return Refusal(f"Error executing request, Exception : {message}, RequestId: {uuid.uuid4()}")


def not_valid(value: object, path: str, constraint: str) -> Refusal:
    """Return the ClientException of a request that does not fit the service model."""
    shown = "null" if value is None else f"'{value}'"
    return Refusal(f"1 validation error detected: Value {shown} at '{path}' failed to satisfy constraint: {constraint}")
