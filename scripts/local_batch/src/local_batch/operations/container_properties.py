"""What AWS refuses in container properties and overrides, and how overrides change them."""

from __future__ import annotations

import copy
import re

from local_batch.json_object import Json
from local_batch.operations.checks import check_variables
from local_batch.operations.container_details import check_details
from local_batch.refusals import refuse
from local_batch.rules import containers as rules
from local_batch.rules import fargate

_LISTS = ("command", "environment", "mountPoints", "resourceRequirements", "secrets", "ulimits", "volumes")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
"""vCPUs as text, in the form of all values that the model lists (model: ResourceRequirement.value)."""


def requirement(container: Json, kind: str) -> str | None:
    """Return the value of a resource requirement (VCPU, MEMORY, GPU), or None."""
    for entry in container.get("resourceRequirements") or ():
        if entry["type"] == kind:
            return str(entry["value"])
    return None


def vcpus_of(container: Json) -> float:
    """Return the vCPUs that a container asks for. Raises Refusal where that is not a number."""
    text = requirement(container, "VCPU") or str(container.get("vcpus") or 0)
    if not _DECIMAL.fullmatch(text):
        raise refuse(f"VCPU value {text} is not a number")
    return float(text)


def memory_of(container: Json) -> int:
    """Return the MiB that a container asks for. Raises Refusal where that is not a whole number."""
    text = requirement(container, "MEMORY") or str(container.get("memory") or 0)
    if not (text.isascii() and text.isdecimal()):
        raise refuse(f"MEMORY value {text} is not a whole number of MiB")
    return int(text)


def gpus_of(container: Json) -> int:
    """Return the GPUs that a container asks for. Raises Refusal where that is not a whole number."""
    text = requirement(container, "GPU") or "0"
    if not (text.isascii() and text.isdecimal()):
        raise refuse(f"GPU value {text} is not a whole number")
    return int(text)


def check(container: Json, *, on_fargate: bool) -> None:
    """Refuse container properties (a definition's, or a job's after its overrides) that AWS refuses."""
    vcpus, memory = _check_everywhere(container)
    if on_fargate:
        _check_fargate(container)
        if memory not in fargate.SIZES.get(vcpus, ()):
            raise refuse(f"Fargate resource requirements ({vcpus:.2f} vCPU, {memory} MiB) not valid.")
        return
    for member in rules.ONLY_ON_FARGATE:
        if container.get(member):
            raise refuse(f"{member} is only applicable for Fargate jobs")
    _check_ec2_size(vcpus, memory)


def check_one_of_several(container: Json, *, on_fargate: bool) -> None:
    """Refuse one container of a task, which has the task's volumes; the task's size on Fargate is looked at apart."""
    vcpus, memory = _check_everywhere(container)
    if on_fargate:
        _check_fargate(container)
    else:
        _check_ec2_size(vcpus, memory)


def _check_ec2_size(vcpus: float, memory: int) -> None:
    if vcpus < rules.LEAST_VCPUS or not vcpus.is_integer():
        raise refuse(f"VCPU must be a whole number of at least {rules.LEAST_VCPUS} for EC2 jobs")
    if memory < rules.LEAST_MEMORY:
        raise refuse(f"MEMORY must be at least {rules.LEAST_MEMORY} MiB")


def _check_everywhere(container: Json) -> tuple[float, int]:
    """Refuse what neither platform takes; return the vCPUs and MiB."""
    if not container.get("image"):
        raise refuse("Container properties must have an image")
    if not rules.IMAGE.fullmatch(container["image"]):
        raise refuse("image must be up to 255 letters, digits and characters of - _ : . / # @")
    if "" in (container.get("command") or ()):
        raise refuse("Command field cannot have empty strings")  # model: ContainerOverrides.command
    check_variables(container.get("environment") or ())
    check_requirements(container)
    vcpus, memory = vcpus_of(container), memory_of(container)
    if not vcpus:
        raise refuse("Resource requirement VCPU must be provided")
    if not memory:
        raise refuse("Resource requirement MEMORY must be provided")
    volumes = {volume.get("name") for volume in container.get("volumes") or ()}
    for volume in container.get("volumes") or ():
        _check_file_system(volume.get("efsVolumeConfiguration"))
    for point in container.get("mountPoints") or ():
        if point.get("sourceVolume") not in volumes:
            raise refuse(f"Mount point refers to the volume {point.get('sourceVolume')}, which is not defined")
    check_details(container)
    return vcpus, memory


def _check_file_system(efs: Json | None) -> None:
    """Refuse what cannot be the id of a file system; here it names a folder, which must not be anybody else's."""
    if efs is None:
        return
    if not rules.FILE_SYSTEM_ID.fullmatch(str(efs.get("fileSystemId"))):
        raise refuse(f"efsVolumeConfiguration.fileSystemId {efs.get('fileSystemId')} is not valid")
    point = (efs.get("authorizationConfig") or {}).get("accessPointId")
    if point is not None and not rules.ACCESS_POINT_ID.fullmatch(str(point)):
        raise refuse(f"efsVolumeConfiguration.authorizationConfig.accessPointId {point} is not valid")
    if ".." in str(efs.get("rootDirectory") or "/").split("/"):
        raise refuse(f"efsVolumeConfiguration.rootDirectory {efs['rootDirectory']} must not have ..")


def _check_fargate(container: Json) -> None:
    if not container.get("executionRoleArn"):
        raise refuse("executionRoleArn is required for Fargate jobs")
    for member in rules.NOT_ON_FARGATE:
        if container.get(member):
            raise refuse(f"{member} is not applicable for Fargate jobs")
    for member in rules.LINUX_NOT_ON_FARGATE:
        if (container.get("linuxParameters") or {}).get(member):
            raise refuse(f"linuxParameters.{member} is not applicable for Fargate jobs")
    if requirement(container, "GPU"):
        raise refuse("GPU is not applicable for Fargate jobs")
    if any((volume.get("host") or {}).get("sourcePath") for volume in container.get("volumes") or ()):
        raise refuse("volumes.host.sourcePath is not applicable for Fargate jobs")
    driver = (container.get("logConfiguration") or {}).get("logDriver", "awslogs")
    if driver not in rules.FARGATE_LOG_DRIVERS:
        raise refuse(f"Log driver {driver} is not supported for Fargate jobs")
    storage = container.get("ephemeralStorage")
    if storage and not rules.EPHEMERAL_GIB.hold(storage["sizeInGiB"]):
        raise refuse(f"ephemeralStorage.sizeInGiB must be {rules.EPHEMERAL_GIB}")
    version = (container.get("fargatePlatformConfiguration") or {}).get("platformVersion", "LATEST")
    if version not in rules.PLATFORM_VERSIONS:
        raise refuse(f"Platform version {version} is not valid")
    has_efs = any(volume.get("efsVolumeConfiguration") for volume in container.get("volumes") or ())
    if has_efs and version in rules.WITHOUT_EFS:
        raise refuse("efsVolumeConfiguration needs a platformVersion of at least 1.4.0")


def check_requirements(container: Json) -> None:
    """Refuse resource requirements that name one resource twice."""
    kinds = [entry["type"] for entry in container.get("resourceRequirements") or ()]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise refuse(f"Resource requirement {kind} is specified more than once")


def complete(container: Json) -> Json:
    """Return a definition's container properties with the empty lists that AWS shows."""
    return {**{name: [] for name in _LISTS}, **container}


def overridden(container: Json, overrides: Json) -> Json:
    """Return container properties with a submission's overrides.

    ``vcpus`` and ``memory`` in the overrides change nothing where the definition uses resourceRequirements.
    """
    found = copy.copy(container)
    if command := overrides.get("command"):
        found["command"] = command
    if pairs := overrides.get("environment"):
        found["environment"] = _merged(container.get("environment") or [], pairs, "name")
    if wanted := overrides.get("resourceRequirements"):
        check_requirements(overrides)
        found["resourceRequirements"] = _merged(container.get("resourceRequirements") or [], wanted, "type")
    for kind, member in (("VCPU", "vcpus"), ("MEMORY", "memory")):
        if member in overrides and not requirement(container, kind):
            found[member] = overrides[member]
    if "instanceType" in overrides:
        raise refuse("instanceType can only be overridden for multi-node parallel jobs")
    return found


def _merged(base: list[Json], changes: list[Json], key: str) -> list[Json]:
    merged = {entry.get(key): entry for entry in base}
    merged.update({entry.get(key): entry for entry in changes})
    return list(merged.values())
