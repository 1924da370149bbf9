"""Code of other repositories, fetched when a job starts: pinned, verified, kept in a cache, and made importable.

`use_repositories` does it for the list that the variable `AWA_BATCH_REPOSITORIES` names; run_batch.py calls it before a
job runs. For another command:

    python -m awa_runtime COMMAND [ARGUMENTS]
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from awa_runtime.json_text import JsonError, read_json
from awa_runtime.remote import S3, RemoteError, is_uri, read_uri

VARIABLE = "AWA_BATCH_REPOSITORIES"
"""The variable with the list: JSON (``[{"name": …}, …]``), its address (``s3://…``, ``ssm:…``), or a TOML file."""
CACHE = "AWA_BATCH_REPOSITORIES_CACHE"
"""The variable with the folder that fetched code is kept in; default ``/tmp/awa-batch-repositories``."""

EXIT_REFUSED = 2
EXIT_NOT_THERE = 3
EXIT_NO_ANSWER = 75
"""EX_TEMPFAIL of sysexits.h: a rule of the job's retry strategy may try again."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOVING = ("branch", "tag", "ref", "rev", "revision", "version")
_FIELDS = {
    "name": str, "url": str, "commit": str, "sha256": str, "token": str, "user": str, "strip_components": int,
}  # fmt: skip


class RepositoryError(Exception):
    """A repository is refused or could not be had; ``str()`` is one line and one of what to do.

    ``exit_code`` is 2 for a list that is wrong, 75 where nobody answered, 3 for all else that could not be had.
    """

    def __init__(self, problem: str, fix: str, exit_code: int = EXIT_NOT_THERE) -> None:
        super().__init__(f"{problem}\n  {fix}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Repository:
    """One repository: ``commit`` of a git server, or ``sha256`` of a tar archive by https, http or s3.

    ``token`` names the variable with a token for https; the first ``strip_components`` folders of an archive are left
    out.
    """

    name: str
    url: str
    commit: str = ""
    sha256: str = ""
    token: str = ""
    user: str = "x-access-token"
    strip_components: int = 0

    @property
    def pin(self) -> str:
        """What the code is held against."""
        return self.commit or self.sha256

    @property
    def secret(self) -> str:
        """The token itself. Raises RepositoryError where the variable is not set."""
        if not self.token:
            return ""
        if value := os.environ.get(self.token, "").strip():
            return value
        raise RepositoryError(
            f"{self.name}: the variable {self.token} is not set.",
            "Give it to the job as a secret: `secrets` of its entry in `jobs`.",
            EXIT_REFUSED,
        )


@dataclass(frozen=True)
class Fetched:
    """A repository that is there: its folder, and whether it was there before."""

    repository: Repository
    folder: Path
    cached: bool

    def __str__(self) -> str:
        one = self.repository
        return f"{one.name} {one.pin[:12]}: {'taken from the cache' if self.cached else f'fetched from {one.url}'}"


def use_repositories() -> list[Fetched]:
    """Fetch the repositories of `AWA_BATCH_REPOSITORIES`, make them importable, and return them; none: do nothing.

    Importable is what is in a repository's src/ where it has one, else what is at its root, in this process and in
    those that it starts (PYTHONPATH); ``image_version()`` tells them. Raises RepositoryError.
    """
    if not os.environ.get(VARIABLE):
        return []
    from awa_runtime.fetching import fetch  # subprocess, urllib: not for jobs that fetch nothing

    cache = Path(os.environ.get(CACHE) or Path(tempfile.gettempdir(), "awa-batch-repositories"))
    found = [fetch(one, cache) for one in read_list(os.environ[VARIABLE])]
    paths = [str(one.folder / "src" if (one.folder / "src").is_dir() else one.folder) for one in found]
    sys.path += [path for path in paths if path not in sys.path]
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*([before] if before else []), *paths])
    from awa_runtime.image import image_version

    told = dict(image_version().repositories) | {one.repository.name: one.repository.pin for one in found}
    os.environ["IMAGE_REPOSITORIES"] = json.dumps(told, separators=(",", ":"))
    return found


def read_list(text: str) -> list[Repository]:
    """Return the repositories of a list: JSON text, its address, or a TOML file. Raises RepositoryError."""
    import tomllib  # not for jobs that fetch nothing

    where = VARIABLE if text.lstrip().startswith(("[", "{")) else text
    try:
        if is_uri(text):
            entries = read_json(read_uri(text))
        elif where is VARIABLE:
            entries = read_json(text)
        else:
            content = tomllib.loads(Path(text).read_text(encoding="utf-8"))
            entries = content.get("repository") if set(content) <= {"repository"} else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, JsonError, RemoteError) as error:
        problem, _, fix = str(error).partition("\n  ")
        raise RepositoryError(
            f"{where}: the list of repositories cannot be read: {problem.rstrip('.')}.",
            fix or f"Correct it there, or name another list in {VARIABLE}.",
            EXIT_NOT_THERE if isinstance(error, RemoteError) else EXIT_REFUSED,
        ) from None
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise RepositoryError(
            f"{where} is no list of repositories.",
            "Write [[repository]] above each of them in TOML, [{…}, …] in JSON.",
            EXIT_REFUSED,
        )
    found = [_repository(where, number, entry) for number, entry in enumerate(entries, 1)]
    names = [one.name for one in found]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise RepositoryError(f"{where}: two repositories have the name {double}.", "Give each its own.", EXIT_REFUSED)
    return found


def _repository(where: str, number: int, entry: dict[str, Any]) -> Repository:
    """Check one entry of the list. Raises RepositoryError."""
    name = entry.get("name")
    at = f"{where}, repository {name if isinstance(name, str) and name else number}"

    def refuse(problem: str, fix: str) -> RepositoryError:
        return RepositoryError(f"{at}: {problem}.", fix, EXIT_REFUSED)

    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refuse(f"name {name!r} is no folder's name", "Write letters, digits, and . _ - after the first.")
    if moving := next((field for field in _MOVING if field in entry), None):
        raise refuse(
            f"{moving} {entry[moving]!r} may be other code tomorrow",
            "Write commit = the whole id, or sha256 of an archive.",
        )
    for field, value in entry.items():
        if field not in _FIELDS:
            raise refuse(f"there is no field {field}", f"The fields are {', '.join(_FIELDS)}.")
        if type(value) is not _FIELDS[field] or (isinstance(value, int) and value < 0):
            raise refuse(f"{field} {value!r} is no {_FIELDS[field].__name__} that it can have", "Correct it there.")
    found = Repository(**{"url": "", **entry})
    if bool(found.commit) == bool(found.sha256):
        raise refuse(
            "it needs commit (of a git server) or sha256 (of an archive)",
            "Write one of the two: what is not pinned may be other code tomorrow.",
        )
    if found.commit and not _COMMIT.fullmatch(found.commit):
        raise refuse(f"commit {found.commit!r} is no whole commit id", "Write all 40 digits, as `git ls-remote` does.")
    if found.sha256 and not _SHA256.fullmatch(found.sha256):
        raise refuse(f"sha256 {found.sha256!r} is no SHA-256", "Write the 64 digits that `sha256sum FILE` shows.")
    _check_url(found, refuse)
    return found


def _check_url(found: Repository, refuse: Any) -> None:
    parts = urlsplit(found.url)
    schemes = ("https",) if found.commit or found.token else ("https", "http", S3.removesuffix("://"))
    if parts.scheme not in schemes or not parts.netloc or not parts.path.strip("/"):
        raise refuse(
            f"url {found.url!r} is none of {', '.join(f'{scheme}://…' for scheme in schemes)}",
            "Write one: a commit and a token need https, an archive may also lie in S3.",
        )
    if "@" in parts.netloc:
        raise refuse(
            "its url holds a user or a password, which every log would show",
            'Take it out; write "token": "NAME", and give the job that variable as a secret.',
        )
