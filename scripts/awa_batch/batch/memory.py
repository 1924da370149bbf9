"""Where jobs are looked for that AWS Batch has forgotten: it shows one for about seven days after its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDetailTypeDef


class Memory(Protocol):
    """What knows jobs after AWS Batch has forgotten them."""

    def find(self, ids: Sequence[str]) -> dict[str, JobDetailTypeDef]:
        """Return id → what DescribeJobs said last, of those that are known. Raises CallError."""

    def children(self, parent: str) -> list[JobDetailTypeDef]:
        """Return an array's children that have ended. Raises CallError."""

    def ended_since(self, moment: int) -> list[JobDetailTypeDef]:
        """Return jobs that have ended, and were submitted after a moment (epoch milliseconds); no children of arrays.

        Raises CallError.
        """


_MEMORIES: WeakKeyDictionary[BatchClient, Memory] = WeakKeyDictionary()


def give_memory(batch: BatchClient, memory: Memory) -> None:
    """Have every reading of jobs through a client look there too for what AWS does not show."""
    _MEMORIES[batch] = memory


def memory_of(batch: BatchClient) -> Memory | None:
    """Return a client's memory, if it has one."""
    try:
        return _MEMORIES.get(batch)
    except TypeError:  # what cannot be a key has none
        return None
