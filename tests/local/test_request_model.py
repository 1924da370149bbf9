"""The judge of requests itself: it reads what each protocol puts on the wire, and finds each kind of fault."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.serialize import create_serializer
from recorder import Request
from request_model import faults, read

if TYPE_CHECKING:
    from botocore.model import ServiceModel


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def sent(service: str, operation: str, **parameters: Any) -> Request:
    """Return a request as botocore writes it, without its own look at the parameters."""
    described = model(service)
    protocol = described.resolved_protocol
    wire = create_serializer(protocol, include_validation=False).serialize_to_request(
        parameters, described.operation_model(operation)
    )
    query = urlencode(wire["query_string"]) if wire["query_string"] else ""
    body = wire["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    headers = {name.lower(): str(value) for name, value in wire["headers"].items()}
    path = wire["url_path"] + ("&" if query and "?" in wire["url_path"] else "?" if query else "") + query
    return Request(
        command="apply-dev",
        service=service,
        region="ap-northeast-1",
        method=wire["method"],
        path=path,
        target=headers.get("x-amz-target", ""),
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
RIGHT = [
    sent("iam", "CreateRole", RoleName="a", AssumeRolePolicyDocument=POLICY, Tags=[{"Key": "a b", "Value": ""}]),
    sent("ec2", "DescribeSubnets", SubnetIds=["subnet-1"], Filters=[{"Name": "vpc-id", "Values": ["a", "b"]}]),
    sent("ec2", "CreateTags", Resources=["vpc-1"], Tags=[{"Key": "a", "Value": "b"}], DryRun=False),
    sent("sns", "CreateTopic", Name="a", Attributes={"KmsMasterKeyId": "k"}, Tags=[{"Key": "a", "Value": "b"}]),
    sent("logs", "PutRetentionPolicy", logGroupName="/a", retentionInDays=30),
    sent("batch", "CreateJobQueue", jobQueueName="a", priority=1,
         computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "arn"}], tags={"a": "b"}),
    sent("s3", "PutBucketVersioning", Bucket="b", VersioningConfiguration={"Status": "Enabled"}),
    sent("s3", "PutBucketTagging", Bucket="b", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
    sent("s3", "PutBucketLifecycleConfiguration", Bucket="b", LifecycleConfiguration={"Rules": [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "out/"}, "Transitions": [
            {"Days": 90, "StorageClass": "STANDARD_IA"}]}]}),
    sent("scheduler", "GetSchedule", Name="a", GroupName="b"),
]  # fmt: skip
WRONG = [
    (sent("iam", "CreateRole", RoleName="a"), "Missing required parameter in input: \"AssumeRolePolicyDocument\""),
    (sent("iam", "CreateRole", RoleName="a/b", AssumeRolePolicyDocument=POLICY), "RoleName is 'a/b', which is not as"),
    (sent("iam", "CreateRole", RoleName="a" * 65, AssumeRolePolicyDocument=POLICY), "RoleName is 65, above 64"),
    (sent("iam", "CreateRole", RoleName="a", AssumeRolePolicyDocument=POLICY, MaxSessionDuration="x"),
     "Invalid type for parameter MaxSessionDuration"),
    (sent("ec2", "CreateVpc", CidrBlock="10.0.0.0/16", InstanceTenancy="shared"), "InstanceTenancy is 'shared',"),
    (sent("ec2", "DescribeSubnets", MaxResults=1001), "MaxResults is 1001, above 1000"),
    (sent("sns", "CreateTopic", Name="a", Tags=[{"Key": "", "Value": "b"}]),
     "Invalid length for parameter Tags[0].Key"),
    (sent("logs", "CreateLogGroup", logGroupName="a b"), "logGroupName is 'a b', which is not as"),
    (sent("batch", "CreateJobQueue", jobQueueName="a", priority=1, computeEnvironmentOrder=[], state="ON"),
     "state is 'ON', none of ENABLED, DISABLED"),
    (sent("s3", "PutBucketVersioning", Bucket="b", VersioningConfiguration={"Status": "On"}),
     "VersioningConfiguration.Status is 'On', none of Enabled, Suspended"),
    (sent("s3", "PutBucketLifecycleConfiguration", Bucket="b", LifecycleConfiguration={"Rules": [{"ID": "a"}]}),
     "Missing required parameter in LifecycleConfiguration.Rules[0]: \"Status\""),
    (sent("scheduler", "CreateSchedule", Name="a", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "NO"},
          Target={"Arn": "a", "RoleArn": "arn:aws:iam::123456789012:role/a"}),
     "FlexibleTimeWindow.Mode is 'NO', none of"),
]  # fmt: skip


@pytest.mark.parametrize("request_", RIGHT, ids=lambda one: one.service)
def test_what_is_right_passes(request_: Request) -> None:
    assert faults([request_]) == []


@pytest.mark.parametrize(("request_", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_fault_is_found(request_: Request, said: str) -> None:
    assert said in "\n".join(faults([request_]))


def test_parameters_are_read_as_they_were_given() -> None:
    given = {
        "RoleName": "a", "AssumeRolePolicyDocument": POLICY, "MaxSessionDuration": 3600,
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }  # fmt: skip
    operation, parameters = read(sent("iam", "CreateRole", **given))
    assert (operation.name, parameters) == ("CreateRole", given)
    rules = {
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        "GroupId": "sg-1",
    }
    assert read(sent("ec2", "AuthorizeSecurityGroupEgress", **rules))[1] == rules
    queue = {
        "jobQueueName": "a",
        "priority": 1,
        "tags": {"a": "b"},
        "jobStateTimeLimitActions": [{"maxTimeSeconds": 600}],
    }
    assert read(sent("batch", "CreateJobQueue", **queue))[1] == queue
    assert read(RIGHT[8])[1]["LifecycleConfiguration"]["Rules"][0]["Transitions"] == [
        {"Days": 90, "StorageClass": "STANDARD_IA"}
    ]
    assert read(RIGHT[3])[1]["Attributes"] == {"KmsMasterKeyId": "k"}


def test_one_that_no_model_knows_is_told() -> None:
    wrong = Request("", "iam", "", "POST", "/", "", {"content-type": "application/x-www-form-urlencoded"},
                    b"Action=GetRole&RoleName=a&RolName=b")  # fmt: skip
    assert 'Unknown parameter in input: "RolName"' in "\n".join(faults([wrong]))
