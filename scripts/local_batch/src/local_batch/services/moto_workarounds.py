"""What moto does otherwise than AWS and Terraform or boto3 would stumble over, each with a workaround.

A workaround replaces methods of moto's classes. Its docstring says what AWS does and what moto does instead;
`@workaround` says with which version of moto that was seen, and when the workaround can go. The tests of this module
show each fault on moto alone: one that fails there after an update of moto means that its workaround can be removed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Workaround:
    """One workaround: ``seen`` is the last version of moto that was found to need it, ``until`` when it can go."""

    name: str
    seen: str
    until: str
    apply: Callable[[], None]


WORKAROUNDS: list[Workaround] = []
"""All of them, in the order in which they are applied."""


def workaround(*, seen: str, until: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Add a function that changes moto's classes to the workarounds."""

    def add(function: Callable[[], None]) -> Callable[[], None]:
        WORKAROUNDS.append(Workaround(function.__name__, seen, until, function))
        return function

    return add


def apply() -> None:
    """Change moto's classes, once, before its first request."""
    for one in WORKAROUNDS:
        one.apply()


@workaround(seen="5.2.5", until="moto keeps TagSpecifications of CreateLaunchTemplate out of LaunchTemplateData")
def launch_template_tags() -> None:
    """Keep a launch template's own tags out of its data.

    CreateLaunchTemplate's TagSpecifications tag the template itself; moto also adds them to what instances get, and
    Terraform would remove them with every apply.
    """
    from moto.ec2.models.launch_templates import LaunchTemplateBackend

    original = LaunchTemplateBackend.create_launch_template

    def create(self: Any, name: str, description: str, template_data: dict[str, Any], tag_spec: dict[str, Any]) -> Any:
        specifications = template_data.pop("TagSpecifications", [])
        kept = [one for one in specifications if one.get("ResourceType") != "launch-template"]
        if kept:
            template_data["TagSpecifications"] = kept
        return original(self, name, description, template_data, tag_spec)

    LaunchTemplateBackend.create_launch_template = create  # type: ignore[method-assign]


@workaround(seen="5.2.5", until="moto evaluates the Condition of a bucket policy against the request")
def bucket_policy_conditions() -> None:
    """Leave the statements of a bucket policy that have conditions out of its decisions.

    moto takes every condition as met or not met without looking at the request, so that the usual "deny what is not
    TLS" denies everything. Here requests come over loopback, which stands for TLS.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        policy["Statement"] = [statement for statement in statements if not statement.get("Condition")]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]


@workaround(seen="5.2.5", until="GetBucketLifecycleConfiguration of moto returns NewerNoncurrentVersions")
def newer_noncurrent_versions() -> None:
    """Keep how many noncurrent versions a lifecycle rule leaves alone.

    moto forgets NoncurrentVersionExpiration's NewerNoncurrentVersions, and Terraform waits for it for ever.
    """
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    set_original, get_original = FakeBucket.set_lifecycle, S3Response.get_bucket_lifecycle
    ending = re.compile(r"(?=</NoncurrentVersionExpiration>)")

    def set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
        set_original(self, rules)
        for kept, rule in zip(self.rules, rules, strict=True):
            kept.newer_noncurrent_versions = (rule.get("NoncurrentVersionExpiration") or {}).get(
                "NewerNoncurrentVersions"
            )

    def get_bucket_lifecycle(self: Any) -> Any:
        status, headers, body = get_original(self)
        rules = self.backend.get_bucket_lifecycle(self.bucket_name)
        numbers = iter([rule.newer_noncurrent_versions for rule in rules if rule.nve_noncurrent_days])

        def add(_: re.Match[str]) -> str:
            number = next(numbers, None)
            return "" if number is None else f"<NewerNoncurrentVersions>{int(number)}</NewerNoncurrentVersions>"

        text = body if isinstance(body, str) else body.decode()
        return status, headers, ending.sub(add, text)

    FakeBucket.set_lifecycle = set_lifecycle  # type: ignore[method-assign]
    S3Response.get_bucket_lifecycle = get_bucket_lifecycle  # type: ignore[method-assign]


EXPIRES = "local_batch_expires"
"""Attribute of an access key of moto's: when it ends, in UTC without a zone."""


@workaround(seen="5.2.5", until="GetSessionToken and GetFederationToken of moto hand out keys of their own")
def session_tokens() -> None:
    """Hand out a new key with each session token.

    GetSessionToken and GetFederationToken of moto give everybody the one key of AWS's documentation, which anybody can
    guess, and which no later request is known by.
    """
    from moto.core.responses import ActionResult
    from moto.iam.models import iam_backends
    from moto.sts.responses import TokenResponse
    from moto.sts.utils import random_session_token

    def with_own_key(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(self: Any) -> Any:
            result = original(self).result
            given = result["Credentials"]
            key = iam_backends[self.current_account][self.partition].create_temp_access_key()
            setattr(key, EXPIRES, given["Expiration"])
            given |= {
                "AccessKeyId": key.access_key_id,
                "SecretAccessKey": key.secret_access_key,
                "SessionToken": random_session_token(),
            }
            return ActionResult(result)

        return answer

    TokenResponse.get_session_token = with_own_key(TokenResponse.get_session_token)  # type: ignore[assignment, method-assign]
    TokenResponse.get_federation_token = with_own_key(TokenResponse.get_federation_token)  # type: ignore[assignment, method-assign]


@workaround(seen="5.2.5", until="UpdateSchedule of moto sets what it is not given to its default, and keeps the action")
def updated_schedules() -> None:
    """Set what UpdateSchedule is not given to its default, and keep ActionAfterCompletion.

    On AWS a schedule is ENABLED where the update names no state. moto makes it null, which no client understands, and
    forgets that a schedule is to be deleted after its last run.
    """
    from moto.scheduler.models import Schedule
    from moto.scheduler.responses import EventBridgeSchedulerResponse

    original, answer = Schedule.update, EventBridgeSchedulerResponse.update_schedule

    def update(self: Any, **given: Any) -> None:
        original(self, **{**given, "state": given.get("state") or "ENABLED"})

    def update_schedule(self: Any) -> str:
        text = answer(self)
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(group_name=self._get_param("GroupName"), name=name)
        schedule.action_after_completion = self._get_param("ActionAfterCompletion")
        return text

    Schedule.update = update  # type: ignore[method-assign,assignment]
    EventBridgeSchedulerResponse.update_schedule = update_schedule  # type: ignore[method-assign]


@workaround(seen="5.2.5", until="PutBucketEncryption of moto takes a rule that has BlockedEncryptionTypes alone")
def blocked_encryption_types() -> None:
    """Take a bucket's encryption that says only which kinds of encryption are blocked, and show it.

    No member of a rule is required (botocore's model, ServerSideEncryptionRule), and who unblocks encryption with
    keys of their own sends BlockedEncryptionTypes alone; S3 goes on encrypting with its own keys. moto answers
    MalformedXML, and forgets BlockedEncryptionTypes where the rule has a default too.
    """
    import xmltodict  # type: ignore[import-untyped]
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    read_original, get_original = S3Response._encryption_config_from_body, S3Response.get_bucket_encryption

    def encryption_config_from_body(self: Any) -> dict[str, Any]:
        asked = xmltodict.parse(self.body).get("ServerSideEncryptionConfiguration") or {}
        rule = asked.get("Rule")
        if not isinstance(rule, dict) or not rule.get("BlockedEncryptionTypes"):
            return read_original(self)
        return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **rule}}

    def get_bucket_encryption(self: Any) -> Any:
        rule = (self.backend.get_bucket_encryption(self.bucket_name) or {}).get("Rule") or {}
        kinds = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType")
        if not kinds:
            return get_original(self)
        self.data["Action"] = "GetBucketEncryption"
        shown = {
            "ApplyServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled") == "true",
            "BlockedEncryptionTypes": {"EncryptionType": [kinds] if isinstance(kinds, str) else kinds},
        }
        return self.serialized(ActionResult({"ServerSideEncryptionConfiguration": {"Rules": [shown]}}))

    S3Response._encryption_config_from_body = encryption_config_from_body  # type: ignore[method-assign]
    S3Response.get_bucket_encryption = get_bucket_encryption  # type: ignore[method-assign]
