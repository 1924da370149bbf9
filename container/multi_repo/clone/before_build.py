"""Read repositories.toml, refuse what is not pinned, and say which commits and secrets the build gets.

Run by `awa-batch build` before the build, and by clone.py in it. What is wrong goes to stderr, with exit code 2.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

FILE = "repositories.toml"
KNOWN_HOSTS = "known_hosts"
SSH_KEY = "GIT_SSH_KEY"
"""The variable that names a key file without a passphrase, for builds without an ssh agent."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""A whole commit id, SHA-1 or SHA-256: it names one state of a repository and can be moved by nobody."""
_SSH = re.compile(r"[A-Za-z0-9._-]+@(?P<host>[A-Za-z0-9.-]+):(?!//)\S+")
_MOVING = ("branch", "tag", "ref", "rev", "revision")
_FIELDS = ("name", "url", "commit", "token", "user", "submodules")


class RefusedError(Exception):
    """Something in repositories.toml or around it is wrong; ``str()`` is one line and one of what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}\n  {fix}")


@dataclass(frozen=True)
class Repository:
    """One other repository. ``token`` names the variable with a token for https, ``user`` who it belongs to."""

    name: str
    url: str
    commit: str
    token: str = ""
    user: str = "x-access-token"
    submodules: bool = False

    @property
    def ssh_host(self) -> str:
        """The server as known_hosts has it, where the repository is reached by ssh; else empty."""
        if found := _SSH.fullmatch(self.url):
            return found["host"]
        parts = urlsplit(self.url)
        if parts.scheme != "ssh":
            return ""
        return f"[{parts.hostname}]:{parts.port}" if parts.port not in (None, 22) else str(parts.hostname)


def read_repositories(folder: Path) -> list[Repository]:
    """Return the repositories that ``folder``/repositories.toml names. Raises RefusedError."""
    path = folder / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedError(f"{path} cannot be read: {error}.", "Correct it there.") from None
    entries = content.get("repository", [])
    if set(content) - {"repository"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise RefusedError(f"{path} is no list of repositories.", "Write [[repository]] above each of them.")
    if not entries:
        raise RefusedError(f"{path} names no repository.", "Add one: [[repository]] with name, url and commit.")
    found = [_repository(path, number, entry) for number, entry in enumerate(entries, 1)]
    names = [one.name for one in found]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise RefusedError(f"{path}: two repositories have the name {double}.", "Give each its own.")
    _check_hosts(folder, found)
    return found


def _repository(path: Path, number: int, entry: dict[str, Any]) -> Repository:
    name = entry.get("name")
    at = f"{path}, repository {name if isinstance(name, str) and name else number}"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RefusedError(
            f"{at}: name {name!r} is no folder's name.", "Write letters, digits, and . _ - after the first."
        )
    if moving := next((field for field in _MOVING if field in entry), None):
        raise RefusedError(
            f"{at}: {moving} {entry[moving]!r} may be another commit tomorrow.",
            f"Write commit = the id that `git ls-remote {entry.get('url', 'URL')}` shows for it.",
        )
    if unknown := next((field for field in entry if field not in _FIELDS), None):
        raise RefusedError(f"{at}: there is no field {unknown}.", f"The fields are {', '.join(_FIELDS)}.")
    for field in _FIELDS:
        kind = bool if field == "submodules" else str
        if field in entry and not isinstance(entry[field], kind):
            raise RefusedError(f"{at}: {field} {entry[field]!r} is no {kind.__name__}.", "Correct it there.")
    found = Repository(**{"url": "", "commit": "", **entry})
    if not _COMMIT.fullmatch(found.commit):
        raise RefusedError(
            f"{at}: commit {found.commit!r} is no whole commit id, and what is not may be another commit tomorrow.",
            f"Write all 40 digits, as `git ls-remote {found.url or 'URL'}` shows them.",
        )
    _check_url(at, found)
    return found


def _check_url(at: str, found: Repository) -> None:
    if found.ssh_host:
        if found.token:
            raise RefusedError(f"{at}: token is for https, and the url is ssh's.", "Leave one of the two out.")
        return
    parts = urlsplit(found.url)
    if parts.scheme != "https" or not parts.hostname:
        raise RefusedError(
            f"{at}: url {found.url!r} is neither https nor ssh.",
            "Write https://HOST/PATH or git@HOST:PATH: others neither prove who answers nor hide a token.",
        )
    if parts.username or parts.password:
        raise RefusedError(
            f"{at}: its url holds a user or a password, which would be in git and in the image's history.",
            'Take it out; write token = "NAME", and give the token in that variable.',
        )


def _check_hosts(folder: Path, found: list[Repository]) -> None:
    path = folder / KNOWN_HOSTS
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}.", "Put it back; it may be empty.") from None
    known = {host for words in lines if not words[0].startswith("#") for host in words[0].split(",")}
    hashed = any(host.startswith("|1|") for host in known)  # which cannot be told apart
    for one in found:
        if one.ssh_host and one.ssh_host not in known and not hashed:
            raise RefusedError(
                f"{folder / FILE}, repository {one.name}: {path.name} has no key of {one.ssh_host}.",
                "Add the key that its owner publishes, else anyone could answer in its place.",
            )


def credentials(found: list[Repository]) -> str:
    """Return the tokens as git-credential-store(1) has them, each for its repository alone. Raises RefusedError."""
    lines = []
    for one in found:
        if not one.token:
            continue
        token = os.environ.get(one.token, "").strip()
        if not token:
            raise RefusedError(
                f"{FILE}, repository {one.name}: the variable {one.token} is not set.",
                "Set it to a token that may read this repository and nothing else.",
            )
        parts = urlsplit(one.url)
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        lines.append(f"https://{quote(one.user, safe='')}:{quote(token, safe='')}@{host}{parts.path}\n")
    return "".join(lines)


def ssh_option(found: list[Repository]) -> str:
    """Return what `docker build --ssh` gets: the agent, or the key of GIT_SSH_KEY; empty where no ssh is needed."""
    first = next((one for one in found if one.ssh_host), None)
    if first is None:
        return ""
    if key := os.environ.get(SSH_KEY):
        if not Path(key).expanduser().is_file():
            raise RefusedError(f"{SSH_KEY}={key}: there is no such file.", "Name a key file without a passphrase.")
        return f"default={Path(key).expanduser().resolve()}"
    if not os.environ.get("SSH_AUTH_SOCK"):
        raise RefusedError(
            f"{FILE}, repository {first.name} is reached by ssh, and there is no ssh agent.",
            f"Start one and add your key (ssh-add), or name a key file in {SSH_KEY}.",
        )
    return "default"


def main() -> int:
    """Check, and print what the build gets."""
    try:
        found = read_repositories(Path(os.path.relpath(Path(__file__).parent)))
        secret = credentials(found)
        answer = {
            "repositories": {one.name: one.commit for one in found},
            "secrets": {"git_credentials": secret} if secret else {},
            "ssh": ssh_option(found),
        }
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
