"""Where jobs are looked for that AWS Batch has forgotten: it shows one for about seven days after its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDetailTypeDef


class Memory(Protocol):
    """What knows jobs after AWS Batch has forgotten them."""

    @property
    def trouble(self) -> str:
        """Why it cannot be read, "" where it can."""

    def find(self, ids: Sequence[str], began: Mapping[str, int] | None = None) -> dict[str, JobDetailTypeDef]:
        """Return id → what DescribeJobs said last, of those that are known. Raises CallError.

        ``began`` is when jobs and arrays were submitted (epoch milliseconds), where somebody knows it.
        """

    def children(self, parent: str) -> list[JobDetailTypeDef]:
        """Return an array's children that have ended. Raises CallError."""

    def ended_since(self, moment: int) -> Iterator[JobDetailTypeDef]:
        """Yield jobs that have ended, and were submitted after a moment (epoch milliseconds); no children of arrays.

        Raises CallError.
        """

    def named_since(self, prefix: str, moment: int) -> Iterator[JobDetailTypeDef]:
        """Yield such jobs whose name begins with ``prefix`` (letters, digits, - and _). Raises CallError."""


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


def forgotten_words(batch: BatchClient) -> str:
    """Return what to say of a job that is not shown: why it may not be, as the end of a sentence without its stop."""
    memory = memory_of(batch)
    if memory is None:
        return "ended jobs are shown for about seven days, longer where the environment keeps a history"
    if memory.trouble:
        return f"its history cannot be read: {memory.trouble.rstrip('.')}"
    return "it is not in the environment's history either"
