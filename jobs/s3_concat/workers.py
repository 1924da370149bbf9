"""Threads that work beside each other on bounded memory, and stop at the first error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

PATIENCE = 2.0
"""Seconds that requests under way are waited for when the job is told to end: AWS Batch kills it after 30."""


class Workers:
    """Pools that end together. ``stop`` is set at the first error, for work that looks at it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._pools: list[ThreadPoolExecutor] = []
        self._all: set[Future[Any]] = set()

    def pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        """Return a new pool."""
        self._pools.append(ThreadPoolExecutor(threads, name))
        return self._pools[-1]

    def submit(self, pool: ThreadPoolExecutor, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have work done, and remember it for the end."""
        future = pool.submit(work, *arguments)
        self._all.add(future)
        future.add_done_callback(self._all.discard)
        return future

    @contextmanager
    def until_the_end(self) -> Iterator[None]:
        """Have all pools end, whatever happens: what waits is dropped after an error, what runs is waited for."""
        patience: float | None = None
        try:
            yield
        except BaseException as error:
            self.stop.set()
            patience = None if isinstance(error, Exception) else PATIENCE
            raise
        finally:
            for pool in self._pools:
                pool.shutdown(wait=False, cancel_futures=True)
            wait(set(self._all), timeout=patience)


def results(futures: list[Future[Any]]) -> None:
    """Wait for all; raise the first error as soon as there is one."""
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
