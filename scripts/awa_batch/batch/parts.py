"""Ask for many things with few calls: each call of AWS Batch takes a number of names at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PER_DESCRIBE = 100
"""Ids that one Describe call takes at most (botocore's model: DescribeJobs, …JobQueues, …ComputeEnvironments)."""

PER_TERMINATE = 50
"""Ids that TerminateJobs takes at most (botocore's model)."""


def in_parts(names: Iterable[str], size: int = PER_DESCRIBE) -> Iterator[list[str]]:
    """Yield ``names``, each once and in their order, ``size`` at a time; nothing where there are none."""
    wanted = list(dict.fromkeys(names))
    return (wanted[start : start + size] for start in range(0, len(wanted), size))
