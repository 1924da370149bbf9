"""Scheduling policies (fair share)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.arns import arn, name_of
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.checks import check_name, check_tags
from local_batch.operations.paging import page
from local_batch.refusals import refuse
from local_batch.rules import calls
from local_batch.rules import jobs as job_rules
from local_batch.rules import objects as rules

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def create(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CreateSchedulingPolicy: make a fair-share policy. Raises Refusal."""
    name = asked["name"]
    check_name(name, "name")
    if name in region.policies:
        raise refuse("Object already exists")
    check_tags(asked.get("tags"))
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


def describe(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeSchedulingPolicies: those of the ARNs; one that is not known is left out."""
    if len(asked["arns"]) > calls.DESCRIBED_OBJECTS:
        raise refuse(f"Maximum number of scheduling policies supported is {calls.DESCRIBED_OBJECTS}")
    found = [find.by_name(region.policies, text, lambda policy: str(policy["arn"])) for text in asked["arns"]]
    return {"schedulingPolicies": [policy for policy in found if policy is not None]}


def list_all(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListSchedulingPolicies: the ARNs of all, page by page."""
    policies = list(region.policies.values())
    shown, token = page(policies, asked)
    return {"schedulingPolicies": [{"arn": policy["arn"]} for policy in shown], "nextToken": token}


def update(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """UpdateSchedulingPolicy: put another fair-share policy in its place. Raises Refusal."""
    policy = region.policies.get(name_of(asked["arn"]))
    if policy is None or policy["arn"] != asked["arn"]:
        raise refuse(f"SchedulingPolicy {asked['arn']} not found")
    if "fairsharePolicy" in asked:
        policy["fairsharePolicy"] = _checked(asked["fairsharePolicy"])
    scheduler.wake()
    return {}


def delete(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
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
    if not rules.SHARE_DECAY_SECONDS.hold(decay):
        raise refuse(f"shareDecaySeconds must be {rules.SHARE_DECAY_SECONDS}")
    if not rules.COMPUTE_RESERVATION.hold(reservation):
        raise refuse(f"computeReservation must be {rules.COMPUTE_RESERVATION}")
    shares = policy.get("shareDistribution") or []
    if len(shares) > rules.MOST_SHARES:
        raise refuse(f"shareDistribution can have at most {rules.MOST_SHARES} share identifiers")
    names: list[str] = []
    for share in shares:
        name = share.get("shareIdentifier") or ""
        if not job_rules.SHARE_IDENTIFIER.fullmatch(name):
            raise refuse(f"shareIdentifier {name} should be up to 255 alphanumeric characters, optionally ending in *")
        weight = share.get("weightFactor", 1.0)
        if not rules.WEIGHT.hold(weight):
            raise refuse(f"weightFactor must be {rules.WEIGHT}")
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
