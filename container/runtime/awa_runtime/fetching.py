"""Fetch one repository into a cache: from a git server at a commit, or an archive with a SHA-256 by http or from S3."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import ssl
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar

from awa_runtime.archives import put_whole, unpack
from awa_runtime.remote import S3, RemoteError, read_object
from awa_runtime.repositories import EXIT_NO_ANSWER, Fetched, Repository, RepositoryError

T = TypeVar("T")

ATTEMPTS = 3
PAUSE = 2.0  # seconds before the second attempt, twice as many before the third
TIMEOUT = 30.0  # seconds in which a server must answer or send something

_NETWORK = (
    "Give the job a way there (NAT, a proxy, or S3's endpoint and an archive in S3), or build the code into the image."
)
_UNREACHED = (
    "could not resolve",
    "failed to connect",
    "could not connect",
    "timed out",
    "unreachable",
    "reset by peer",
)
_REFUSED_COMMIT = ("not our ref", "unadvertised", "does not allow", "couldn't find remote ref")


class _NoAnswerError(OSError):
    """A server did not answer, or said that it cannot now: worth another attempt."""


def fetch(repository: Repository, cache: Path) -> Fetched:
    """Return the repository from ``cache``, fetching it there first if need be. Raises RepositoryError.

    Its folder is there whole or not at all; of several jobs that start at once on one machine with one cache, one
    fetches and the others wait for it.
    """
    strip = f"-{repository.strip_components}" if repository.strip_components else ""
    folder = cache / f"{repository.pin}{strip}"
    secret = repository.secret  # refused before anything is asked
    try:
        if _is_there(repository, folder):
            return Fetched(repository, folder, cached=True)
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(cache / f".{folder.name}.lock"):
            if _is_there(repository, folder):
                return Fetched(repository, folder, cached=True)
            if repository.commit:
                put_whole(folder, lambda part: _again(repository, lambda: _clone(repository, secret, part)))
            else:
                archive = _again(repository, lambda: _archive(repository, secret))
                put_whole(folder, lambda part: _unpacked(repository, archive, part))
    except OSError as error:
        raise RepositoryError(
            f"{repository.name}: {cache} cannot be written to: {error.strerror or error}.",
            "Give the job more room there, or name another folder in AWA_BATCH_REPOSITORIES_CACHE.",
        ) from None
    return Fetched(repository, folder, cached=False)


def _is_there(repository: Repository, folder: Path) -> bool:
    """Return whether the folder is there; what somebody else put into a folder that all may write to is refused."""
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return False
    if owner != os.getuid():
        raise RepositoryError(
            f"{repository.name}: {folder} belongs to another user (id {owner}), who may have put anything there.",
            "Name a cache of the job's own user in AWA_BATCH_REPOSITORIES_CACHE.",
        )
    return True


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, where the file system has locks; without them both may fetch."""
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _again(repository: Repository, ask: Callable[[], T]) -> T:
    """Ask up to `ATTEMPTS` times while nobody answers. Raises RepositoryError."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except _NoAnswerError as error:
            if attempt == ATTEMPTS:
                raise RepositoryError(
                    f"{repository.name}: {repository.url} does not answer ({ATTEMPTS} attempts): {error}.",
                    _NETWORK,
                    EXIT_NO_ANSWER,
                ) from None
            time.sleep(PAUSE * attempt)
    raise AssertionError  # the last attempt returned or raised


# ------------------------------------------------------------------ archives


def _archive(repository: Repository, secret: str) -> bytes:
    """Return the archive, verified. Raises RepositoryError and _NoAnswerError."""
    url = repository.url
    if url.startswith(S3):
        try:
            archive = read_object(url)
        except FileNotFoundError:
            raise RepositoryError(f"{repository.name}: there is no {url}.", "Check bucket and key.") from None
        except RemoteError as error:  # botocore made its attempts
            problem, _, fix = str(error).partition("\n  ")
            raise RepositoryError(f"{repository.name}: {problem}", fix) from None
    else:
        archive = _download(repository, secret)
    digest = hashlib.sha256(archive).hexdigest()
    if digest != repository.sha256:
        raise RepositoryError(
            f"{repository.name}: {url} is another archive: its SHA-256 is {digest}, not {repository.sha256}.",
            "Find out who changed it; nothing of it was used.",
        )
    return archive


def _download(repository: Repository, secret: str) -> bytes:
    request = urllib.request.Request(repository.url)  # noqa: S310 - only http and https get here
    if secret:  # for this server alone, not for where it may send us
        request.add_unredirected_header("Authorization", f"Bearer {secret}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code in (408, 429) or error.code >= 500:
            raise _NoAnswerError(f"{error.code} {error.reason}") from None
        raise RepositoryError(
            f"{repository.name}: {repository.url} answers {error.code} {error.reason}.", "Check url and token."
        ) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise RepositoryError(
                f"{repository.name}: {repository.url} cannot prove who it is: {reason.verify_message}.",
                "Name the company's CA bundle in SSL_CERT_FILE.",
            ) from None
        raise _NoAnswerError(str(reason).rstrip(".") or type(error).__name__) from None


def _unpacked(repository: Repository, archive: bytes, folder: Path) -> None:
    try:
        unpack(archive, folder, repository.strip_components)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise RepositoryError(
            f"{repository.name}: {repository.url} cannot be unpacked: {' '.join(str(error).split()).rstrip('.')}.",
            "Make it with `git archive --format=tar.gz COMMIT`.",
        ) from None
    if not any(folder.iterdir()):
        raise RepositoryError(
            f"{repository.name}: nothing is left of {repository.url} without {repository.strip_components} folders.",
            "Write a smaller strip_components.",
        )


# ------------------------------------------------------------------ git


def _clone(repository: Repository, secret: str, folder: Path) -> None:
    """Put the files of the commit into ``folder``. Raises RepositoryError and _NoAnswerError."""
    variables = _git_environment(repository, secret)

    def git(*arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, errors="replace", check=False,
                env=variables, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError:
            raise RepositoryError(
                f"{repository.name}: there is no git in this image.",
                "Use an image that has it (container/multi_repo/runtime_download), or an archive with its sha256.",
            ) from None
        if done.returncode == 0:
            return done.stdout.strip()
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or [f"code {done.returncode}"]
        problem = next((line for line in lines if line.startswith("fatal:")), lines[-1]).rstrip(".")
        if any(words in done.stderr.lower() for words in _UNREACHED):
            raise _NoAnswerError(problem)
        raise _GitError(problem)

    for left in folder.iterdir():  # of an attempt before
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    try:
        git("init", "--quiet", f"--object-format={'sha1' if len(repository.commit) == 40 else 'sha256'}")
        git("remote", "add", "origin", repository.url)
        try:
            git("fetch", "--quiet", "--depth=1", "--no-tags", "origin", repository.commit)
        except _GitError as error:  # a server that gives branches and tags only
            if not any(words in str(error) for words in _REFUSED_COMMIT):
                raise
            git("fetch", "--quiet", "--tags", "origin")
        git("checkout", "--quiet", "--detach", repository.commit)
        commit = git("rev-parse", "HEAD")
    except _GitError as error:
        raise RepositoryError(
            f"{repository.name}: {repository.url} could not be had at {repository.commit}: {error}.",
            "Check url and commit, and that the token may read it.",
        ) from None
    if commit != repository.commit:  # git computed it from what it got
        raise RepositoryError(
            f"{repository.name}: git gave {commit}, not {repository.commit}.", "Check url and commit."
        )
    shutil.rmtree(folder / ".git")


class _GitError(Exception):
    """What git said where it failed."""


def _git_environment(repository: Repository, secret: str) -> dict[str, str]:
    """Return the variables with which git asks nobody for anything and checks what it gets."""
    settings = {
        "advice.detachedHead": "false",
        "fetch.fsckObjects": "true",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": f"{TIMEOUT:.0f}",
        "protocol.allow": "never",
        "protocol.https.allow": "always",
    }
    given = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if secret:  # in a variable of git alone, not among its arguments, which others may see
        settings[f"credential.{repository.url}.helper"] = (
            '!f() { test "$1" != get || printf "username=%s\\npassword=%s\\n" "$_GIT_USER" "$_GIT_TOKEN"; }; f'
        )
        settings["credential.useHttpPath"] = "true"
        given |= {"_GIT_USER": repository.user, "_GIT_TOKEN": secret}
    if bundle := os.environ.get("SSL_CERT_FILE"):
        given["GIT_SSL_CAINFO"] = bundle
    given["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (name, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {**os.environ, **given}
