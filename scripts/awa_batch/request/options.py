"""What a user may say of a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class JobOptions:
    """What a user may say of a job beyond definition and queue. Units: vcpu in vCPUs, memory in MiB, timeout in s.

    ``depends_on`` holds ``ID`` or ``ID:N_TO_N``; ``retry_on`` holds ``spot``, ``pull``, ``oom`` or ``exit:CODE``.
    ``overrides`` is a ``containerOverrides`` as SubmitJob takes it: what the other fields say wins over it.
    """

    name: str | None = None
    command: Sequence[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    vcpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    array_size: int | None = None
    depends_on: Sequence[str] = ()
    sequential: bool = False
    share_identifier: str | None = None
    scheduling_priority: int | None = None
    attempts: int | None = None
    retry_on: Sequence[str] = ()
    timeout_seconds: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
