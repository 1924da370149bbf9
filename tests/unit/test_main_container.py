"""Jobs of several containers as one container's, and sizes with sidecars."""

from __future__ import annotations

from typing import Any, cast

import pytest

from awa_batch import limits
from awa_batch.batch.revisions import changes_between
from awa_batch.batch.several import beside_main, logs_of, main_container, with_container_properties, with_main_container
from awa_batch.control.resize import resize
from awa_batch.errors import UsageError


def container(name: str, vcpu: str = "1", memory: str = "128", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": f"image-of-{name}",
        "resourceRequirements": [{"type": "VCPU", "value": vcpu}, {"type": "MEMORY", "value": memory}],
        **more,
    }


def entry(*containers: dict[str, Any], **task: Any) -> Any:
    return {"ecsProperties": {"taskProperties": [{"containers": list(containers), **task}]}}


def test_one_container_stays_as_it_is() -> None:
    detail = cast("Any", {"container": {"image": "x"}})
    assert with_main_container(detail) is detail
    assert (main_container(detail), beside_main(detail), logs_of(detail)) == (None, (0, 0, 0), {})
    assert with_container_properties(detail) is detail


def test_the_first_essential_container_is_the_main_one() -> None:
    found = entry(
        container("side", essential=False, vcpu="0.25", memory="512"),
        container("main", exitCode=3),
        container("other", memory="64"),
        volumes=[{"name": "v"}],
        taskRoleArn="role",
        platformVersion="1.4.0",
    )
    assert main_container(found) == "main"
    assert beside_main(found) == (1.25, 576, 0)
    assert with_main_container(found)["container"]["exitCode"] == 3
    properties = with_container_properties(found)["containerProperties"]
    assert (properties["image"], properties["jobRoleArn"]) == ("image-of-main", "role")
    assert properties["fargatePlatformConfiguration"] == {"platformVersion": "1.4.0"}


def test_attempts_and_logs_are_told_by_container() -> None:
    options = {"logDriver": "awslogs", "options": {"awslogs-group": "/group"}}
    found = entry(container("main", logStreamName="m/2", logConfiguration=options), container("side", essential=False))
    found["attempts"] = [
        {
            "taskProperties": [
                {"containers": [{"name": "side"}, {"name": "main", "logStreamName": "m/1", "exitCode": 1}]}
            ]
        }
    ]
    assert with_main_container(found)["attempts"][0]["container"]["exitCode"] == 1
    assert logs_of(found) == {"main": ("/group", ("m/1",), "m/2"), "side": (None, (None,), None)}


def test_a_revision_tells_which_container_changed() -> None:
    before = with_container_properties(entry(container("main"), container("side", essential=False)))
    after = with_container_properties(entry(container("main"), container("side", essential=False, image="new")))
    assert list(changes_between(before, after)) == ["the container side"]


def test_fargate_has_sizes_of_whole_tasks() -> None:
    limits.check_fargate_task(0.25, 512, 0.25, 512)
    with pytest.raises(UsageError) as caught:
        limits.check_fargate_task(0.5, 1024, 0.25, 512)
    assert "0.75 vCPU and 1536 MiB" in str(caught.value)
    assert "memory" in str(caught.value)
    limits.check_fargate_task(0.75, 1536, 0.25, 512)  # what the refusal says to use


def test_more_memory_on_fargate_leaves_room_for_the_sidecars() -> None:
    had = {"VCPU": "0.25", "MEMORY": "512"}
    found, notes = resize(had, vcpu=None, memory="x2", on_fargate=True, beside=(0.25, 512))
    assert (found["VCPU"], found["MEMORY"]) == ("0.25", "1536")
    assert notes
