"""The options of the server: one statement, for the server's own command line and for the command that starts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_batch.addresses import LOOPBACK
from local_batch.errors import Given, UsageError, flag
from local_batch.rules import jobs as rules
from local_batch.rules.bounds import Bounds

RUNNERS = ("auto", "docker", "process")
PROCESS_REGISTRY = "process.local"
"""The host in the names of process images, unless the server is told another: ``process.local/NAME@sha256:DIGEST``."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ``positive``: a number above 0; ``bounds``: one within these."""

    name: str
    type: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    positive: bool = False
    bounds: Bounds | None = None

    @property
    def flag(self) -> str:
        """The option as it is written: ``--max-vcpus``."""
        return flag(self.name)


OPTIONS = (
    Option("runner", str, "auto", "what runs jobs; auto: containers where a Docker engine answers, else processes",
           choices=RUNNERS),
    Option("max_vcpus", float, None, "vCPUs of jobs at once over all environments (default: cores)", positive=True),
    Option("time_scale", float, 1.0, "how many times as fast Batch's minutes pass", positive=True),
    Option("stop_seconds", float, rules.STOP_SECONDS, "seconds from SIGTERM to SIGKILL", positive=True),
    Option("keep_seconds", float, rules.KEPT_SECONDS, "how long ended jobs stay visible", positive=True),
    Option("host", str, LOOPBACK, "address to listen on: loopback, or the Docker bridge's"),
    Option("port", int, 0, "port (0: any that is free)", bounds=Bounds(0, 65535)),
    Option("host_mounts", str, "", "folders of this machine that jobs may mount, separated as in PATH (/: any)"),
    Option("privileged", str, "no", "whether containers may be privileged", choices=("no", "yes")),
    Option("variables_prefix", str, "", "prefix of the variables that refusals name in place of these options"),
    Option("process_registry", str, PROCESS_REGISTRY, "host in the names of process images"),
)  # fmt: skip


def check(values: dict[str, Any]) -> None:
    """Refuse numbers that are out of bounds. ``values`` has the options by name. Raises UsageError."""
    for option in OPTIONS:
        value = values.get(option.name)
        if value is None:
            continue
        if option.positive and not value > 0:
            raise UsageError(": it must be above 0.", option=Given(option.name, value), fix="Give a number above 0.")
        if option.bounds is not None and not option.bounds.hold(value):
            raise UsageError(
                f": it must be {option.bounds}.", option=Given(option.name, value), fix="Give such a number, or none."
            )


def as_arguments(values: dict[str, Any]) -> list[str]:
    """Return the arguments of the server that say ``values``; those that are None or the default are left out."""
    found: list[str] = []
    for option in OPTIONS:
        value = values.get(option.name)
        if value is not None and value != option.default:
            found += [option.flag, str(value)]
    return found
