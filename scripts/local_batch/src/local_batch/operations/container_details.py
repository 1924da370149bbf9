"""What AWS refuses in parts of container properties that go together: swap, file systems, secrets and volumes.

The words are AWS's own, as recorded on real AWS by the rules of cdk-preflight 0.0.143 (pf-batch-jd-…, Apache-2.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.refusals import refuse
from local_batch.rules import containers as rules

if TYPE_CHECKING:
    from local_batch.json_object import Json


def check_details(container: Json) -> None:
    """Refuse members that AWS refuses beside each other, or without each other. Raises Refusal."""
    _check_linux(container.get("linuxParameters") or {})
    _check_platform(container)
    for ulimit in container.get("ulimits") or ():
        if ulimit["name"] not in rules.ULIMITS:
            raise refuse(f"ulimit {ulimit['name']} must be one of {', '.join(rules.ULIMITS)}")
    for volume in container.get("volumes") or ():
        if not rules.VOLUME_NAME.fullmatch(str(volume.get("name") or "")):
            raise refuse("A volume's name must be up to 255 letters, digits, hyphens and underscores")
        efs = volume.get("efsVolumeConfiguration")
        if efs and volume.get("host"):
            raise refuse("When the volume parameter is specified, only one volume configuration type should be used.")
        if efs:
            _check_encryption(efs)
    options = (container.get("logConfiguration") or {}).get("secretOptions")
    if (container.get("secrets") or options) and not container.get("executionRoleArn"):
        raise refuse("executionRoleArn cannot be empty when using secrets or secretOptions")


def _check_linux(linux: Json) -> None:
    swap, swappiness = linux.get("maxSwap"), linux.get("swappiness")
    if swap is not None and swap < 0:
        raise refuse(f"Invalid swap memory size: {swap}, must be non-negative.")
    if swap is not None and swappiness is None:
        raise refuse("When container specified swap memory, swappiness value is required.")
    if swappiness is not None and not rules.SWAPPINESS.hold(swappiness):
        raise refuse(f"Invalid swappiness: {swappiness}, must be between 0 and 100.")
    if any(mount.get("size", 0) <= 0 for mount in linux.get("tmpfs") or ()):
        raise refuse("Size of a tmpfs is invalid. The size is required and must be a positive integer.")
    for mount in linux.get("tmpfs") or ():
        for option in mount.get("mountOptions") or ():
            if option.partition("=")[0] not in rules.TMPFS_OPTIONS:
                raise refuse(f"Mount option {option} of a tmpfs must be one of {', '.join(rules.TMPFS_OPTIONS)}")


def _check_platform(container: Json) -> None:
    platform = container.get("runtimePlatform") or {}
    system, architecture = platform.get("operatingSystemFamily", "LINUX"), platform.get("cpuArchitecture", "X86_64")
    if architecture not in rules.ARCHITECTURES:
        raise refuse(f"cpuArchitecture {architecture} must be one of {', '.join(rules.ARCHITECTURES)}")
    if system not in rules.OPERATING_SYSTEMS:
        raise refuse(f"operatingSystemFamily {system} must be one of {', '.join(rules.OPERATING_SYSTEMS)}")
    if system == "LINUX":
        return
    if architecture != "X86_64":
        raise refuse("cpuArchitecture must be X86_64 for Windows containers")
    for member in rules.NOT_ON_WINDOWS:
        if container.get(member):
            raise refuse(f"{member} is not applicable for Windows containers")
    if any(volume.get("efsVolumeConfiguration") for volume in container.get("volumes") or ()):
        raise refuse("efsVolumeConfiguration is not applicable for Windows containers")


def _check_encryption(efs: Json) -> None:
    if len(str(efs.get("rootDirectory") or "")) > rules.EFS_ROOT_CHARACTERS:
        raise refuse(f"efsVolumeConfiguration.rootDirectory must be at most {rules.EFS_ROOT_CHARACTERS} characters")
    if (port := efs.get("transitEncryptionPort")) is not None and not rules.EFS_PORT.hold(port):
        raise refuse(f"efsVolumeConfiguration.transitEncryptionPort must be {rules.EFS_PORT}")
    authorization = efs.get("authorizationConfig") or {}
    encrypted = efs.get("transitEncryption") == "ENABLED"
    if authorization.get("accessPointId") and efs.get("rootDirectory", "/") != "/":
        raise refuse(
            'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
        )
    if authorization.get("accessPointId") and not encrypted:
        raise refuse("EFS IAM access point requires TransitEncryption to be enabled.")
    if authorization.get("iam") == "ENABLED" and not encrypted:
        raise refuse("EFS IAM authorization requires TransitEncryption to be enabled.")
