"""CloudFormation on the local AWS: stacks whose objects of Batch are the local Batch's, and which fail as on AWS."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from batch_support import LocalBatch, refused
from botocore.exceptions import WaiterError

Template = dict[str, Any]


def template(aws: LocalBatch) -> Template:
    """Return a network, an environment, a policy, a queue and a job definition that refer to each other."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Parameters": {"Most": {"Type": "Number", "Default": 4}},
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
            },
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
            "Subnet": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"CidrBlock": "10.9.0.0/24", "VpcId": {"Ref": "Vpc"}},
            },
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "jobs", "VpcId": {"Ref": "Vpc"}},
            },
            "Environment": {
                "Type": "AWS::Batch::ComputeEnvironment",
                "Properties": {
                    "Type": "managed",  # as the AWS CDK writes it
                    "ComputeResources": {
                        "Type": "FARGATE",
                        "MaxvCpus": {"Ref": "Most"},
                        "Subnets": [{"Ref": "Subnet"}],
                        "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                    },
                },
            },
            "Policy": {
                "Type": "AWS::Batch::SchedulingPolicy",
                "Properties": {"FairsharePolicy": {"ShareDecaySeconds": "600"}},
            },
            "Tokens": {
                "Type": "AWS::Batch::ConsumableResource",
                "Properties": {"ResourceType": "REPLENISHABLE", "TotalQuantity": 3},
            },
            "Queue": {
                "Type": "AWS::Batch::JobQueue",
                "Properties": {
                    "JobQueueName": aws.name("queue"),
                    "Priority": "1",
                    "SchedulingPolicyArn": {"Fn::GetAtt": ["Policy", "Arn"]},
                    "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": {"Ref": "Environment"}}],
                    "Tags": {"of": "the queue"},
                },
            },
            "Job": {
                "Type": "AWS::Batch::JobDefinition",
                "Properties": {
                    "Type": "container",
                    "PlatformCapabilities": ["FARGATE"],
                    "Parameters": {"word": "hello"},
                    "SchedulingPriority": 1,
                    "ContainerProperties": {
                        "Image": aws.image,
                        "Command": ["sh", "-c", "echo Ref::word $number"],
                        "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                        "Environment": [{"Name": "number", "Value": 3}],
                        "ResourceRequirements": [
                            {"Type": "VCPU", "Value": 0.25},
                            {"Type": "MEMORY", "Value": "512"},
                        ],
                    },
                },
            },
        },
        "Outputs": {name: {"Value": {"Ref": name}} for name in ("Environment", "Policy", "Tokens", "Queue", "Job")},
    }


def stack(aws: LocalBatch, name: str) -> dict[str, Any]:
    return dict(aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0])


def outputs(aws: LocalBatch, name: str) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack(aws, name).get("Outputs", ())}


def made(aws: LocalBatch, given: Template) -> str:
    name = aws.name("stack")
    tags = [{"Key": "team", "Value": "stacks"}]
    aws.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(given), Tags=tags)
    assert stack(aws, name)["StackStatus"] == "CREATE_COMPLETE", events(aws, name)
    return name


def change(aws: LocalBatch, name: str, given: Template, **parameters: str) -> str:
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    aws.client("cloudformation").update_stack(StackName=name, TemplateBody=json.dumps(given), Parameters=values)
    return str(stack(aws, name)["StackStatus"])


def events(aws: LocalBatch, name: str) -> list[tuple[str, str, str]]:
    found = aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return [(one["LogicalResourceId"], one["ResourceStatus"], one.get("ResourceStatusReason", "")) for one in found]


def things(aws: LocalBatch) -> set[str]:
    """Return the ARNs of all that there is of Batch, but for INACTIVE definitions."""
    batch = aws.batch
    return {
        *(one["computeEnvironmentArn"] for one in batch.describe_compute_environments()["computeEnvironments"]),
        *(one["jobQueueArn"] for one in batch.describe_job_queues()["jobQueues"]),
        *(one["jobDefinitionArn"] for one in batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]),
        *(one["arn"] for one in batch.list_scheduling_policies()["schedulingPolicies"]),
        *(one["consumableResourceArn"] for one in batch.list_consumable_resources()["consumableResources"]),
    }


def test_a_stack_makes_changes_and_deletes_objects_of_batch(process_aws: LocalBatch) -> None:
    aws, before = process_aws, things(process_aws)
    given = template(aws)
    name = made(aws, given)
    arns = outputs(aws, name)
    assert things(aws) - before == set(arns.values())
    submitted = aws.batch.submit_job(
        jobName="j", jobQueue=arns["Queue"], jobDefinition=arns["Job"], shareIdentifier="s"
    )["jobId"]
    assert aws.lines(aws.wait(submitted, "SUCCEEDED")) == ["hello 3"]
    assert aws.batch.list_tags_for_resource(resourceArn=arns["Queue"])["tags"] == {"team": "stacks", "of": "the queue"}
    # In place: a parameter, a priority, a quantity, a policy; a job definition gets a revision and loses the last.
    properties = {one: given["Resources"][one]["Properties"] for one in given["Resources"]}
    properties["Queue"]["Priority"] = 7
    properties["Tokens"]["TotalQuantity"] = "5"
    properties["Policy"]["FairsharePolicy"]["ShareDecaySeconds"] = 60
    properties["Job"]["Parameters"]["word"] = "bye"
    assert change(aws, name, given, Most="8") == "UPDATE_COMPLETE"
    changed = outputs(aws, name)
    assert {key for key in arns if arns[key] != changed[key]} == {"Job"}
    assert changed["Job"] == f"{arns['Job'].removesuffix(':1')}:2"
    assert things(aws) - before == set(changed.values())
    detail = aws.environment_detail(changed["Environment"])
    assert detail["computeResources"]["maxvCpus"] == 8
    assert aws.queue_detail(changed["Queue"])["priority"] == 7
    resource = aws.batch.describe_consumable_resource(consumableResource=changed["Tokens"])
    assert resource["totalQuantity"] == 5
    policy = aws.batch.describe_scheduling_policies(arns=[changed["Policy"]])["schedulingPolicies"][0]
    assert policy["fairsharePolicy"]["shareDecaySeconds"] == 60
    # Replaced: another environment, which the queue gets before the old one goes.
    properties["Environment"]["ComputeResources"]["Type"] = "FARGATE_SPOT"
    assert change(aws, name, given, Most="8") == "UPDATE_COMPLETE", events(aws, name)
    replaced = outputs(aws, name)
    assert replaced["Environment"] != changed["Environment"]
    assert things(aws) - before == set(replaced.values())
    order = aws.queue_detail(replaced["Queue"])["computeEnvironmentOrder"]
    assert order == [{"order": 1, "computeEnvironment": replaced["Environment"]}]
    # Taken out, with all that refers to it.
    for gone in ("Queue", "Environment"):
        del given["Resources"][gone], given["Outputs"][gone]
    assert change(aws, name, given, Most="8") == "UPDATE_COMPLETE", events(aws, name)
    assert things(aws) - before == {replaced[one] for one in ("Policy", "Tokens", "Job")}
    identity = stack(aws, name)["StackId"]
    aws.client("cloudformation").delete_stack(StackName=name)
    assert stack(aws, identity)["StackStatus"] == "DELETE_COMPLETE"
    assert outputs(aws, identity)["Job"] == replaced["Job"]
    assert things(aws) == before


@pytest.mark.parametrize("by_change_set", [False, True])
def test_a_stack_that_fails_is_rolled_back_with_the_reason(process_aws: LocalBatch, by_change_set: bool) -> None:
    aws, before, name = process_aws, things(process_aws), process_aws.name("stack")
    formation, given = aws.client("cloudformation"), template(process_aws)
    given["Resources"]["Job"]["Properties"]["ContainerProperties"]["ResourceRequirements"][0]["Value"] = 0.3
    if by_change_set:
        asked = {"StackName": name, "ChangeSetName": "first"}
        formation.create_change_set(**asked, ChangeSetType="CREATE", TemplateBody=json.dumps(given))
        formation.execute_change_set(**asked)
    else:
        formation.create_stack(StackName=name, TemplateBody=json.dumps(given))
    assert stack(aws, name)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert outputs(aws, name) == {}
    told = events(aws, name)
    assert ("Job", "CREATE_FAILED") in [(one, status) for one, status, _ in told]
    reason = next(reason for one, _, reason in told if one == "Job")
    assert "Fargate resource requirements (0.30 vCPU, 512 MiB) not valid" in reason
    assert "Service: Batch, Status Code: 400" in reason
    assert formation.get_template_summary(StackName=name)["ResourceTypes"]
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        formation.get_waiter("stack_create_complete").wait(StackName=name)
    assert things(aws) == before
    formation.delete_stack(StackName=name)


def test_change_sets_make_and_change_a_stack(process_aws: LocalBatch) -> None:
    """As ``aws cloudformation deploy`` and the AWS CDK do."""
    aws, formation, name = process_aws, process_aws.client("cloudformation"), process_aws.name("stack")
    given = template(aws)
    given["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    given["Resources"]["Second"] = {**given["Resources"]["Tokens"], "Condition": "Never"}
    for number, kind in enumerate(("CREATE", "UPDATE")):
        asked = {"StackName": name, "ChangeSetName": f"number-{number}"}
        given["Resources"]["Queue"]["Properties"]["Priority"] = number + 1
        formation.create_change_set(**asked, ChangeSetType=kind, TemplateBody=json.dumps(given))
        formation.execute_change_set(**asked)
        assert stack(aws, name)["StackStatus"] == f"{kind}_COMPLETE", events(aws, name)
        arns = outputs(aws, name)
        assert aws.queue_detail(arns["Queue"])["priority"] == number + 1
    found = formation.describe_stack_resources(StackName=name)["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    assert set(ids) == set(given["Resources"]) - {"Second"}
    assert {key: ids[key] for key in arns} == arns
    formation.delete_stack(StackName=name)


def test_an_update_that_fails_leaves_the_stack_as_it_was(process_aws: LocalBatch) -> None:
    aws = process_aws
    good = template(aws)
    name = made(aws, good)
    arns, there = outputs(aws, name), things(aws)
    bad = copy.deepcopy(good)
    bad["Resources"]["Queue"]["Properties"]["Priority"] = 9
    bad["Resources"]["Second"] = copy.deepcopy(bad["Resources"]["Tokens"])
    bad["Resources"]["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = 0
    assert change(aws, name, bad) == "UPDATE_ROLLBACK_COMPLETE"
    failed = next(one for one in events(aws, name) if one[1] == "UPDATE_FAILED")
    assert failed[0] == "Environment"
    assert "maxvCpus must be at least 1" in failed[2]
    assert (outputs(aws, name), things(aws)) == (arns, there)
    assert aws.queue_detail(arns["Queue"])["priority"] == 1
    aws.client("cloudformation").delete_stack(StackName=name)


def test_a_replacement_is_taken_back_where_the_update_fails_later(process_aws: LocalBatch) -> None:
    aws, given = process_aws, template(process_aws)
    name = made(aws, given)
    arns, there = outputs(aws, name), things(aws)
    given["Resources"]["Environment"]["Properties"]["ComputeResources"]["Type"] = "FARGATE_SPOT"
    given["Resources"]["Tokens"]["Properties"]["TotalQuantity"] = -1
    assert change(aws, name, given) == "UPDATE_ROLLBACK_COMPLETE", events(aws, name)
    assert (outputs(aws, name), things(aws)) == (arns, there)
    order = aws.queue_detail(arns["Queue"])["computeEnvironmentOrder"]
    assert order == [{"order": 1, "computeEnvironment": arns["Environment"]}]
    aws.client("cloudformation").delete_stack(StackName=name)


def test_an_environment_that_becomes_invalid_fails_its_stack_and_leaves_nothing(process_aws: LocalBatch) -> None:
    aws, before, name = process_aws, things(process_aws), process_aws.name("stack")
    given = template(aws)
    given["Resources"]["Environment"]["Properties"]["ComputeResources"]["Subnets"] = ["subnet-none"]
    aws.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(given))
    assert stack(aws, name)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "The subnet ID 'subnet-none' does not exist" in str(events(aws, name))
    assert things(aws) == before
    aws.client("cloudformation").delete_stack(StackName=name)


def test_what_is_in_use_stays_when_its_stack_has_no_place_for_it(process_aws: LocalBatch) -> None:
    aws, given = process_aws, template(process_aws)
    name = made(aws, given)
    environment = outputs(aws, name)["Environment"]
    other = aws.queue(environment)
    for gone in ("Queue", "Environment"):
        del given["Resources"][gone], given["Outputs"][gone]
    assert change(aws, name, given) == "UPDATE_COMPLETE"
    assert environment in things(aws)
    aws.client("cloudformation").delete_stack(StackName=name)
    aws.update_queue(other, state="DISABLED")
    aws.batch.delete_job_queue(jobQueue=other)
    aws.until(lambda: not aws.batch.describe_job_queues(jobQueues=[other])["jobQueues"])


def test_what_cannot_be_in_a_stack_is_said(process_aws: LocalBatch) -> None:
    aws, formation = process_aws, process_aws.client("cloudformation")
    before, name = things(aws), aws.name("stack")
    given = template(aws)
    given["Resources"]["Training"] = {"Type": "AWS::Batch::ServiceEnvironment", "Properties": {}}
    with refused("Unrecognized resource types: [AWS::Batch::ServiceEnvironment]", code="ValidationError"):
        formation.create_stack(StackName=name, TemplateBody=json.dumps(given))
    given = template(aws)
    given["Resources"]["Queue"]["Properties"]["Color"] = "red"
    formation.create_stack(StackName=name, TemplateBody=json.dumps(given))
    assert "extraneous key [Color] is not permitted" in next(r for one, _, r in events(aws, name) if one == "Queue")
    formation.delete_stack(StackName=name)
    # A name of one's own cannot be given to what replaces its owner.
    given = template(aws)
    name = made(aws, given)
    given["Resources"]["Queue"]["Properties"]["Tags"] = {"of": "another"}
    assert change(aws, name, given) == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing" in str(events(aws, name))
    formation.delete_stack(StackName=name)
    assert things(aws) == before


def test_a_stack_that_cannot_be_deleted_says_why(process_aws: LocalBatch) -> None:
    aws, formation = process_aws, process_aws.client("cloudformation")
    name = made(aws, template(aws))
    other = aws.queue(outputs(aws, name)["Environment"])  # not the stack's, and holds its environment
    formation.delete_stack(StackName=name)
    assert stack(aws, name)["StackStatus"] == "DELETE_FAILED"
    assert "found existing JobQueue relationship" in str(events(aws, name)[0])
    aws.update_queue(other, state="DISABLED")
    aws.batch.delete_job_queue(jobQueue=other)
    aws.until(lambda: not aws.batch.describe_job_queues(jobQueues=[other])["jobQueues"])
    formation.delete_stack(StackName=name)
    assert name not in [one["StackName"] for one in formation.describe_stacks()["Stacks"]]


def test_what_refers_to_a_changed_object_is_changed_too(process_aws: LocalBatch) -> None:
    """A rule of EventBridge is moto's own, and the export is what other stacks import."""
    aws, given = process_aws, template(process_aws)
    rule, export = aws.name("rule"), aws.name("export")
    given["Resources"]["Rule"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": rule,
            "EventPattern": {"source": ["mine"]},
            "Targets": [
                {
                    "Id": "q", "Arn": {"Ref": "Queue"}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "BatchParameters": {
                        "JobDefinition": {"Ref": "Job"}, "JobName": "of-rule", "ArrayProperties": {"Size": "2"},
                    },
                }
            ],
        },
    }  # fmt: skip
    given["Outputs"]["Job"]["Export"] = {"Name": export}
    name = made(aws, given)

    def target() -> dict[str, Any]:
        return dict(aws.client("events").list_targets_by_rule(Rule=rule)["Targets"][0])

    assert target()["BatchParameters"]["ArrayProperties"] == {"Size": 2}
    given["Resources"]["Job"]["Properties"]["Timeout"] = {"AttemptDurationSeconds": 60}
    given["Resources"]["Queue"]["Properties"]["JobQueueName"] = aws.name("another")
    assert change(aws, name, given) == "UPDATE_COMPLETE", events(aws, name)
    arns = outputs(aws, name)
    assert arns["Job"].endswith(":2")
    assert (target()["Arn"], target()["BatchParameters"]["JobDefinition"]) == (arns["Queue"], arns["Job"])
    exports = {one["Name"]: one["Value"] for one in aws.client("cloudformation").list_exports()["Exports"]}
    assert exports[export] == arns["Job"]
    given["Resources"]["Rule"]["Properties"]["ScheduleExpression"] = "rate(1 hours)"
    assert change(aws, name, given) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Parameter ScheduleExpression is not valid" in str(events(aws, name))
    assert outputs(aws, name) == arns
    aws.client("cloudformation").delete_stack(StackName=name)


def test_what_is_to_be_retained_is(process_aws: LocalBatch) -> None:
    aws, formation, given = process_aws, process_aws.client("cloudformation"), template(process_aws)
    before = things(aws)
    given["Resources"]["Policy"]["DeletionPolicy"] = "Retain"
    given["Resources"]["Tokens"]["DeletionPolicy"] = "RetainExceptOnCreate"
    given["Resources"]["Job"]["UpdateReplacePolicy"] = "Retain"
    name = made(aws, given)
    arns = outputs(aws, name)
    del given["Resources"]["Policy"], given["Outputs"]["Policy"]
    del given["Resources"]["Queue"]["Properties"]["SchedulingPolicyArn"]
    given["Resources"]["Queue"]["Properties"]["JobQueueName"] = aws.name("plain")
    given["Resources"]["Job"]["Properties"]["JobDefinitionName"] = aws.name("another")
    assert change(aws, name, given) == "UPDATE_COMPLETE", events(aws, name)
    formation.delete_stack(StackName=name)
    assert things(aws) - before == {arns["Policy"], arns["Tokens"], arns["Job"]}
    aws.batch.delete_scheduling_policy(arn=arns["Policy"])
    aws.batch.delete_consumable_resource(consumableResource=arns["Tokens"])
    aws.batch.deregister_job_definition(jobDefinition=arns["Job"])


def test_an_environment_of_the_cdk_is_made_and_changed_in_place(process_aws: LocalBatch) -> None:
    aws, given, name = process_aws, template(process_aws), process_aws.name("stack")
    resources = given["Resources"]["Environment"]["Properties"]["ComputeResources"]
    resources |= {
        "Type": "EC2", "AllocationStrategy": "BEST_FIT_PROGRESSIVE", "InstanceTypes": ["m5.large"], "MinvCpus": 0,
        "InstanceRole": aws.instance_profile(), "UpdateToLatestImageVersion": True,
    }  # fmt: skip
    given["Resources"]["Job"]["Properties"] = {
        "Type": "container",
        "ContainerProperties": {
            "Image": aws.image, "Vcpus": "1", "Memory": 128,
            "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-Stream-prefix": "X"}},
        },
    }  # fmt: skip
    name = made(aws, given)
    environment = outputs(aws, name)["Environment"]
    resources["UpdateToLatestImageVersion"] = False
    resources["MaxvCpus"] = 12
    assert change(aws, name, given) == "UPDATE_COMPLETE", events(aws, name)
    assert outputs(aws, name)["Environment"] == environment
    assert aws.environment_detail(environment)["computeResources"]["maxvCpus"] == 12
    aws.client("cloudformation").delete_stack(StackName=name)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "At least one Resources member must be defined"),
        ("hello", "unsupported structure"),
        ({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Nope"}}}}},
         "Unresolved resource dependencies [Nope]"),
        ({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${B}"}}},
                        "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"}}},
         "Circular dependency between resources: [A, B]"),
        ({"Resources": {"A": {"Properties": {}}}}, "must contain a Type member"),
    ],
)  # fmt: skip
def test_templates_that_are_refused_leave_no_stack(process_aws: LocalBatch, given: Any, words: str) -> None:
    formation, name = process_aws.client("cloudformation"), process_aws.name("stack")
    body = given if isinstance(given, str) else json.dumps(given)
    with refused(words, code="ValidationError"):
        formation.create_stack(StackName=name, TemplateBody=body)
    good = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    formation.create_stack(StackName=name, TemplateBody=json.dumps(good))
    formation.delete_stack(StackName=name)


def test_updates_of_nothing_and_change_sets_of_before_are_refused(process_aws: LocalBatch) -> None:
    formation, name = process_aws.client("cloudformation"), process_aws.name("stack")
    with refused("[a-zA-Z][-a-zA-Z0-9]*", code="ValidationError"):
        formation.create_stack(StackName="1 bad_name", TemplateBody="{}")
    good = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
    asked = {"StackName": name, "ChangeSetName": "one"}
    formation.create_change_set(**asked, ChangeSetType="CREATE", TemplateBody=good)
    formation.execute_change_set(**asked)
    with refused("cannot be executed in its current status", code="InvalidChangeSetStatus"):
        formation.execute_change_set(**asked)
    with refused("No updates are to be performed.", code="ValidationError"):
        formation.update_stack(StackName=name, TemplateBody=good)
    formation.update_stack(StackName=name, TemplateBody=good, Tags=[{"Key": "team", "Value": "a"}])
    assert stack(process_aws, name)["Tags"] == [{"Key": "team", "Value": "a"}]
    formation.delete_stack(StackName=name)
