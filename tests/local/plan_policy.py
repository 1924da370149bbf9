"""What every plan must keep to, read from ``terraform show -json``: values as AWS would get them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the managed resources of a planned module and of those below it."""
    yield from (one for one in module.get("resources", ()) if one["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from resources(child)


def violations(plan: dict[str, Any]) -> list[str]:
    """Return what the plan breaks, one line each: address and rule."""
    return [
        f"{one['address']}: {rule}"
        for one in resources(plan["planned_values"]["root_module"])
        for rule in (*_any(one["values"]), *CHECKS.get(one["type"], lambda _values: [])(one["values"]))
    ]


def _any(values: dict[str, Any]) -> Iterator[str]:
    if "tags" in values and not {"Project", "Environment"} <= set(values.get("tags") or {}):
        yield "it lacks the tags Project and Environment"


def _job_definition(values: dict[str, Any]) -> Iterator[str]:
    container = json.loads(values["container_properties"])
    if not DIGEST.fullmatch(container["image"]):
        yield "its image is no digest"
    if container.get("readonlyRootFilesystem") is not True:
        yield "its root file system can be written to"
    if container.get("user", "0").split(":")[0] in ("", "0", "root"):
        yield "it runs as root"
    if container.get("privileged"):
        yield "it is privileged"
    if not container.get("jobRoleArn") or container["jobRoleArn"] == container.get("executionRoleArn"):
        yield "its job role is no role of its own"
    if not container.get("linuxParameters", {}).get("initProcessEnabled"):
        yield "it has no init process"
    public = container.get("networkConfiguration", {}).get("assignPublicIp") != "DISABLED"
    if public and "FARGATE" in values["platform_capabilities"]:
        yield "it may get a public address"
    if not values["timeout"] or values["timeout"][0]["attempt_duration_seconds"] < 60:
        yield "it has no timeout"
    rules = values["retry_strategy"][0]["evaluate_on_exit"] if values["retry_strategy"] else []
    if not rules or (rules[-1]["action"].upper(), rules[-1]["on_reason"]) != ("EXIT", "*"):
        yield "its retries do not end in EXIT"
    if values["propagate_tags"] is not True:
        yield "its tags do not reach the tasks"
    if values["deregister_on_new_revision"] is not False:
        yield "a release would deregister what a rollback needs"


def _launch_template(values: dict[str, Any]) -> Iterator[str]:
    if values["metadata_options"][0]["http_tokens"] != "required":
        yield "IMDSv1 is open"
    if values["network_interfaces"]:
        yield "AWS Batch refuses its interfaces beside the compute environment's security groups"
    if any(one["ebs"][0]["encrypted"] != "true" for one in values["block_device_mappings"]):
        yield "a disk is not encrypted"


def _subnet(values: dict[str, Any]) -> Iterator[str]:
    if values["map_public_ip_on_launch"]:
        yield "what starts in it gets a public address"


def _environment(values: dict[str, Any]) -> Iterator[str]:
    for block in values["compute_resources"]:
        if block["type"].startswith("FARGATE") and block.get("allocation_strategy"):
            yield "Fargate takes no allocation strategy"
        if block.get("min_vcpus"):
            yield "it costs money while no job waits"


CHECKS: dict[str, Any] = {
    "aws_batch_job_definition": _job_definition,
    "aws_launch_template": _launch_template,
    "aws_subnet": _subnet,
    "aws_batch_compute_environment": _environment,
}
