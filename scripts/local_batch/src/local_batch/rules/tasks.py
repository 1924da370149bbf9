"""AWS's rules for the task of a multi-container job (``ecsProperties``)."""

from __future__ import annotations

import re

from local_batch.rules.bounds import Bounds

CONTAINERS = Bounds(1, 10)
"""Containers of one task (ECS guide, "Amazon ECS service quotas": containers per task definition)."""

CONTAINER_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""A container's name (ECS API reference, ContainerDefinition.name)."""

CONDITIONS = ("START", "COMPLETE", "SUCCESS")
"""What of another container a container may wait for (model: TaskContainerDependency.condition)."""

NOT_OF_ESSENTIAL = ("COMPLETE", "SUCCESS")
"""Conditions that cannot be set on an essential container (model: TaskContainerDependency.condition)."""

LEAST_TIMEOUT = 2
"""Seconds of startTimeout and stopTimeout at least (model: TaskContainerProperties.stopTimeout)."""

FARGATE_TIMEOUT = Bounds(LEAST_TIMEOUT, 120)
"""Seconds of startTimeout and stopTimeout on Fargate (model: TaskContainerProperties.stopTimeout)."""

LOG_ROUTERS = ("fluentd", "fluentbit")
"""Types of a FireLens container (model: FirelensConfiguration.type)."""

NOT_ON_FARGATE = ("ipcMode", "pidMode")
"""Members of EcsTaskProperties that Fargate does not take (model: EcsTaskProperties.ipcMode; ECS's of pidMode)."""

IPC_MODES = ("host", "task", "none")
"""Model: EcsTaskProperties.ipcMode."""

PID_MODES = ("host", "task")
"""Model: EcsTaskProperties.pidMode."""
