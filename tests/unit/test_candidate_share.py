"""The share of ordinary jobs that a candidate gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from awa_batch.contract import Contract
from awa_batch.contract.candidate import candidate_for
from awa_batch.job import JobSpec
from awa_batch.request import build_request


@pytest.fixture
def shared(contract: Contract) -> Contract:
    """A contract with a candidate of ec2-sample that gets thirty of a hundred."""
    blue = contract.job_definitions["ec2-sample"]
    green = replace(
        blue,
        name=f"{blue.name}-green",
        arn=blue.arn.replace("ec2-sample:", "ec2-sample-green:"),
        image=blue.image.replace("sha256:", "sha256:f")[:-1],
        slot="green",
        share=30,
    )
    return replace(contract, job_definitions={**contract.job_definitions, "ec2-sample-green": green})


def slot(contract: Contract, name: str, definition: str = "ec2-sample") -> str:
    request = build_request(contract, JobSpec(definition=definition, command=["true"]), exact_name=name)
    tagged = request.submit_job.get("tags", {}).get("awa-batch:slot", "blue")
    is_green = "-green:" in request.job_definition
    assert (tagged == "green") == is_green
    assert request.image == contract.job_definitions["ec2-sample-green" if is_green else "ec2-sample"].image
    return tagged


def test_about_so_many_go_there_and_the_same_name_always_the_same_way(shared: Contract) -> None:
    names = [f"job-{number}" for number in range(1000)]
    first = [slot(shared, name) for name in names]
    assert 250 < first.count("green") < 350
    assert first[:50] == [slot(shared, name) for name in names[:50]]


def test_more_share_keeps_those_that_went_there(shared: Contract) -> None:
    definitions = dict(shared.job_definitions)
    definitions["ec2-sample-green"] = replace(definitions["ec2-sample-green"], share=60)
    more = replace(shared, job_definitions=definitions)
    for number in range(200):
        if slot(shared, f"job-{number}") == "green":
            assert slot(more, f"job-{number}") == "green"


@pytest.mark.parametrize("kind", ["name", "arn"])
def test_who_names_a_revision_gets_it(shared: Contract, kind: str) -> None:
    blue = shared.job_definitions["ec2-sample"]
    named = blue.arn if kind == "arn" else f"{blue.name}:{blue.revision}"
    assert {slot(shared, f"job-{number}", named) for number in range(100)} == {"blue"}
    assert {slot(shared, f"job-{number}", blue.name) for number in range(100)} == {"blue", "green"}


def test_who_names_the_candidate_gets_it_without_a_tag(shared: Contract) -> None:
    request = build_request(shared, JobSpec(definition="ec2-sample-green", command=["true"]))
    assert "-green:" in request.job_definition
    assert "tags" not in request.submit_job


def test_without_a_share_nothing_goes_there(shared: Contract) -> None:
    definitions = dict(shared.job_definitions)
    definitions["ec2-sample-green"] = replace(definitions["ec2-sample-green"], share=0)
    none = replace(shared, job_definitions=definitions)
    blue = none.job_definitions["ec2-sample"]
    assert all(candidate_for(none, blue, f"job-{number}") is None for number in range(200))
