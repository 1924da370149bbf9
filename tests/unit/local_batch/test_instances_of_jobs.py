"""The instances of an environment by themselves: which one a job gets, and which is made for it."""

from __future__ import annotations

import pytest

from local_batch.scheduler.instances import Instances, are_counted
from local_batch.scheduler.objects import Environment
from local_batch.services.instance_sizes import Size, best_type

GIB = 1 << 10


@pytest.mark.parametrize(
    ("types", "room", "job", "wanted"),
    [
        # The most jobs for its vCPUs, then the least memory, then the smallest.
        (("c5.large", "m5.large", "m5.4xlarge"), 16, (1, 128, 0), Size(2, 4 * GIB, 0)),
        (("m5.large", "m5.4xlarge"), 16, (1, 128, 0), Size(2, 8 * GIB, 0)),
        (("m5.large", "m5.4xlarge"), 8, (1, 128, 0), Size(2, 8 * GIB, 0)),
        (("m5.xlarge", "r5.xlarge"), 16, (1, 7 * GIB, 0), Size(4, 32 * GIB, 0)),
        (("m5.xlarge", "m5.4xlarge"), 16, (3, 128, 0), Size(16, 64 * GIB, 0)),
        # No GPU for a job that asks for none, where another type does as well.
        (("g5.xlarge", "m5.xlarge"), 4, (1, 128, 0), Size(4, 16 * GIB, 0)),
        (("g5.xlarge", "m5.xlarge"), 4, (1, 128, 1), Size(4, 16 * GIB, 1)),
        # Beyond the maximum, if it must be: the smallest.
        (("m5.4xlarge", "m5.8xlarge"), 2, (1, 128, 0), Size(16, 64 * GIB, 0)),
        (("m5.large",), 16, (4, 128, 0), None),
        (("m5.large",), 16, (1, 8 * GIB, 0), None),  # all of an instance's memory is never there for a job
    ],
)
def test_which_instance_is_made(
    types: tuple[str, ...], room: float, job: tuple[float, int, int], wanted: Size | None
) -> None:
    found = best_type(types, room, *job)
    assert (found and found.size) == wanted


def test_the_last_instance_goes_beyond_the_maximum_only_where_the_strategy_lets_it() -> None:
    assert best_type(("m5.4xlarge",), 2, 1, 128, 0, may_exceed=False) is None
    for kind, strategy, exceeds in (
        ("EC2", "BEST_FIT", False),
        ("SPOT", "BEST_FIT", True),
        ("EC2", "BEST_FIT_PROGRESSIVE", True),
    ):
        resources = {"type": kind, "allocationStrategy": strategy, "maxvCpus": 3, "instanceTypes": ["m5.large"]}
        environment = Environment({"computeResources": resources, "state": "ENABLED", "status": "VALID"})
        assert environment.take_places([(1.0, 128, 0)] * 2) is not None
        assert (environment.take_places([(1.0, 128, 0)]) is not None) == exceeds
        resources["maxvCpus"] = 1
        assert environment.can_hold(1.0, 128, 0) == exceeds


def test_jobs_share_instances_and_give_them_back() -> None:
    instances, types = Instances(), ("m5.xlarge",)
    one, large = (1.0, 128, 0), (3.0, 10 * GIB, 0)
    first = instances.find(types, 4, *large)
    assert first is not None
    instances.take(first, *large)
    assert instances.find(types, 4, *one) is first
    instances.take(first, *one)
    assert instances.find(types, 4, *one) is None
    assert instances.find(types, 8, *one) is not first
    instances.give_back(first, *large)
    assert instances.find(types, 4, *large) is first
    instances.give_back(first, *one)
    again = instances.find(types, 4, *large)
    assert again is not None
    assert again is not first  # it has gone with its last job


def test_a_node_of_a_multi_node_job_has_the_smallest_instance_to_itself() -> None:
    instances, types, one = Instances(), ("m5.large", "m5.4xlarge"), (1.0, 128, 0)
    node = instances.find(types, 16, *one, alone=True)
    assert node is not None
    assert node.kind == "m5.large"
    instances.take(node, *one)
    shared = instances.find(types, 16, *one)
    assert shared is not node
    assert instances.find(types, 16, *one, alone=True) is not node


def test_what_the_table_does_not_have_is_not_counted() -> None:
    assert are_counted(("optimal", "m5"))
    assert not are_counted(("optimal", "m99.metal"))
    assert not are_counted(())
