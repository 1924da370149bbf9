"""Clone the repositories of repositories.toml, each at its commit. The Dockerfile runs it; usage: clone.py FOLDER."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from before_build import (  # type: ignore[import-not-found]  # beside this file
    KNOWN_HOSTS,
    RefusedError,
    Repository,
    read_repositories,
)

SECRETS = Path("/run/secrets")


def environment(folder: Path) -> dict[str, str]:
    """Return the variables with which git asks nobody for anything, and knows what the build's secrets hold."""
    known = f"-o UserKnownHostsFile={folder / KNOWN_HOSTS} -o GlobalKnownHostsFile=/dev/null"
    store = f"git credential-store --file {SECRETS}/git_credentials"
    settings = {
        # Only asked, never written to; a token is for the repository that it stands at.
        "credential.helper": f'!f() {{ test "$1" != get || {store} get; }}; f',
        "credential.useHttpPath": "true",
        "advice.detachedHead": "false",
        "protocol.allow": "never",
        "protocol.https.allow": "always",
        "protocol.ssh.allow": "always",
    }
    given = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": f"ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes {known}",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (name, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    if (bundle := SECRETS / "ca_bundle").is_file() and bundle.stat().st_size:
        given["GIT_SSL_CAINFO"] = str(bundle)
    return {**os.environ, **given}


def clone(repository: Repository, target: Path, variables: dict[str, str]) -> None:
    """Put one repository's files, as they are at its commit, into ``target``. Raises RefusedError."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(target), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=variables,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
            raise OSError(next((line for line in lines if line.startswith("fatal:")), lines[-1]).rstrip("."))
        return done.stdout.strip()

    target.mkdir(parents=True)
    try:
        git("init", "--quiet", f"--object-format={'sha1' if len(repository.commit) == 40 else 'sha256'}")
        git("remote", "add", "origin", repository.url)
        try:
            git("fetch", "--quiet", "--depth=1", "--no-tags", "origin", repository.commit)
        except OSError:  # a server that gives branches and tags only
            git("fetch", "--quiet", "--tags", "origin")
        git("checkout", "--quiet", "--detach", repository.commit)
        if repository.submodules:
            git("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1")
        commit = git("rev-parse", "HEAD")
    except OSError as error:
        raise RefusedError(
            f"{repository.name}: {repository.url} could not be cloned at {repository.commit}: {error}.",
            "Check url and commit, and that the token or key may read it.",
        ) from None
    if commit != repository.commit:
        raise RefusedError(f"{repository.name}: git gave {commit}.", "Clone it by hand and see why.")
    for history in list(target.rglob(".git")):  # of submodules too: a file there
        if history.is_dir():
            shutil.rmtree(history)
        else:
            history.unlink()


def main() -> int:
    """Clone all of them."""
    source, folder = Path(__file__).parent, Path(sys.argv[1])
    try:
        for repository in read_repositories(source):
            clone(repository, folder / repository.name, environment(source))
            print(f"{repository.name} {repository.commit}", flush=True)
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
