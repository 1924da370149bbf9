"""Secrets of a job: values from the local Secrets Manager and SSM Parameter Store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_batch.runners.base import TaskStartError

if TYPE_CHECKING:
    from local_batch.services.moto_gate import MotoGate

_FAILED = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "


def resolve(gate: MotoGate, region: str, value_from: str) -> str:
    """Return the value that ``valueFrom`` means, as ECS does.

    That is a secret's ARN, with ``:json-key:stage:version`` or without, or a parameter's ARN or name.
    Raises TaskStartError where there is none.
    """
    service = value_from.split(":")[2] if value_from.startswith("arn:") else "ssm"
    if service == "secretsmanager":
        return _secret(gate, value_from)
    name = value_from.split(":parameter", 1)[1] if value_from.startswith("arn:") else value_from
    place = value_from.split(":")[3] if value_from.startswith("arn:") else region
    with gate.backend("ssm", place) as ssm:
        # An ARN has one slash more than the name of a parameter that is not in a folder.
        found = ssm.get_parameter(name) or ssm.get_parameter(name.lstrip("/"))
        if found is None:
            raise TaskStartError(
                f"{_FAILED}unable to retrieve secrets from ssm: invalid parameters: {name.lstrip('/')}",
                "ResourceInitializationError: unable to pull secrets or registry auth",
            )
        return str(found.response_object(decrypt=True, region=place)["Value"])


def _secret(gate: MotoGate, value_from: str) -> str:
    parts = value_from.split(":")
    arn = ":".join(parts[:7])
    key, stage, version = (*parts[7:10], "", "", "")[:3]
    with gate.backend("secretsmanager", parts[3]) as manager:
        try:
            text = manager.get_secret_value(arn, version or "", stage or "")["SecretString"]
            return str(json.loads(text)[key]) if key else str(text)
        except Exception as error:  # moto's own errors, a secret that is binary, no JSON or lacks the key
            raise TaskStartError(
                f"{_FAILED}unable to retrieve secret from asm: failed to fetch secret {value_from}: {error}",
                "ResourceInitializationError: unable to pull secrets or registry auth",
            ) from None
