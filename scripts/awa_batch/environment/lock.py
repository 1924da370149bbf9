"""One at a time: who changes an environment in several steps holds a lock, kept by all machines that work on it.

Terraform's lock of the state guards one plan or apply; a release and a roll of compute are several of them, with jobs
watched in between. The lock is an object in the environment's data bucket, made and taken over by conditional writes.
Its holder renews it; a holder that is gone (a killed process, a machine that sleeps) loses it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awa_batch.batch.failures import CallError
from awa_batch.batch.stored_json import Stored, StoredJson
from awa_batch.errors import ToolError, UsageError
from awa_batch.files import HeldError, lock
from awa_batch.paths import state_dir

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.text import Say

KEY = "contract/lock.json"
"""Beside the published contract, where who deploys may write."""

RENEW = 20.0
"""Seconds between two renewals."""

STALE = 180.0
"""Seconds without a renewal, by S3's clock, after which another machine takes the lock over."""


@dataclass
class Held:
    """The lock, held. `check` before each step that changes something."""

    object: StoredJson
    value: dict[str, Any]
    version: str
    before: dict[str, Any] = field(default_factory=dict)
    """What a command had said in it that is gone, and whose lock this was; {} where it was free."""
    lost: str = ""
    ends: threading.Event = field(default_factory=threading.Event)
    writing: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raise ToolError where another machine has taken the lock over: this one has been silent for too long."""
        if self.lost:
            raise ToolError(
                f"The lock of this environment is no longer this command's: {self.lost}",
                fix="See what the other one does, then run the command again: it goes on where it was.",
            )

    def say(self, **more: Any) -> None:
        """Write more into the lock, for whoever takes it over where this command is killed (`before`)."""
        self.renew(**more)

    def renew(self, **more: Any) -> None:
        """Say that the holder is still there. Where AWS does not answer, the next renewal is in time."""
        with self.writing:
            self._renew(more)

    def _renew(self, more: dict[str, Any]) -> None:
        value = self.value | more | {"renewed": int(self.value["renewed"]) + 1}
        try:
            version = self.object.write(value, over=self.version)
            if version is None and (now := self.object.read()) is not None and now.value.get("id") == self.value["id"]:
                version = now.version  # an answer was lost, and the write was done
        except CallError:
            return
        if version is None:
            self.lost = "another command has taken it over."
        else:
            self.value, self.version = value, version

    def keep(self) -> None:
        """Renew until the end, or until it is lost."""
        while not self.lost and not self.ends.wait(RENEW):
            self.renew()


@contextmanager
def environment_held(clients: Clients, what: str, say: Say) -> Iterator[Held]:
    """Hold the lock of the contract's environment for ``what`` ("release promote").

    Raises UsageError where another command holds it, on this machine or on another; CallError.
    """
    contract = clients.contract
    there = StoredJson(clients.make("s3"), contract.data_bucket.name, KEY)
    try:
        # A process of this clone that has gone is known by the kernel's lock, without waiting.
        own = lock(state_dir() / f"change-{contract.environment}.lock", wait=False)
    except HeldError as held:
        raise _taken(contract.environment, f"by process {held.pid} of this clone") from None
    try:
        found = _acquired(there, what, contract.environment, say)
        renewing = threading.Thread(target=found.keep, name="lock", daemon=True)
        renewing.start()
        try:
            yield found
        finally:
            found.ends.set()
            renewing.join()
            if not found.lost:
                with contextlib.suppress(CallError):  # it is stale soon
                    there.remove()
    finally:
        os.close(own)


def _acquired(there: StoredJson, what: str, environment: str, say: Say) -> Held:
    place = f"{platform.node()}:{state_dir()}"
    value = {
        "id": secrets.token_hex(8),
        "what": what,
        "who": f"{getpass.getuser()}@{platform.node()}",
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "place": place,
        "renewed": 0,
    }
    for _ in range(5):
        if (version := there.write(value, over=None)) is not None:
            return Held(there, value, version)
        found = there.read()
        if found is None:
            continue  # it was given back meanwhile
        if found.value.get("id") == value["id"]:
            return Held(there, value, found.version)  # the answer to the first write was lost
        if found.value.get("place") != place and found.age < STALE:
            raise _taken(environment, _told(found))
        say(f"The lock of {environment} is taken over: {_told(found)}, and that command is gone.")
        kept = {name: said for name, said in found.value.items() if name not in value} | value
        if (version := there.write(kept, over=found.version)) is not None:
            return Held(there, kept, version, before=found.value)
    raise _taken(environment, "by several commands at once")


def _told(found: Stored) -> str:
    value = found.value
    return f"{value.get('what', '?')} by {value.get('who', '?')} since {value.get('since', '?')}"


def _taken(environment: str, how: str) -> UsageError:
    return UsageError(
        f"Environment {environment} is being changed: {how}.",
        fix=f"Wait until that command has ended. If its machine is gone, the lock is free {STALE / 60:.0f} min after.",
    )
