"""AWS's rules for container properties: what EC2 and Fargate take, each on its own."""

from __future__ import annotations

import re

from local_batch.rules.bounds import Bounds

LEAST_MEMORY = 4
"""MiB that a job on EC2 must ask for at least (model: ResourceRequirement.value)."""

LEAST_VCPUS = 1
"""Whole vCPUs that a job on EC2 must ask for at least (model: ResourceRequirement.value)."""

ONLY_ON_FARGATE = ("networkConfiguration", "fargatePlatformConfiguration", "ephemeralStorage", "runtimePlatform")
"""Members of ContainerProperties for Fargate only (model: ContainerProperties)."""

NOT_ON_FARGATE = ("privileged", "ulimits", "instanceType", "vcpus", "memory")
"""Members of ContainerProperties that Fargate does not take (model: ContainerProperties)."""

LINUX_NOT_ON_FARGATE = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
"""Members of linuxParameters that Fargate does not take (model: LinuxParameters)."""

FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
"""Log drivers on Fargate (ECS guide, "Fargate task definition differences"; Batch's model names the first two)."""

EPHEMERAL_GIB = Bounds(21, 200)
"""Ephemeral storage of a Fargate job (model: EphemeralStorage.sizeInGiB)."""

PLATFORM_VERSIONS = ("LATEST", "1.4.0", "1.3.0")
"""Fargate platform versions for Linux (ECS guide, "Fargate platform versions")."""

FILE_SYSTEM_ID = re.compile(r"fs-[0-9a-f]{8,40}")
"""An EFS file system (EFS's model: FileSystemId)."""

ACCESS_POINT_ID = re.compile(r"fsap-[0-9a-f]{8,40}")
"""An EFS access point (EFS's model: AccessPointId)."""
