"""The options of the server: one statement, for the server's own command line and for the command that starts it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from local_batch.addresses import LOOPBACK, check_reach
from local_batch.errors import Given, UsageError, flag
from local_batch.rules import jobs as rules
from local_batch.rules.bounds import Bounds

YEAR = 366 * 86_400
RUNNERS = ("auto", "docker", "process")
PROCESS_REGISTRY = "process.local"
"""The host in the names of process images, unless the server is told another: ``process.local/NAME@sha256:DIGEST``."""

EC2_QUEUE, FARGATE_QUEUE = "default", "default-fargate"
"""The queues of ``queues default``, and their environments."""


_HOST_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ``positive``: a number above 0; ``bounds``: one within these; ``form``: of a text, and its name."""

    name: str
    type: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    positive: bool = False
    bounds: Bounds | None = None
    form: tuple[str, str] | None = None

    @property
    def flag(self) -> str:
        """The option as it is written: ``--max-vcpus``."""
        return flag(self.name)


OPTIONS = (
    Option("runner", str, "auto", "what runs jobs; auto: containers where a Docker engine answers, else processes",
           choices=RUNNERS),
    Option("max_vcpus", float, None, "vCPUs of jobs at once over all environments (default: cores)", positive=True,
           bounds=Bounds(0, 100_000)),
    Option("time_scale", float, 1.0, "how many times as fast Batch's minutes pass", positive=True,
           bounds=Bounds(0, 1e6)),
    Option("stop_seconds", float, rules.STOP_SECONDS, "seconds from SIGTERM to SIGKILL", positive=True,
           bounds=Bounds(0, 86_400)),
    Option("keep_seconds", float, rules.KEPT_SECONDS, "how long ended jobs stay visible", positive=True,
           bounds=Bounds(0, YEAR)),
    Option("queues", str, "none", "default: an EC2 and a Fargate queue in every region, with an environment each",
           choices=("none", "default")),
    Option("upstream", str, "", "address of another emulator that answers for every service but Batch",
           form=("an address such as http://127.0.0.1:4566", r"https?://[A-Za-z0-9._\[\]:-]{1,300}/?")),
    Option("upstream_reset", str, "", "path there that resets it, by POST",
           form=("a path such as /moto-api/reset", r"/[!-~]{0,500}")),
    Option("host", str, LOOPBACK, "address to listen on: loopback, or the Docker bridge's; any with host names"),
    Option("host_names", str, "", "names, with commas, by which others than this machine may call it",
           form=("names of hosts with commas between them", rf"{_HOST_NAME}(,{_HOST_NAME}){{0,49}}")),
    Option("port", int, 0, "port (0: any that is free)", bounds=Bounds(0, 65535)),
    Option("host_mounts", str, "", "folders of this machine that jobs may mount, separated as in PATH (/: any)"),
    Option("privileged", str, "no", "whether containers may be privileged", choices=("no", "yes")),
    Option("variables_prefix", str, "", "prefix of the variables that refusals name in place of these options",
           form=("the beginning of variables' names", r"[A-Z][A-Z0-9_]{0,99}")),
    Option("process_registry", str, PROCESS_REGISTRY, "host in the names of process images",
           form=("the name of a host", rf"{_HOST_NAME}(:[0-9]{{1,5}})?")),
)  # fmt: skip


def check(values: dict[str, Any]) -> None:
    """Refuse what no server takes, before one is stopped or started for it. Raises UsageError.

    ``values`` has the options by name: numbers are within bounds, names have their form, folders are absolute.
    """
    if values.get("host"):
        check_reach(values["host"], for_others=bool(values.get("host_names")))
    if values.get("host_mounts"):
        named_folders(values["host_mounts"])
    if values.get("upstream_reset") and not values.get("upstream"):
        given = Given("upstream_reset", values["upstream_reset"])
        raise UsageError(" resets nothing without an upstream.", option=given, fix="Give the upstream's address too.")
    for option in OPTIONS:
        value = values.get(option.name)
        if value is None:
            continue
        if option.form and value and not re.fullmatch(option.form[1], value):
            raise UsageError(f" is not {option.form[0]}.", option=Given(option.name, value), fix="Leave it out.")
        if option.positive and not value > 0:  # nan is not
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


def named_hosts(host_names: str) -> list[str]:
    """Return the names of ``host_names``."""
    return [name for name in host_names.split(",") if name]


def named_folders(host_mounts: str) -> list[str]:
    """Return the folders of ``host_mounts``, which are absolute paths, as in PATH. Raises UsageError."""
    named = [folder for folder in host_mounts.split(os.pathsep) if folder]
    for folder in named:
        if not os.path.isabs(folder):
            fix = "Give absolute paths, separated as in PATH."
            raise UsageError(": it is not an absolute path.", option=Given("host_mounts", folder), fix=fix)
    return named
