"""What instances hold."""

from __future__ import annotations

import pytest

from local_batch.services.instance_sizes import can_hold


def test_an_instance_holds_less_than_all_of_its_memory() -> None:
    assert can_hold(("m5.large",), 2, 8191, 0)
    assert not can_hold(("m5.large",), 2, 8192, 0)


def test_a_type_that_is_not_known_holds_everything() -> None:
    assert can_hold(("m5.large", "z99.large"), 10_000, 1 << 30, 64)


@pytest.mark.parametrize(
    ("types", "size", "holds"),
    [
        (("m5",), (96, 300_000, 0), True),
        (("m5",), (97, 1, 0), False),
        (("optimal",), (96, 700_000, 0), True),
        (("optimal",), (1, 4 << 20, 0), False),
        (("g5.xlarge",), (4, 1, 1), True),
        (("g5.xlarge",), (5, 1, 1), False),
        (("g5.xlarge", "m5.4xlarge"), (5, 1, 1), False),  # not what one has and the other has together
        (("c5.large", "r5.large"), (2, 16_000, 0), True),
    ],
)
def test_what_holds_a_job(types: tuple[str, ...], size: tuple[float, int, int], holds: bool) -> None:
    assert can_hold(types, *size) is holds
