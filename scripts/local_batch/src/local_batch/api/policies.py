"""Scheduling policies (fair share)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_batch.api import lookup
from local_batch.names import arn, check_name, name_of
from local_batch.refusals import refuse

if TYPE_CHECKING:
    from local_batch.engine import Engine
    from local_batch.model import Region

Json = dict[str, Any]

_SHARE = re.compile(r"[A-Za-z0-9]{0,254}([A-Za-z0-9]|\*)")
_MOST_SHARES = 500


def create(_engine: Engine, region: Region, asked: Json) -> Json:
    """CreateSchedulingPolicy."""
    name = asked["name"]
    check_name(name, "name")
    if name in region.policies:
        raise refuse("Object already exists")
    if asked.get("quotaSharePolicy"):
        raise refuse("Quota share policies are not there in the local AWS Batch")
    policy = {
        "name": name,
        "arn": arn(region.name, "scheduling-policy", name),
        "fairsharePolicy": _checked(asked.get("fairsharePolicy") or {}),
        "tags": asked.get("tags", {}),
    }
    region.policies[name] = policy
    return policy


def describe(_engine: Engine, region: Region, asked: Json) -> Json:
    """DescribeSchedulingPolicies."""
    if len(asked["arns"]) > 100:
        raise refuse("Maximum number of scheduling policies supported is 100")
    found = [lookup.find(region.policies, text, lambda policy: str(policy["arn"])) for text in asked["arns"]]
    return {"schedulingPolicies": [policy for policy in found if policy is not None]}


def list_all(_engine: Engine, region: Region, asked: Json) -> Json:
    """ListSchedulingPolicies."""
    shown, token = lookup.page(list(region.policies.values()), asked.get("nextToken"), asked.get("maxResults"), 100)
    return {"schedulingPolicies": [{"arn": policy["arn"]} for policy in shown], "nextToken": token}


def update(engine: Engine, region: Region, asked: Json) -> Json:
    """UpdateSchedulingPolicy."""
    policy = region.policies.get(name_of(asked["arn"]))
    if policy is None or policy["arn"] != asked["arn"]:
        raise refuse(f"SchedulingPolicy {asked['arn']} not found")
    if "fairsharePolicy" in asked:
        policy["fairsharePolicy"] = _checked(asked["fairsharePolicy"])
    engine.wake()
    return {}


def delete(_engine: Engine, region: Region, asked: Json) -> Json:
    """DeleteSchedulingPolicy. One that does not exist is deleted already."""
    policy = region.policies.get(name_of(asked["arn"]))
    if policy is None or policy["arn"] != asked["arn"]:
        return {}
    if any(queue.detail.get("schedulingPolicyArn") == policy["arn"] for queue in region.queues.values()):
        raise refuse("Cannot delete, found existing JobQueue relationship")
    del region.policies[policy["name"]]
    return {}


def _checked(policy: Json) -> Json:
    """Return a fair-share policy with AWS's defaults. Refuses what AWS refuses."""
    decay, reservation = policy.get("shareDecaySeconds", 0), policy.get("computeReservation", 0)
    if not 0 <= decay <= 604800:
        raise refuse("shareDecaySeconds must be between 0 and 604800")
    if not 0 <= reservation <= 99:
        raise refuse("computeReservation must be between 0 and 99")
    shares = policy.get("shareDistribution") or []
    if len(shares) > _MOST_SHARES:
        raise refuse(f"shareDistribution can have at most {_MOST_SHARES} share identifiers")
    names: list[str] = []
    for share in shares:
        name = share.get("shareIdentifier") or ""
        if not _SHARE.fullmatch(name):
            raise refuse(f"shareIdentifier {name} should be up to 255 alphanumeric characters, optionally ending in *")
        weight = share.get("weightFactor", 1.0)
        if not 0.0001 <= weight <= 999.9999:
            raise refuse("weightFactor must be between 0.0001 and 999.9999")
        if any(_overlap(name, other) for other in names):
            raise refuse(f"shareDistribution has overlapping share identifiers: {name}")
        names.append(name)
    return {
        "shareDecaySeconds": decay,
        "computeReservation": reservation,
        "shareDistribution": [{"weightFactor": 1.0, **share} for share in shares],
    }


def _overlap(one: str, other: str) -> bool:
    if one.endswith("*") and other.startswith(one[:-1]):
        return True
    return one == other or (other.endswith("*") and one.startswith(other[:-1]))
