"""What a compute environment names of the account: its network, roles and launch template, as EC2 and IAM have them.

AWS Batch takes an environment that names what is not there and makes it INVALID (Batch guide, "INVALID compute
environment"). The words are those of the services that AWS Batch asks, as people have reported them:

- "Invalid IamInstanceProfile: …" of EC2 Auto Scaling: github.com/Netflix/metaflow-tools/issues/9
- "User: batch.amazonaws.com is not authorized to perform: sts:AssumeRole …" of STS:
  github.com/hashicorp/terraform-provider-aws/pull/21281
- "The subnet ID '…' does not exist" of EC2 Auto Scaling: github.com/ansible/ansible-modules-core/issues/486
- "One or more security groups in the launch template are not linked to the VPCs …":
  github.com/aws-samples/aws-genomics-workflows/issues/129
- "Launch Template UserData is not MIME multipart format": github.com/aws/aws-cdk/issues/6427
- of an image, a key pair, a security group and a launch template those of EC2 (guide, "Error codes for the Amazon EC2
  API").
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_batch.services.moto_gate import MotoGate

CLIENT_ERROR = "CLIENT_ERROR - "
_OTHER_VPC = (
    "One or more security groups in the launch template are not linked to the VPCs configured in the Auto Scaling group"
)
_IMAGE = re.compile(r"ami-([0-9a-f]{8}|[0-9a-f]{17})")
_NO_ROLE = (
    "User: batch.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {} (Service: "
    "AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied)"
)


class AccountObjects:
    """Asks the built-in EC2 and IAM. Called without the scheduler's lock, which those of other services come before."""

    def __init__(self, gate: MotoGate) -> None:
        self._gate = gate

    def why_invalid(self, region: str, detail: Json) -> str | None:
        """Return the statusReason of an environment that names what is not there, None where all of it is."""
        resources = detail.get("computeResources") or {}
        found = next(self._roles(detail, resources), None) or next(self._network(region, resources), None)
        return None if found is None else CLIENT_ERROR + found

    def has_network_interfaces(self, region: str, template: Json) -> bool:
        """Say whether a launch template, where it is there, has network interfaces."""
        with self._gate.backend("ec2", region) as ec2:
            data = _data_of(ec2, template)
            return bool(data and data.get("NetworkInterfaces"))

    def _roles(self, detail: Json, resources: Json) -> Iterator[str]:
        with self._gate.backend("iam", "aws") as iam:
            roles = {one for role in list(iam.roles.values()) for one in (role.arn, role.name)}
            profiles = {one for held in list(iam.instance_profiles.values()) for one in (held.arn, held.name)}
        service = str(detail.get("serviceRole") or "")
        # The service-linked role is AWS Batch's own: it makes it where it is not there.
        if service and "/aws-service-role/" not in service and _bare(service) not in roles:
            yield _NO_ROLE.format(service)
        profile = str(resources.get("instanceRole") or "")
        if profile and _bare(profile) not in profiles:
            yield f"Invalid IamInstanceProfile: {profile}"
        fleet = str(resources.get("spotIamFleetRole") or "")
        if fleet and "/aws-service-role/" not in fleet and _bare(fleet) not in roles:
            yield "Parameter: SpotFleetRequestConfig.IamFleetRole is invalid."

    def _network(self, region: str, resources: Json) -> Iterator[str]:
        with self._gate.backend("ec2", region) as ec2:
            vpcs = set()
            for wanted in resources.get("subnets") or ():
                subnet = next((zone[wanted] for zone in list(ec2.subnets.values()) if wanted in zone), None)
                if subnet is None:
                    yield f"The subnet ID '{wanted}' does not exist"
                else:
                    vpcs.add(subnet.vpc_id)
            for wanted in resources.get("securityGroupIds") or ():
                group = ec2.get_security_group_from_id(wanted)
                if group is None:
                    yield f"The security group '{wanted}' does not exist"
                elif group.vpc_id not in vpcs:
                    yield _OTHER_VPC
            for image in _images(resources):
                if not _IMAGE.fullmatch(image):
                    yield f'Invalid id: "{image}" (expecting "ami-...")'
            if (pair := resources.get("ec2KeyPair")) and pair not in ec2.key_pairs:
                yield f"The key pair '{pair}' does not exist"
            template = resources.get("launchTemplate") or {}
            for one in [template, *(template.get("overrides") or ())] if template else ():
                data = _data_of(ec2, one)
                if data is None:
                    yield _no_template(one)
                elif not _is_multipart(data.get("UserData"), resources):
                    yield "Launch Template UserData is not MIME multipart format"


def _images(resources: Json) -> list[str]:
    """Return the ids of images that are named. Whether they are there is not known: they are AWS's, or an account's."""
    named = [resources.get("imageId"), *(one.get("imageIdOverride") for one in resources.get("ec2Configuration") or ())]
    return [str(one) for one in named if one]


def _bare(role: str) -> str:
    """Return a role's or profile's ARN, or its name without its path."""
    return role if role.startswith("arn:") else role.rpartition("/")[2]


def _data_of(ec2: Any, named: Json) -> Json | None:
    """Return what a version of a launch template says, None where there is no such template or version."""
    identity = named.get("launchTemplateId") or ec2.launch_template_name_to_ids.get(named.get("launchTemplateName"))
    template = ec2.launch_templates.get(identity)
    if template is None:
        return None
    try:
        data = template.get_version(named.get("version") or "$Default").data
    except Exception:  # moto's own, of a version that is not there, and int's
        return None
    return dict(data)


def _no_template(named: Json) -> str:
    if identity := named.get("launchTemplateId"):
        return f"The specified launch template, with template ID {identity}, does not exist."
    return f"The specified launch template, with template name {named.get('launchTemplateName')}, does not exist."


def _is_multipart(user_data: object, resources: Json) -> bool:
    """Say whether user data is what AWS Batch can add its own to (Batch guide, "Use Amazon EC2 launch templates")."""
    images = [str(one.get("imageType", "")) for one in resources.get("ec2Configuration") or ()]
    if not user_data or any("BOTTLEROCKET" in image for image in images):
        return True
    try:
        text = base64.b64decode(str(user_data), validate=False).decode(errors="replace")
    except (binascii.Error, ValueError):
        return False
    return "content-type: multipart/" in text[:1000].lower()
