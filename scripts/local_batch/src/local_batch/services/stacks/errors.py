"""What goes wrong with a resource of a stack."""

from __future__ import annotations

from local_batch.refusals import Refusal


class StackResourceError(Exception):
    """A resource could not be made, changed or deleted; the text is the reason of its stack's event."""


def reason_of(error: Exception) -> str:
    """Return the reason of a failed resource's event, in the words of CloudFormation's handlers."""
    if isinstance(error, Refusal):
        return f'Resource handler returned message: "{error.message} (Service: Batch, Status Code: {error.status})"'
    return str(error) or type(error).__name__


class FailedError(Exception):
    """A resource failed: its logical id, its type and why."""

    def __init__(self, name: str, kind: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.kind = kind
        self.reason = reason
