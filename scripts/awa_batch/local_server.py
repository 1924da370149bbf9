"""The local AWS of this clone: found, started and stopped here, and nowhere else in the toolkit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.errors import NotAppliedError, ToolError

if TYPE_CHECKING:
    from local_batch.info import ServerInfo


class ServerGoneError(NotAppliedError):
    """The local AWS was killed, or the machine restarted: what it held in memory is gone, so rebuild ENV=local."""


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn the local Batch's own errors into the toolkit's."""
    from local_batch import errors, lifecycle

    try:
        yield
    except lifecycle.ServerGoneError as error:
        raise ServerGoneError(error.what, fix=error.fix) from error
    except errors.NotRunningError as error:
        raise NotAppliedError(error.what, fix=error.fix) from error
    except errors.LocalBatchError as error:
        raise ToolError(error.what, fix=error.fix) from error


def server_status(state: Path) -> ServerInfo | None:
    """Return the running local AWS of a state directory, None where none was started or it was stopped cleanly.

    Raises ServerGoneError where it was killed, ToolError where its process is there but silent.
    """
    from local_batch import lifecycle

    with _our_errors():
        return lifecycle.status(state)


def start_server(state: Path, runner: str, say: Callable[[str], None]) -> ServerInfo:
    """Start the local AWS, or return the running one. Raises ToolError where it does not come up."""
    from local_batch import lifecycle

    with _our_errors():
        return lifecycle.start(state, runner=runner, say=say)


def stop_server(state: Path) -> bool:
    """Stop the local AWS with its jobs and return whether one ran. Raises ToolError where it does not end."""
    from local_batch import lifecycle

    with _our_errors():
        return lifecycle.stop(state)


def reclaim(server: ServerInfo, job_id: str) -> list[str]:
    """Take the host of a running job away as a Spot reclaim does; return the jobs that ran there.

    Raises ServerGoneError, and ToolError with the server's words where it refuses.
    """
    from local_batch import lifecycle

    with _our_errors():
        return lifecycle.reclaim(server, job_id)
