"""Each fault of moto that the local Batch works around, shown on moto alone: a test that fails says that it is gone.

Then the workaround of the test's name, and the test, can be removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local_batch.services.moto_workarounds import WORKAROUNDS


@pytest.fixture(autouse=True)
def _moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def test_launch_template_tags() -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    client("ec2").create_launch_template(
        LaunchTemplateName="template",
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        LaunchTemplateData={"InstanceType": "m5.large"},
    )
    found = client("ec2").describe_launch_template_versions(LaunchTemplateName="template")["LaunchTemplateVersions"]
    # On AWS the template's own tags are no part of what instances get.
    assert found[0]["LaunchTemplateData"]["TagSpecifications"][0]["ResourceType"] == "launch-template"


def test_session_tokens() -> None:
    sts = client("sts")
    handed = [sts.get_session_token()["Credentials"]["AccessKeyId"] for _ in range(2)]
    handed.append(sts.get_federation_token(Name="someone")["Credentials"]["AccessKeyId"])
    # AWS hands out a new key each time.
    assert set(handed) == {"AKIAIOSFODNN7EXAMPLE"}


def test_bucket_policy_conditions() -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    # boto3 speaks TLS, so on AWS the condition is not met and nothing is denied.
    with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"")


def test_newer_noncurrent_versions() -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    rule = {
        "ID": "rule",
        "Status": "Enabled",
        "Filter": {},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 10},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"]
    assert found["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


def test_updated_schedules() -> None:
    scheduler = client("scheduler")
    schedule: dict[str, Any] = {
        "Name": "one",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob", "RoleArn": "arn:aws:iam::123456789012:role/r"},
    }
    scheduler.create_schedule(**schedule, State="DISABLED")
    scheduler.update_schedule(**schedule, ActionAfterCompletion="DELETE")
    found = scheduler.get_schedule(Name="one")
    # On AWS it is ENABLED, the default, and is deleted after its last run.
    assert "State" not in found
    assert "ActionAfterCompletion" not in found


def test_blocked_encryption_types() -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    rule: dict[str, Any] = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    with pytest.raises(ClientError, match="MalformedXML"):
        s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [{**rule, **default}]})
    (found,) = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert "BlockedEncryptionTypes" not in found


def test_every_workaround_says_what_when_and_until() -> None:
    assert WORKAROUNDS
    for one in WORKAROUNDS:
        assert f"test_{one.name}" in globals()
        assert re.fullmatch(r"\d+\.\d+\.\d+", one.seen)
        assert one.until
        assert len((one.apply.__doc__ or "").splitlines()) > 2
