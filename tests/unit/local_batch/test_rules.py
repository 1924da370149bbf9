"""AWS's rules, stated three times and the same each time: by the local Batch, by the toolkit, and by AWS's own words.

The local Batch and the toolkit state them apart from each other on purpose, so that each shows the other's mistakes.
AWS's words are the texts of botocore's service model, and values of AWS's documentation that are written down here.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.limits import fargate as toolkit_fargate
from awa_batch.limits import job as toolkit
from awa_batch.limits import size as toolkit_size
from local_batch.rules import calls, containers, fargate, jobs, objects

MODEL = ServiceModel(Loader().load_service_model("batch", "service-2"), "batch")


def text_of(place: str) -> str:
    """Return the model's text on ``Shape.member``, without markup."""
    shape, _, member = place.partition(".")
    found: Any = MODEL.shape_for(shape)
    found = found.members[member] if member else found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.documentation))


def numbers_in(text: str) -> set[float]:
    words = {"three": 3.0, "five": 5.0}
    found = {float(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}
    return found | {value for word, value in words.items() if word in text}


class Limit(NamedTuple):
    """A limit as the local Batch, the toolkit and AWS's documentation have it, and where the model states it."""

    local: Any
    toolkit: Any
    documented: Any
    model: str = ""


# What the toolkit has no rule for (it refuses no such request, or Terraform's modules do) is None there.
LIMITS = {
    "array": Limit(jobs.ARRAY_SIZE, (toolkit.MIN_ARRAY, toolkit.MAX_ARRAY), (2, 10_000),
                   "SubmitJobRequest.arrayProperties"),
    "dependencies": Limit(jobs.MOST_DEPENDENCIES, toolkit.MAX_DEPENDENCIES, 20, "SubmitJobRequest.dependsOn"),
    "attempts": Limit(jobs.ATTEMPTS, (toolkit.MIN_ATTEMPTS, toolkit.MAX_ATTEMPTS), (1, 10), "RetryStrategy.attempts"),
    "conditions": Limit(jobs.MOST_CONDITIONS, toolkit.MAX_RETRY_RULES, 5, "RetryStrategy.evaluateOnExit"),
    "timeout": Limit(jobs.LEAST_TIMEOUT, toolkit.MIN_TIMEOUT, 60, "JobTimeout.attemptDurationSeconds"),
    "priority of a job": Limit(
        jobs.SCHEDULING_PRIORITY, (toolkit.MIN_SCHEDULING_PRIORITY, toolkit.MAX_SCHEDULING_PRIORITY), (0, 9999),
        "SubmitJobRequest.schedulingPriorityOverride"),
    "tags": Limit(jobs.MOST_TAGS, toolkit.MAX_TAGS, 50, "SubmitJobRequest.propagateTags"),
    "key of a tag": Limit(jobs.TAG_KEY, (1, toolkit.MAX_TAG_KEY), (1, 128)),
    "value of a tag": Limit(jobs.TAG_VALUE, (0, toolkit.MAX_TAG_VALUE), (0, 256)),
    "prefix of AWS's tags": Limit(jobs.RESERVED_TAG_PREFIX, toolkit.RESERVED_TAG, "aws:"),
    "prefix of Batch's variables": Limit(jobs.RESERVED_VARIABLE_PREFIX, toolkit.RESERVED_ENVIRONMENT, "AWS_BATCH",
                                         "ContainerOverrides.environment"),
    "request": Limit(jobs.REQUEST_BYTES, toolkit_size.MAX_REQUEST_BYTES, 30 * 1024),
    "definition": Limit(jobs.DEFINITION_BYTES, None, 24 * 1024),
    "overrides": Limit(jobs.OVERRIDES_CHARACTERS, toolkit_size.MAX_OVERRIDES_CHARACTERS, 8192),
    "memory on EC2": Limit(containers.LEAST_MEMORY, toolkit.MIN_MEMORY, 4, "ResourceRequirement.value"),
    "ephemeral storage": Limit(containers.EPHEMERAL_GIB, None, (21, 200), "EphemeralStorage.sizeInGiB"),
    "reason": Limit(jobs.REASON_CHARACTERS, None, 1024, "CancelJobRequest.reason"),
    "seconds to SIGKILL": Limit(jobs.STOP_SECONDS, None, 30),
    "days that ended jobs are kept": Limit(jobs.KEPT_SECONDS / 86400, None, 7),
    "priority of a queue": Limit(objects.PRIORITY, None, (0, 1000)),
    "environments of a queue": Limit(objects.MOST_ENVIRONMENTS, None, 3,
                                     "CreateJobQueueRequest.computeEnvironmentOrder"),
    "state time limit": Limit(objects.STATE_TIME_LIMIT, None, (600, 86_400), "JobStateTimeLimitAction.maxTimeSeconds"),
    "decay": Limit(objects.SHARE_DECAY_SECONDS, None, (0, 604_800), "FairsharePolicy.shareDecaySeconds"),
    "default decay": Limit(objects.DEFAULT_DECAY_SECONDS, None, 600, "FairsharePolicy.shareDecaySeconds"),
    "reservation": Limit(objects.COMPUTE_RESERVATION, None, (0, 99), "FairsharePolicy.computeReservation"),
    "weight": Limit(objects.WEIGHT, None, (0.0001, 999.9999), "ShareAttributes.weightFactor"),
    "shares": Limit(objects.MOST_SHARES, None, 500, "ShareAttributes.shareIdentifier"),
    "minutes of an update": Limit(objects.DEFAULT_UPDATE_POLICY["jobExecutionTimeoutMinutes"], None, 30,
                                  "UpdatePolicy.jobExecutionTimeoutMinutes"),
    "jobs described": Limit(calls.DESCRIBED_JOBS, None, 100, "DescribeJobsRequest.jobs"),
    "jobs stopped": Limit(calls.STOPPED_JOBS, None, 50, "CancelJobsRequest.jobs"),
    "jobs listed": Limit(calls.LISTED_JOBS, None, 1000, "ListJobsRequest.maxResults"),
    "jobs filtered": Limit(calls.FILTERED_JOBS, None, 100, "ListJobsRequest.maxResults"),
    "front of a queue": Limit(calls.FRONT_OF_QUEUE, None, 100, "FrontOfQueueDetail.jobs"),
    "objects described": Limit(calls.DESCRIBED_OBJECTS, None, 100, "DescribeSchedulingPoliciesRequest.arns"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_stated_the_same_everywhere(name: str) -> None:
    limit = LIMITS[name]
    assert limit.local == limit.documented
    assert limit.toolkit in (None, limit.documented)
    if not limit.model:
        return
    text = text_of(limit.model)
    if isinstance(limit.documented, str):
        assert f'"{limit.documented}"' in text.replace('" ', '"').replace(' "', '"')
    else:
        values = limit.documented if isinstance(limit.documented, tuple) else (limit.documented,)
        assert set(values) - numbers_in(text) == set(), text


def test_every_rule_is_held_against_another_statement() -> None:
    compared = json.dumps([limit.local for limit in LIMITS.values()])
    for module in (jobs, containers, objects, calls):
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, int | float) and not isinstance(value, bool):
                assert json.dumps(value) in compared or json.dumps(value / 86400) in compared, name


def test_tags_have_the_bounds_of_the_model() -> None:
    key, value, tags = (MODEL.shape_for(name).metadata for name in ("TagKey", "TagValue", "TagrisTagsMap"))
    assert (key["min"], key["max"]) == jobs.TAG_KEY
    assert jobs.TAG_VALUE.most == value["max"]
    assert tags["max"] == jobs.MOST_TAGS


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
