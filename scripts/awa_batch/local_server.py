"""The local AWS of this clone: found, started and stopped here. No other module of the toolkit knows local_batch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.errors import NoCloneError, NotAppliedError, ToolError, UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from local_batch.state import ServerInfo as ServerInfo


PROCESS_REGISTRY = "process.awa-batch.local"
"""Where images for local processes seem to come from: no registry, a name that the local AWS knows them by."""

_KEY_PREFIX = "AKIALOCAL"
"""How its access key ids begin: `local_batch.keys.PREFIX`, for where the package is not installed."""

VARIABLES = "AWA_BATCH_LOCAL"
"""Prefix of the variables that say what of this machine jobs may have: _HOST_MOUNTS (paths), _PRIVILEGED (1),
_MAX_VCPUS (of jobs at a time; default: its cores); and _KEEP_SECONDS (for which ended jobs are shown; default: 7
days)."""

_NUMBERS = {"max_vcpus": 8, "keep_seconds": 60}
"""Options that are numbers, each with one that it may be."""


class ServerGoneError(NotAppliedError):
    """The local AWS was killed, or the machine restarted: what it held in memory is gone, so rebuild ENV=local."""


@cache
def is_installed() -> bool:
    """Return whether the local AWS is a part of this installation: of a clone's, not of one from a wheel alone."""
    return find_spec("local_batch") is not None


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn the local Batch's own errors into the toolkit's, with what the toolkit can do about them."""
    if not is_installed():
        raise NoCloneError(
            "The local AWS is not installed here: it comes with a clone.",
            fix="Change into your clone and use its .venv, or name one that runs with AWS_ENDPOINT_URL.",
        )
    from local_batch import errors

    try:
        yield
    except errors.ServerGoneError as error:
        fix = ("Run ", Command("local", "up"), " (it rebuilds the environment from scratch).")
        raise ServerGoneError(error.what, fix=fix) from error
    except errors.NotRunningError as error:
        raise NotAppliedError(error.what, fix=("Run ", Command("local", "up"), ".")) from error
    except errors.ServerSilentError as error:
        fix = ("Try again, or take it down with its jobs: ", Command("local", "down"), ".")
        raise ToolError(error.what, fix=fix) from error
    except errors.RefusedError as error:
        raise ToolError(error.what, fix=("See the running jobs: ", Command("status"), ".")) from error
    except errors.UsageError as error:
        by = f"{VARIABLES}_{error.option.name.upper()}={error.option.value_text}" if error.option else ""
        raise UsageError(f"{by}{error.problem}", fix=error.fix) from error
    except errors.LocalBatchError as error:
        raise ToolError(error.what, fix=error.fix) from error


def server_status(state: Path) -> ServerInfo | None:
    """Return the running local AWS of a state directory, None where none was started or it was stopped cleanly.

    Raises ServerGoneError where it was killed, ToolError where its process is there but silent, NoCloneError where
    there can be none.
    """
    with _our_errors():
        from local_batch import lifecycle

        return lifecycle.status(state)


def keys_for(state: Path, endpoint_url: str) -> dict[str, str] | None:
    """Return the variables with the access keys of the local AWS at ``endpoint_url``, None where nobody knows them.

    They are those of the state directory's server where it has that address, else those that the environment names
    beside that very address: `awa-batch local env` exports them, and every job has them, or reads them there. Keys of
    an account, which begin otherwise, are never taken.
    """
    address = _address(endpoint_url)
    if is_installed():
        from local_batch.state import read

        info = read(state)
        # It answers on loopback too, whatever address it hands out.
        if info and info.keys and address in {_address(info.endpoint_url), f"http://127.0.0.1:{info.port}"}:
            return info.keys.variables()
    if _address(os.environ.get("AWS_ENDPOINT_URL", "")) != address:
        return None
    named = {name: os.environ.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    if not any(named.values()):
        named = _of_container(address)
    return named if named.get("AWS_ACCESS_KEY_ID", "").startswith(_KEY_PREFIX) else None


def _of_container(address: str) -> dict[str, str]:
    """Return the keys that a job of the local AWS at ``address`` reads there, {} where this is none."""
    from urllib.request import ProxyHandler, build_opener

    uri = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if not uri.startswith(f"{address}/"):
        return {}
    try:
        with build_opener(ProxyHandler({})).open(uri, timeout=5) as answer:
            found = json.load(answer)
        return {"AWS_ACCESS_KEY_ID": found["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def without_proxy(endpoint_url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which no program asks a company's proxy for the local AWS: it does not reach it.

    ``environ`` may have some already.
    """
    from local_batch.addresses import own_hosts

    hosts = ",".join(own_hosts(endpoint_url))
    return {name: ",".join(filter(None, (environ.get(name), hosts))) for name in ("NO_PROXY", "no_proxy")}


def _address(endpoint_url: str) -> str:
    """Return an address in the one form of all that mean the same."""
    return endpoint_url.rstrip("/").replace("//localhost:", "//127.0.0.1:")


def server_options() -> list[str]:
    """Return what the local AWS is started with, from its variables. Raises UsageError for what it would not take."""
    said = os.environ.get(f"{VARIABLES}_PRIVILEGED", "").strip().lower()
    privileged = said in ("1", "yes", "true", "y", "on")
    if not privileged and said not in ("", "0", "no", "false", "n", "off"):
        raise UsageError(f"{VARIABLES}_PRIVILEGED={said} is neither yes nor no.", fix="Set it to 1, or unset it.")
    asked: dict[str, Any] = {
        "process_registry": PROCESS_REGISTRY,
        "host_mounts": os.environ.get(f"{VARIABLES}_HOST_MOUNTS", ""),
        "privileged": "yes" if privileged else "no",
        "variables_prefix": VARIABLES,
    }
    for name, example in _NUMBERS.items():
        variable = f"{VARIABLES}_{name.upper()}"
        if said := os.environ.get(variable, "").strip():
            try:
                asked[name] = float(said)
            except ValueError:
                raise UsageError(
                    f"{variable}={said} is not a number.", fix=f"Set it to {example}, or unset it."
                ) from None
    with _our_errors():
        from local_batch import options

        options.check(asked)
        return options.as_arguments(asked)


def start_server(state: Path, runner: str, say: Callable[[str], None]) -> ServerInfo:
    """Start the local AWS, or return the running one. Raises ToolError where it does not come up."""
    given = server_options()
    with _our_errors():
        from local_batch import lifecycle

        return lifecycle.start(state, runner=runner, say=say, options=given)


def stop_server(state: Path) -> bool:
    """Stop the local AWS with its jobs and return whether one ran. Raises ToolError where it does not end."""
    with _our_errors():
        from local_batch import lifecycle

        return lifecycle.stop(state)


def reclaim(server: ServerInfo, job_id: str) -> list[str]:
    """Take the host of a running job away as a Spot reclaim does; return the jobs that ran there.

    Raises ServerGoneError, and ToolError with the server's words where it refuses.
    """
    with _our_errors():
        from local_batch import lifecycle

        return lifecycle.reclaim(server, job_id)


def server_log(state: Path) -> Path:
    """Return the local AWS's log; it is there once one has run."""
    with _our_errors():
        from local_batch.state import LOG

        return state / LOG


def job_journal(state: Path) -> Path:
    """Return the history of the local AWS's jobs, JSON lines; it is there once one has run."""
    with _our_errors():
        from local_batch.state import JOURNAL

        return state / JOURNAL
