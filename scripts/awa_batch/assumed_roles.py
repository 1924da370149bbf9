"""Credentials of an assumed role, kept on disk where the `aws` command keeps them: an MFA code is asked for once.

botocore keeps them in memory alone, so each command, and each client of a command, would ask again. The files are the
`aws` command's own (`~/.aws/cli/cache`, one for each role and session, mode 0600), under the same keys: what one of
them has asked for serves the other.
"""

from __future__ import annotations

import contextlib
import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.credentials import create_credential_resolver
from botocore.exceptions import BotoCoreError
from botocore.utils import JSONFileCache

if TYPE_CHECKING:
    from botocore.session import Session


class MfaNeededError(BotoCoreError):
    """An MFA code is needed, and there is no terminal to ask at."""

    fmt = "an MFA code is needed, and there is no terminal to ask for it"


class RoleCache(JSONFileCache):
    """The credentials of roles in a directory; in this process alone where that cannot be written, or is None."""

    def __init__(self, directory: Path | None) -> None:
        self._memory: dict[str, Any] = {}
        self._directory = directory
        super().__init__(str(directory))

    def __contains__(self, key: str) -> bool:
        return key in self._memory or (self._directory is not None and super().__contains__(key))

    def __getitem__(self, key: str) -> Any:
        if self._directory is not None:
            with contextlib.suppress(KeyError):  # first: another process may have renewed it
                return super().__getitem__(key)
        return self._memory[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._memory[key] = value
        if self._directory is not None:
            try:
                self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                super().__setitem__(key, value)
            except OSError:  # a home that cannot be written to: this process alone keeps it, past what lies there
                self._directory = None


_caches: dict[Path | None, RoleCache] = {}
"""One for each directory: all clients of a process share what it asked for."""


def cache_directory() -> Path | None:
    """Return the `aws` command's directory for credentials of roles, or None where there is no home."""
    home = Path(os.path.expanduser("~"))
    return home / ".aws" / "cli" / "cache" if home.is_absolute() and home.is_dir() else None


def keep_assumed_roles(session: Session, region: str | None) -> Session:
    """Let a session that has made no client yet keep the credentials of roles; return it.

    ``region`` is where roles are assumed if the profile names none.
    """
    directory = cache_directory()
    cache: Any = _caches.setdefault(directory, RoleCache(directory))  # the SDK takes whatever works like a dict

    def resolver() -> Any:
        made = create_credential_resolver(session, cache=cache, region_name=region)
        roles: Any = made.get_provider("assume-role")
        roles._prompter = _ask  # the resolver passes no prompter on
        return made

    session.lazy_register_component("credential_provider", resolver)
    return session


def _ask(prompt: str) -> str:
    """Ask at the terminal. getpass would take a line of stdin where there is none, which may be a file of rows."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise MfaNeededError from None
    try:
        return getpass.getpass(prompt)
    except EOFError:  # Ctrl-D: no answer of AWS's, as every other error of a call would be
        raise KeyboardInterrupt from None
