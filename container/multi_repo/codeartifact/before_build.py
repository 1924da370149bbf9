"""Check requirements.lock and index.toml, and give the build what it needs to read the private index.

Run by `awa-batch build` before the build, and by lock.py. What is wrong goes to stderr: exit code 2 for what is refused
here, 3 for what AWS refuses.
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
from urllib.parse import urlsplit

HERE = Path(os.path.relpath(Path(__file__).parent))
LOCK = HERE / "requirements.lock"
BASE_LOCK = next(parent for parent in Path(__file__).parents if parent.name == "container") / "latest/requirements.lock"
INDEX = HERE / "index.toml"
TOKEN_SECONDS = 900
"""The shortest life of a CodeArtifact token (GetAuthorizationToken, durationSeconds): a build needs minutes."""

_FIELDS = {"codeartifact": ("domain", "owner", "repository", "region"), "index": ("url", "user", "token")}
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9,._ -]+\])?==(?P<version>[^\s;*]+)(?: ;.*)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_RELOCK = f"Lock again: .venv/bin/python {HERE / 'lock.py'}"


class RefusedError(Exception):
    """Something is wrong; ``str()`` is one line and one of what to do."""

    def __init__(self, problem: str, fix: str, exit_code: int = 2) -> None:
        super().__init__(f"{problem}\n  {fix}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Access:
    """How to read the private index."""

    url: str
    user: str
    token: str


def pins(lock: Path) -> dict[str, str]:
    """Return the packages of a lock, name → version. Raises RefusedError for what is not pinned, and names no index."""
    found = {}
    text = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8"))
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        hashes = [word for word in words if word.startswith("--")]
        rest = " ".join(word for word in words if not word.startswith("--"))
        if not words:
            continue
        pin = _PIN.fullmatch(rest)
        if pin is None or not hashes or not all(_HASH.fullmatch(word) for word in hashes):
            shown = re.sub(r"//[^/@\s]*@", "//…@", rest or line.strip())
            raise RefusedError(f"{lock}: {shown[:80]!r} is not pinned to a version with its hash.", _RELOCK)
        found[re.sub(r"[-_.]+", "-", pin["name"]).lower()] = pin["version"]
    return found


def check_lock() -> None:
    """Refuse a lock that is empty, or that would change what container/latest has locked. Raises RefusedError."""
    own, base = pins(LOCK), pins(BASE_LOCK)
    if not own:
        raise RefusedError(
            f"{LOCK} names no package.", f"Name them in {HERE / 'pyproject.toml'}, then: {_RELOCK.partition(': ')[2]}"
        )
    for name, version in own.items():
        if base.get(name, version) != version:
            raise RefusedError(
                f"{LOCK} has {name} {version}, and container/latest has {base[name]}: there is one environment.",
                _RELOCK,
            )


def access() -> Access:
    """Return how to read the index of index.toml, with a new token. Raises RefusedError."""
    try:
        content = tomllib.loads(INDEX.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedError(f"{INDEX} cannot be read: {error}.", "Correct it there.") from None
    kinds = sorted(content)
    if len(kinds) != 1 or kinds[0] not in _FIELDS or not isinstance(content[kinds[0]], dict):
        raise RefusedError(
            f"{INDEX} names no index." if not kinds else f"{INDEX} names {' and '.join(kinds)}.",
            "Write one of [codeartifact] and [index].",
        )
    kind, given = kinds[0], content[kinds[0]]
    for field in _FIELDS[kind]:
        if not isinstance(given.get(field), str) or not given[field]:
            raise RefusedError(f"{INDEX}: [{kind}] has no {field}.", f"Its fields are {', '.join(_FIELDS[kind])}.")
    if unknown := sorted(set(given) - set(_FIELDS[kind])):
        raise RefusedError(
            f"{INDEX}: [{kind}] has no field {unknown[0]}.", f"Its fields are {', '.join(_FIELDS[kind])}."
        )
    return code_artifact(**given) if kind == "codeartifact" else other_index(**given)


def other_index(url: str, user: str, token: str) -> Access:
    """Return the access to an index by its address, the token from the variable ``token``. Raises RefusedError."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise RefusedError(f"{INDEX}: the url is not https://HOST/PATH, without a user.", "Write it so.")
    if not os.environ.get(token):
        raise RefusedError(f"{INDEX}: the variable {token} is not set.", "Set it to a token that may read the index.")
    return Access(url, user, os.environ[token].strip())


def code_artifact(domain: str, owner: str, repository: str, region: str) -> Access:
    """Return the access to a repository of AWS CodeArtifact. Raises RefusedError.

    The token is the user ``aws``'s ("Using CodeArtifact with Python", CodeArtifact User Guide), and the index is
    ``simple/`` below the repository's endpoint for pypi.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    make: Any = boto3.client
    try:
        client = make("codeartifact", region_name=region)
        where = {"domain": domain, "domainOwner": owner}
        endpoint = client.get_repository_endpoint(**where, repository=repository, format="pypi")["repositoryEndpoint"]
        token = client.get_authorization_token(**where, durationSeconds=TOKEN_SECONDS)["authorizationToken"]
    except ClientError as error:
        denied = error.response.get("Error", {}).get("Code") == "AccessDeniedException"
        raise RefusedError(
            f"CodeArtifact gives no access to {domain}/{repository} in {region}: {_line(error)}",
            "You need codeartifact:GetAuthorizationToken, GetRepositoryEndpoint and ReadFromRepository, and "
            "sts:GetServiceBearerToken."
            if denied
            else f"Check {INDEX}.",
            3,
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise RefusedError(
            f"CodeArtifact cannot be asked for a token: {_line(error)}",
            "Check credentials (AWS_PROFILE), region and network.",
            3,
        ) from None
    return Access(f"{endpoint.rstrip('/')}/simple/", "aws", token)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."


def main() -> int:
    """Check, and print what the build gets."""
    try:
        check_lock()
        found = access()
    except RefusedError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    secrets = {"private_index": found.url, "private_index_user": found.user, "private_index_token": found.token}
    print(json.dumps({"secrets": secrets}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
