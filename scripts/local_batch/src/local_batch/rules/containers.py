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

SWAPPINESS = Bounds(0, 100)
"""How readily a container's memory is swapped (model: LinuxParameters.swappiness)."""

FILE_SYSTEM_ID = re.compile(r"fs-[0-9a-f]{8,40}")
"""An EFS file system (EFS's model: FileSystemId)."""

ACCESS_POINT_ID = re.compile(r"fsap-[0-9a-f]{8,40}")
"""An EFS access point (EFS's model: AccessPointId)."""

IMAGE = re.compile(r"[A-Za-z0-9\-_:./#@]{1,255}")
"""An image's name (model: ContainerProperties.image; the at sign stands before a digest)."""

VOLUME_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""A volume's name (model: Volume.name)."""

EFS_ROOT_CHARACTERS = 4096
"""The longest root directory in a file system (model: EFSVolumeConfiguration.rootDirectory)."""

EFS_PORT = Bounds(0, 65535)
"""transitEncryptionPort (model: EFSVolumeConfiguration.transitEncryptionPort)."""

WITHOUT_EFS = ("1.3.0",)
"""Platform versions of Fargate before 1.4.0, which EFS needs (model: Volume.efsVolumeConfiguration)."""

ULIMITS = (
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
    "rttime", "sigpending", "stack",
)  # fmt: skip
"""What ulimits are called (model: Ulimit.name)."""

TMPFS_OPTIONS = (
    "defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "remount",
    "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind", "unbindable", "runbindable",
    "private", "rprivate", "shared", "rshared", "slave", "rslave", "relatime", "norelatime", "strictatime",
    "nostrictatime", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol",
)  # fmt: skip
"""Mount options, some with a value after "=" (model: Tmpfs.mountOptions)."""

ARCHITECTURES = ("X86_64", "ARM64")
"""Model: RuntimePlatform.cpuArchitecture."""

OPERATING_SYSTEMS = (
    "LINUX", "WINDOWS_SERVER_2019_CORE", "WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2022_FULL",
)  # fmt: skip
"""Model: RuntimePlatform.operatingSystemFamily."""

NOT_ON_WINDOWS = ("linuxParameters", "privileged", "user", "ulimits", "readonlyRootFilesystem")
"""Members that Windows containers do not have, beside EFS (model: RuntimePlatform.operatingSystemFamily)."""
