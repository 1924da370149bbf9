"""AWS's rules, stated three times and the same each time: by the local Batch, by the toolkit, and by AWS's own words.

The local Batch and the toolkit state them apart from each other on purpose, so that each shows the other's mistakes.
AWS's words are the texts of botocore's service model, and values of AWS's documentation that are written down here.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from awa_batch import limits
from awa_batch.batch import listing, parts
from awa_batch.errors import UsageError
from awa_batch.limits import characters as toolkit_characters
from awa_batch.limits import fargate as toolkit_fargate
from awa_batch.limits import job as toolkit
from awa_batch.limits import size as toolkit_size
from awa_batch.limits import tags as toolkit_tags
from awa_batch.paths import project_root
from local_batch import rules
from local_batch.operations.checks import check_tags
from local_batch.refusals import Refusal
from local_batch.rules import calls, containers, fargate, jobs, nodes, objects, schedules, tasks

MODEL = ServiceModel(Loader().load_service_model("batch", "service-2"), "batch")


def text_of(place: str) -> str:
    """Return the model's text on ``Shape.member``, without markup."""
    shape, _, member = place.partition(".")
    found: Any = MODEL.shape_for(shape)
    found = found.members[member] if member else found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.documentation))


def numbers_in(text: str) -> set[float]:
    words = {"one vCPU": 1.0, "three": 3.0, "five": 5.0}
    found = {float(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}
    return found | {value for word, value in words.items() if word in text}


MODULES = {
    "calls": calls, "containers": containers, "fargate": fargate, "jobs": jobs, "objects": objects, "tasks": tasks,
    "schedules": schedules, "nodes": nodes,
    "limits.fargate": toolkit_fargate, "limits.job": toolkit, "limits.size": toolkit_size, "limits.tags": toolkit_tags,
    "limits.characters": toolkit_characters,
    "batch.listing": listing, "batch.parts": parts,
}  # fmt: skip
"""Where the local Batch (its ``rules``) and the toolkit state AWS's rules."""


def value_of(names: str) -> Any:
    """Return the value of the constant ``module.NAME``, or the values of several."""
    values = tuple(getattr(MODULES[name.rpartition(".")[0]], name.rpartition(".")[2]) for name in names.split())
    return values if len(values) > 1 else values[0]


class Limit(NamedTuple):
    """The constants in which the local Batch and the toolkit have a limit, what AWS's documentation says, and where.

    ``local`` or ``toolkit`` is "" where there is none: Terraform's modules refuse it, AWS does, or it refuses nothing.
    ``model`` is the place of the service model that states it.
    """

    local: str
    toolkit: str
    documented: Any
    model: str = ""


LIMITS = [
    Limit("jobs.ARRAY_SIZE", "limits.job.MIN_ARRAY limits.job.MAX_ARRAY", (2, 10_000),
          "SubmitJobRequest.arrayProperties"),
    Limit("jobs.MOST_DEPENDENCIES", "limits.job.MAX_DEPENDENCIES", 20, "SubmitJobRequest.dependsOn"),
    Limit("jobs.ATTEMPTS", "limits.job.MIN_ATTEMPTS limits.job.MAX_ATTEMPTS", (1, 10), "RetryStrategy.attempts"),
    Limit("jobs.MOST_CONDITIONS", "limits.job.MAX_RETRY_RULES", 5, "RetryStrategy.evaluateOnExit"),
    Limit("jobs.LEAST_TIMEOUT", "limits.job.MIN_TIMEOUT", 60, "JobTimeout.attemptDurationSeconds"),
    Limit("", "limits.job.MAX_TIMEOUT", 2**31 - 1),
    Limit("jobs.SCHEDULING_PRIORITY", "limits.job.MIN_SCHEDULING_PRIORITY limits.job.MAX_SCHEDULING_PRIORITY",
          (0, 9999), "SubmitJobRequest.schedulingPriorityOverride"),
    Limit("", "limits.job.MAX_JOB_NAME", 128, "SubmitJobRequest.jobName"),
    Limit("", "limits.job.MAX_IMAGE", 255, "ContainerProperties.image"),
    Limit("", "limits.job.MAX_SHARE_IDENTIFIER", 255, "SubmitJobRequest.shareIdentifier"),
    Limit("jobs.MOST_TAGS", "limits.tags.MAX_TAGS", 50, "SubmitJobRequest.propagateTags"),
    Limit("jobs.TAG_KEY", "", (1, 128)),
    Limit("", "limits.tags.MAX_TAG_KEY", 128),
    Limit("jobs.TAG_VALUE", "", (0, 256)),
    Limit("", "limits.tags.MAX_TAG_VALUE", 256),
    Limit("jobs.RESERVED_TAG_PREFIX", "limits.tags.RESERVED_TAG", "aws:"),
    Limit("jobs.RESERVED_VARIABLE_PREFIX", "limits.job.RESERVED_ENVIRONMENT", "AWS_BATCH",
          "ContainerOverrides.environment"),
    Limit("jobs.REQUEST_BYTES", "limits.size.MAX_REQUEST_BYTES", 30 * 1024),
    Limit("jobs.DEFINITION_BYTES", "", 24 * 1024),
    Limit("jobs.OVERRIDES_CHARACTERS", "limits.size.MAX_OVERRIDES_CHARACTERS", 8192),
    Limit("containers.LEAST_MEMORY", "limits.job.MIN_MEMORY", 4, "ResourceRequirement.value"),
    Limit("containers.LEAST_VCPUS", "limits.job.MIN_VCPU", 1, "ResourceRequirement.value"),
    Limit("containers.EPHEMERAL_GIB", "", (21, 200), "EphemeralStorage.sizeInGiB"),
    Limit("containers.SWAPPINESS", "", (0, 100), "LinuxParameters.swappiness"),
    Limit("containers.PLATFORM_VERSIONS", "", ("LATEST", "1.4.0", "1.3.0")),
    Limit("jobs.REASON_CHARACTERS", "", 1024, "CancelJobRequest.reason"),
    Limit("jobs.STOP_SECONDS", "", 30),
    Limit("jobs.KEPT_SECONDS", "", 7 * 24 * 60 * 60),
    Limit("objects.PRIORITY", "", (0, 1000)),
    Limit("objects.MOST_ENVIRONMENTS", "", 3, "CreateJobQueueRequest.computeEnvironmentOrder"),
    Limit("objects.STATE_TIME_LIMIT", "", (600, 86_400), "JobStateTimeLimitAction.maxTimeSeconds"),
    Limit("objects.SHARE_DECAY_SECONDS", "", (0, 604_800), "FairsharePolicy.shareDecaySeconds"),
    Limit("objects.DEFAULT_DECAY_SECONDS", "", 600, "FairsharePolicy.shareDecaySeconds"),
    Limit("objects.COMPUTE_RESERVATION", "", (0, 99), "FairsharePolicy.computeReservation"),
    Limit("objects.WEIGHT", "", (0.0001, 999.9999), "ShareAttributes.weightFactor"),
    Limit("objects.MOST_SHARES", "", 500, "ShareAttributes.shareIdentifier"),
    Limit("objects.BID_PERCENTAGE", "", (0, 100)),
    Limit("objects.SCALING_MEMBERS", "", ("minvCpus", "maxvCpus", "desiredvCpus")),
    Limit("calls.DESCRIBED_JOBS", "batch.parts.PER_DESCRIBE", 100, "DescribeJobsRequest.jobs"),
    Limit("calls.STOPPED_JOBS", "batch.parts.PER_TERMINATE", 50, "TerminateJobsRequest.jobs"),
    Limit("calls.LISTED_JOBS", "batch.listing.PER_PAGE", 1000, "ListJobsRequest.maxResults"),
    Limit("calls.FILTERED_JOBS", "batch.listing.PER_FILTERED_PAGE", 100, "ListJobsRequest.maxResults"),
    Limit("calls.FRONT_OF_QUEUE", "", 100, "FrontOfQueueDetail.jobs"),
    Limit("tasks.CONTAINERS", "", (1, 10)),
    Limit("containers.EFS_ROOT_CHARACTERS", "", 4096, "EFSVolumeConfiguration.rootDirectory"),
    Limit("containers.EFS_PORT", "", (0, 65_535), "EFSVolumeConfiguration.transitEncryptionPort"),
    Limit("objects.FARGATE_SUBNETS", "", 16, "ComputeResource.subnets"),
    Limit("objects.FARGATE_SECURITY_GROUPS", "", 5, "ComputeResourceUpdate.securityGroupIds"),
    Limit("objects.TEMPLATE_OVERRIDES", "", 10, "LaunchTemplateSpecification.overrides"),
    Limit("objects.IMAGE_CHOICES", "", (1, 2)),
    Limit("objects.SCALE_DOWN_MINUTES", "", (20, 10_080), "ComputeScalingPolicy.minScaleDownDelayMinutes"),
    Limit("nodes.MOST_GROUPS", "", 5),
    Limit("tasks.LEAST_TIMEOUT", "", 2, "TaskContainerProperties.stopTimeout"),
    Limit("tasks.FARGATE_TIMEOUT", "", (2, 120), "TaskContainerProperties.startTimeout"),
    Limit("calls.DESCRIBED_OBJECTS", "", 100, "DescribeSchedulingPoliciesRequest.arns"),
]  # fmt: skip

OTHERWISE_COMPARED = {  # with the tests below that do
    "fargate.SIZES", "limits.fargate.FARGATE_SIZES",
    "containers.FILE_SYSTEM_ID", "containers.ACCESS_POINT_ID",
    "containers.ONLY_ON_FARGATE", "containers.NOT_ON_FARGATE", "containers.LINUX_NOT_ON_FARGATE",
    "containers.FARGATE_LOG_DRIVERS", "objects.NOT_ON_FARGATE", "objects.FARGATE",
    "objects.SPOT_ONLY_STRATEGIES", "objects.UPDATABLE_STRATEGIES", "objects.STATE_TIME_LIMIT_ACTIONS",
    "objects.STATE_TIME_LIMIT_REASONS",
    "objects.DEFAULT_UPDATE_POLICY",
    "jobs.TAG_CATEGORIES", "jobs.TAG_SIGNS", "limits.tags.TAG_CATEGORIES", "limits.tags.TAG_SIGNS",
    "tasks.CONTAINER_NAME", "tasks.CONDITIONS", "tasks.NOT_OF_ESSENTIAL", "tasks.LOG_ROUTERS", "tasks.NOT_ON_FARGATE",
    "tasks.IPC_MODES", "tasks.PID_MODES",
    "nodes.RANGE", "containers.IMAGE", "containers.VOLUME_NAME", "containers.WITHOUT_EFS", "containers.ULIMITS",
    "containers.TMPFS_OPTIONS", "containers.ARCHITECTURES", "containers.OPERATING_SYSTEMS", "containers.NOT_ON_WINDOWS",
    "calls.UNSENDABLE", "limits.characters.UNSENDABLE",
    "jobs.NAME", "limits.job.JOB_NAME", "jobs.DEFINITION_REFERENCE",
    "schedules.NAME", "schedules.ROLE_ARN", "schedules.QUEUE_ARN", "schedules.ATTEMPTS", "schedules.AGE",
    "schedules.SERVICE", "schedules.SUBMIT_JOB", "schedules.OLDEST_START",  # below
    "jobs.SHARE_IDENTIFIER", "limits.job.SHARE_IDENTIFIER", "jobs.CONDITIONS",
}  # fmt: skip
NO_RULE_OF_AWS = {
    "limits.job.ENVIRONMENT_NAME",  # what a shell takes
    "limits.job.IMAGE",  # a digest; AWS takes tags too
    "limits.job.RULES",  # the table of the checks
    "nodes.MOST_NODES",  # of this machine
}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.local or limit.toolkit)
def test_a_limit_is_stated_the_same_everywhere(limit: Limit) -> None:
    for names in filter(None, (limit.local, limit.toolkit)):
        assert value_of(names) == limit.documented
    if not limit.model:
        return
    text = text_of(limit.model)
    if isinstance(limit.documented, str):
        assert f'"{limit.documented}"' in text.replace('" ', '"').replace(' "', '"')
    else:
        values = limit.documented if isinstance(limit.documented, tuple) else (limit.documented,)
        assert set(values) - numbers_in(text) == set(), text


def constants(module: ModuleType) -> set[str]:
    """Return the names of the constants that a module's own text assigns, one of a rule not yet known among them."""
    targets = [
        target
        for node in ast.parse(inspect.getsource(module)).body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
    ]
    names = [node for target in targets if target is not None for node in ast.walk(target)]
    return {node.id for node in names if isinstance(node, ast.Name) and re.fullmatch("[A-Z][A-Z0-9_]*", node.id)}


def test_every_rule_is_held_against_another_statement() -> None:
    stated = {f"{room}.{name}" for room, module in MODULES.items() for name in constants(module)}
    compared = {name for limit in LIMITS for name in f"{limit.local} {limit.toolkit}".split()}
    assert stated == compared | OTHERWISE_COMPARED | NO_RULE_OF_AWS
    assert not compared & OTHERWISE_COMPARED


def test_every_module_of_rules_is_compared() -> None:
    found = {name for package in (rules, limits) for _, name, _ in pkgutil.iter_modules(package.__path__)}
    assert found - {"bounds"} == {name.rpartition(".")[2] for name in MODULES if not name.startswith("batch.")}


def test_the_rules_of_schedules_are_what_terraform_and_moto_state() -> None:
    module = Path(__file__).resolve().parents[3] / "terraform/modules/schedules"
    assert f'identifiers = ["{schedules.SERVICE}"]' in (module / "role.tf").read_text()
    arn = "arn:${local.partition}:scheduler:::aws-sdk:batch:submitJob"
    assert arn in (module / "main.tf").read_text()
    assert schedules.SUBMIT_JOB.fullmatch(arn.replace("${local.partition}", "aws-cn"))
    from moto.scheduler.models import Schedule

    assert f"timedelta(minutes={schedules.OLDEST_START // 60})" in inspect.getsource(Schedule._validate_start_date)


def test_a_timeout_is_a_32_bit_integer() -> None:
    assert MODEL.shape_for("JobTimeout").members["attemptDurationSeconds"].type_name == "integer"  # Smithy's Integer


def test_ids_of_file_systems_have_the_form_of_efs() -> None:
    shapes = Loader().load_service_model("efs", "service-2")["shapes"]
    for name, own in (("FileSystemId", containers.FILE_SYSTEM_ID), ("AccessPointId", containers.ACCESS_POINT_ID)):
        assert shapes[name]["pattern"].endswith(f"|{own.pattern})$")  # or an ARN, which Batch does not take


def test_a_tasks_rules_are_the_models() -> None:
    conditions = text_of("TaskContainerDependency.condition").split(" - ")
    assert tuple(part.split()[-1] for part in conditions[:-1]) == tasks.CONDITIONS
    never = [part for part in conditions if "can't be set on an essential container" in part]
    assert len(never) == len(tasks.NOT_OF_ESSENTIAL)
    assert " or ".join(sorted(tasks.LOG_ROUTERS, reverse=True)) in text_of("FirelensConfiguration.type")
    assert f"are {' , '.join(tasks.IPC_MODES[:2])} , or {tasks.IPC_MODES[2]}" in text_of("EcsTaskProperties.ipcMode")
    assert f"are {' or '.join(tasks.PID_MODES)}" in text_of("EcsTaskProperties.pidMode")
    assert "is not supported for jobs that run on Fargate" in text_of("EcsTaskProperties.ipcMode")
    ecs = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
    name = ecs.shape_for("ContainerDefinition").members["name"].documentation
    assert "Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens" in name
    assert tasks.CONTAINER_NAME.fullmatch("a-Z_9" * 51)
    assert not tasks.CONTAINER_NAME.fullmatch("a" * 256)
    assert not tasks.CONTAINER_NAME.fullmatch("a.b")


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("0:3", ("0", ":", "3")),
        (":3", ("", ":", "3")),
        ("4:", ("4", ":", "")),
        (":", ("", ":", "")),
        ("1", ("1", None, "")),
    ],
)
def test_a_range_of_nodes_has_the_forms_of_the_model(text: str, bounds: tuple[str | None, ...]) -> None:
    assert "If the starting range value is omitted ( :n )" in text_of("NodeRangeProperty.targetNodes")
    assert "If the ending range value is omitted ( n: )" in text_of("NodeRangeProperty.targetNodes")
    found = nodes.RANGE.fullmatch(text)
    assert found
    assert found.groups() == bounds


def test_names_of_images_and_volumes_have_the_models_length_and_characters() -> None:
    for place, pattern, good, bad in (
        ("ContainerProperties.image", containers.IMAGE, "123.dkr.ecr.r/A_b-c/d:1#x@sha256:0", "a b"),
        ("Volume.name", containers.VOLUME_NAME, "a_B-1", "a.b"),
    ):
        text = text_of(place)
        assert 255 in numbers_in(text)
        assert "uppercase and lowercase letters, numbers, hyphens (-)" in text
        assert pattern.fullmatch("a" * 255)
        assert not pattern.fullmatch("a" * 256)
        assert pattern.fullmatch(good)
        assert not pattern.fullmatch(bad)


def test_what_is_one_of_several_is_one_of_the_models() -> None:
    def listed(place: str) -> list[str]:
        return [
            word
            for part in text_of(place).split("Valid values")[1].split("|")
            for word in re.findall(r"[a-z_]+", part)[-1:]
        ]

    assert tuple(listed("Ulimit.name")[:-1]) == containers.ULIMITS[:-1]
    assert tuple(listed("Tmpfs.mountOptions")) == containers.TMPFS_OPTIONS
    for place, values in (
        ("RuntimePlatform.cpuArchitecture", containers.ARCHITECTURES),
        ("RuntimePlatform.operatingSystemFamily", containers.OPERATING_SYSTEMS),
        ("RuntimePlatform.operatingSystemFamily", containers.NOT_ON_WINDOWS),
        ("Ulimit.name", containers.ULIMITS[-1:]),
    ):
        assert all(re.search(rf"\b{value}\b", text_of(place)) for value in values), place
    assert "at least 1.4.0" in text_of("Volume.efsVolumeConfiguration")
    assert set(containers.WITHOUT_EFS) == {one for one in containers.PLATFORM_VERSIONS if one < "1.4.0"}
    assert "One or two values can be provided" in text_of("ComputeResource.ec2Configuration")


def test_the_default_update_policy_is_the_models() -> None:
    assert objects.DEFAULT_UPDATE_POLICY == {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30}
    assert 30 in numbers_in(text_of("UpdatePolicy.jobExecutionTimeoutMinutes"))
    assert MODEL.shape_for("UpdatePolicy").members.keys() == objects.DEFAULT_UPDATE_POLICY.keys()


def test_a_state_time_limit_cancels() -> None:
    (action,) = objects.STATE_TIME_LIMIT_ACTIONS
    assert action in MODEL.shape_for("JobStateTimeLimitActionsAction").enum
    assert f"the only supported value is {action} , which will cancel" in text_of("JobStateTimeLimitAction.action")


def test_a_state_time_limit_is_for_a_reason_that_is_a_status_reason() -> None:
    assert set(objects.STATE_TIME_LIMIT_REASONS) == WITH_AN_ACTION
    main = (Path(__file__).resolve().parents[3] / "terraform/modules/job_queue/main.tf").read_text()
    asked = set(re.findall(r'reason = "([A-Z_:0-9]+)"', main))
    assert asked
    assert asked <= WITH_AN_ACTION


WITH_AN_ACTION = {
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
}  # fmt: skip
"""As the page "Automatic remediation with jobStateTimeLimitActions" of the Batch guide lists them."""


def test_what_scales_are_members_of_an_update() -> None:
    assert set(objects.SCALING_MEMBERS) <= MODEL.shape_for("ComputeResourceUpdate").members.keys()


@pytest.mark.parametrize("member", containers.ONLY_ON_FARGATE)
def test_the_model_says_what_is_only_on_fargate(member: str) -> None:
    assert re.search("(for|on) .*Fargate", text_of(f"ContainerProperties.{member}"))
    assert member not in containers.NOT_ON_FARGATE


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a", True), ("a:1", True), ("a:12", True), ("a:", False), ("a:x", False), ("a:1:2", False), (":1", False),
     ("a" * 128 + ":7", True), ("a" * 129, False), ("-a", False), ("a b:1", False)],
)  # fmt: skip
def test_a_definition_is_named_with_a_revision_or_without(text: str, *, is_one: bool) -> None:
    assert "definition-name , definition-name:revision" in text_of("SubmitJobRequest.jobDefinition")
    assert bool(jobs.DEFINITION_REFERENCE.fullmatch(text)) is is_one


def test_tags_have_the_bounds_of_the_model() -> None:
    key, value, tags = (MODEL.shape_for(name).metadata for name in ("TagKey", "TagValue", "TagrisTagsMap"))
    assert (key["min"], key["max"]) == jobs.TAG_KEY
    assert jobs.TAG_VALUE.most == value["max"]
    assert tags["max"] == jobs.MOST_TAGS


@pytest.mark.parametrize(
    ("service", "key", "value"), [("ecs", "TagKey", "TagValue"), ("iam", "tagKeyType", "tagValueType")]
)
def test_tags_have_the_characters_of_the_models_that_state_them(service: str, key: str, value: str) -> None:
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    classes = "".join(rf"\p{{{category}}}" for category in jobs.TAG_CATEGORIES)
    signs = jobs.TAG_SIGNS.replace("-", r"\-")
    for shape in (key, value):
        assert model.shape_for(shape).metadata["pattern"].strip("()").rstrip("*+") == f"[{classes}{signs}]"
    assert (toolkit_tags.TAG_CATEGORIES, toolkit_tags.TAG_SIGNS) == (jobs.TAG_CATEGORIES, jobs.TAG_SIGNS)
    other = rf"[^{classes}{signs}\n]".replace("\\", "\\\\")
    for module in sorted((project_root() / "terraform" / "modules").iterdir()):
        rules = (module / "variables.tf").read_text(encoding="utf-8").partition('variable "tags"')[2]
        for pattern in (other, r"^.{1,128}\\n.{0,256}$"):
            assert rules.count(f'can(regex("{pattern}", ') == 2, f"{module.name}: {pattern}"  # condition and message


@given(st.text(max_size=3) | st.sampled_from(["aws:a", "AWS:", "a" * 128, "a" * 129, "é", "e\u0301", "\u3000"]),
       st.text(max_size=3) | st.sampled_from(["a" * 256, "a" * 257, "\u2028", "\x7f"]))  # fmt: skip
def test_the_local_batch_takes_the_tags_that_the_toolkit_takes(key: str, value: str) -> None:
    def takes(check: Any, refusal: type[Exception]) -> bool:
        try:
            check({key: value})
        except refusal:
            return False
        return True

    assert takes(check_tags, Refusal) is takes(toolkit_tags.check_tags, UsageError)


def test_text_that_cannot_reach_a_job_is_the_same_for_both() -> None:
    assert calls.UNSENDABLE.pattern == toolkit_characters.UNSENDABLE.pattern
    assert "can't contain an empty string" in text_of("ContainerOverrides.command")


def test_tags_of_a_child_are_not_there_by_the_model() -> None:
    for operation in ("TagResource", "UntagResource", "ListTagsForResource"):
        assert "ARNs for child jobs of array" in text_of(f"{operation}Request.resourceArn")


# -- Fargate


def modelled_sizes() -> dict[float, set[int]]:
    """Return the sizes of the model's text, which lists them by vCPU after listing them by memory."""
    text = text_of("ResourceRequirement.value")
    by_vcpu, by_memory = dict[float, set[int]](), dict[float, set[int]]()
    for values, vcpus in re.findall(r"value = ([\d, or]+?) VCPU = ([\d., or]+)", text):
        for vcpu in re.findall(r"[\d.]*\d", vcpus):
            by_memory.setdefault(float(vcpu), set()).update(map(int, re.findall(r"\d+", values)))
    for vcpu, memory in re.findall(r"value = ([\d.]+) MEMORY = ([\d, or]+)", text):
        by_vcpu[float(vcpu)] = set(map(int, re.findall(r"\d+", memory)))
    assert by_vcpu == by_memory
    return by_vcpu


def test_fargate_has_the_sizes_of_the_model() -> None:
    assert {vcpu: set(memory) for vcpu, memory in fargate.SIZES.items()} == modelled_sizes()
    assert fargate.SIZES == toolkit_fargate.FARGATE_SIZES


def test_fargate_has_the_documented_sizes() -> None:
    steps = {1: (2048, 8192, 1024), 2: (4096, 16384, 1024), 4: (8192, 30720, 1024), 8: (16384, 61440, 4096),
             16: (32768, 122880, 8192)}  # fmt: skip
    wanted = {0.25: (512, 1024, 2048), 0.5: (1024, 2048, 3072, 4096), 32: (61440, 122880, 249856)}
    wanted |= {vcpu: tuple(range(low, high + 1, step)) for vcpu, (low, high, step) in steps.items()}
    assert wanted == fargate.SIZES


@pytest.mark.parametrize("member", containers.NOT_ON_FARGATE)
def test_the_model_says_what_is_not_on_fargate(member: str) -> None:
    text = text_of(f"ContainerProperties.{member}")
    assert "Fargate" in text
    assert "isn't applicable" in text or "isn't supported" in text or "not supported" in text


@pytest.mark.parametrize("member", objects.NOT_ON_FARGATE)
def test_the_model_says_what_fargate_environments_do_not_take(member: str) -> None:
    assert "isn't applicable to jobs that are running on Fargate" in text_of(f"ComputeResource.{member}")


@pytest.mark.parametrize("member", containers.LINUX_NOT_ON_FARGATE)
def test_the_model_says_what_linux_parameters_fargate_does_not_take(member: str) -> None:
    assert "isn't applicable to jobs that are running on Fargate" in text_of(f"LinuxParameters.{member}")


def test_types_and_strategies_are_the_models() -> None:
    assert set(objects.FARGATE) <= set(MODEL.shape_for("CRType").enum)
    strategies = set(MODEL.shape_for("CRAllocationStrategy").enum)
    assert set(objects.SPOT_ONLY_STRATEGIES) == {name for name in strategies if name.startswith("SPOT_")}
    assert set(objects.UPDATABLE_STRATEGIES) == set(MODEL.shape_for("CRUpdateAllocationStrategy").enum)
    assert set(containers.FARGATE_LOG_DRIVERS) <= set(MODEL.shape_for("LogDriver").enum)


# -- names and globs


@given(st.text(alphabet="aZ09-_ :*./é", max_size=5) | st.integers(125, 131).map(lambda n: "a" * n))
def test_names_and_shares_are_the_toolkits(text: str) -> None:
    assert bool(jobs.NAME.fullmatch(text)) is bool(toolkit.JOB_NAME.fullmatch(text))
    assert bool(jobs.NAME.fullmatch(text)) is bool(re.fullmatch("[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}", text))
    # A policy's entry may end in an asterisk; a job of the toolkit never has such a share.
    if not text.endswith("*"):
        assert bool(jobs.SHARE_IDENTIFIER.fullmatch(text)) is bool(toolkit.SHARE_IDENTIFIER.fullmatch(text))


@pytest.mark.parametrize("size", [1, 255, 256])
def test_a_share_identifier_has_at_most_255_characters(size: int) -> None:
    assert "255 alphanumeric" in text_of("ShareAttributes.shareIdentifier")
    for statement in (jobs.SHARE_IDENTIFIER, toolkit.SHARE_IDENTIFIER):
        assert bool(statement.fullmatch("a" * size)) is (size <= 255)


@pytest.mark.parametrize("member", jobs.CONDITIONS)
def test_globs_have_at_most_512_characters_and_one_asterisk_at_the_end(member: str) -> None:
    glob = jobs.CONDITIONS[member]
    assert "512 characters" in text_of(f"EvaluateOnExit.{member}")
    assert glob.fullmatch("1" * 512)
    assert not glob.fullmatch("1" * 513)
    assert glob.fullmatch("1*")
    assert glob.fullmatch("*")
    assert not glob.fullmatch("*1")
    assert bool(glob.fullmatch("a b.c:d\t")) is (member != "onExitCode")
