"""What the scripted servers say of queues and definitions that they are asked for: all are open and active."""

from __future__ import annotations

import json
from typing import Any


def described(path: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer to a Describe call of the checks before a submission, or None for another call."""
    if path == "/v1/describejobqueues":
        return {
            "jobQueues": [
                {"jobQueueName": arn.rsplit("/", 1)[-1], "jobQueueArn": arn, "state": "ENABLED", "status": "VALID"}
                for arn in asked["jobQueues"]
            ]
        }
    if path == "/v1/describejobdefinitions":
        return {"jobDefinitions": [{"jobDefinitionArn": arn, "status": "ACTIVE"} for arn in asked["jobDefinitions"]]}
    return None


def described_bytes(path: bytes, body: bytes) -> bytes | None:
    """Do the same for raw bytes."""
    value = described(path.decode(), json.loads(body)) if path.startswith(b"/v1/describejob") else None
    return None if value is None else json.dumps(value).encode()
