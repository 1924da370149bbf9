"""The one file that names the images ours are built from, and their digests as the registries tell them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import AwsError, NotThereError, ToolError, UsageError
from awa_batch.files import write_whole
from awa_batch.images.context import BASE_IMAGES
from awa_batch.images.registry_api import RegistryApi
from awa_batch.text import Say, Step

_LINE = re.compile(r"^(?P<argument>[A-Z][A-Z0-9_]*)=(?P<reference>\S+)[ \t]*$", re.MULTILINE)
_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9][a-zA-Z0-9._:/-]*?):(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""name:tag, with a digest behind it or without (OCI distribution specification, "Pulling manifests")."""


@dataclass(frozen=True)
class BaseName:
    """An image's name with its tag, ``python:3.13-slim``, and the digest that it is held to, "" for none."""

    tagged: str
    digest: str = ""

    @property
    def reference(self) -> str:
        """What is pulled and built on: by the digest where there is one."""
        return f"{self.tagged}@{self.digest}" if self.digest else self.tagged

    @property
    def tag(self) -> str:
        """The tag alone."""
        return self.tagged.rsplit(":", 1)[1]


def base_name(reference: str, named_by: str) -> BaseName:
    """Read ``name:tag`` or ``name:tag@sha256:…``. Raises UsageError for anything else, naming ``named_by``."""
    found = _REFERENCE.fullmatch(reference)
    if found is None or "/" in found["tag"]:
        raise UsageError(
            f"{named_by}={reference} is not an image with a tag.",
            fix="Write NAME:TAG, with @sha256:<64 hex digits> behind it or without.",
        )
    return BaseName(f"{found['name']}:{found['tag']}", found["digest"] or "")


def base_names(root: Path) -> dict[str, BaseName]:
    """Return build argument → image of the clone ``root``; empty where it has no such file.

    Raises UsageError for a line that is none, and where some names have a digest and others have not: an image of which
    a part is pinned is not pinned.
    """
    file = root / BASE_IMAGES
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#") and not _LINE.fullmatch(line):
            raise UsageError(
                f"{BASE_IMAGES} line {number}: {line.strip()[:80]!r} is not a name, = and an image with a tag.",
                fix="Write it without blanks and quotes.",
            )
    found = {
        line["argument"]: base_name(line["reference"], f"{BASE_IMAGES}: {line['argument']}")
        for line in _LINE.finditer(text)
    }
    unpinned = sorted(argument for argument, one in found.items() if not one.digest)
    if unpinned and len(unpinned) < len(found):
        raise UsageError(
            f"{BASE_IMAGES}: {', '.join(unpinned)} without a digest beside others that have one.",
            fix=("All or none: ", Step("pin"), " asks for all of them."),
        )
    return found


def pin_base_images(root: Path, say: Say) -> dict[str, BaseName]:
    """Ask the registries for the digest of every name's tag and write them behind it, all of them or none.

    Returns what changed, by build argument. Of an image for several platforms it is the index's digest, so that each
    platform finds its own. Raises UsageError where there is no such file, image or tag, ToolError for a
    registry that is not reached or refuses; the file is as it was then.
    """
    file = root / BASE_IMAGES
    if not file.is_file():
        raise UsageError(f"{BASE_IMAGES} is missing in {root}.", fix="Work in a whole clone of the project.")
    text = file.read_text(encoding="utf-8")
    before = {
        line["argument"]: base_name(line["reference"], f"{BASE_IMAGES}: {line['argument']}")
        for line in _LINE.finditer(text)
    }
    after = {}
    for argument, one in before.items():
        say(f"Asking the registry for {one.tagged}")
        after[argument] = BaseName(one.tagged, _digest(one, argument))
    write_whole(file, _LINE.sub(lambda line: f"{line['argument']}={after[line['argument']].reference}", text))
    return {argument: one for argument, one in after.items() if one != before[argument]}


def _digest(one: BaseName, argument: str) -> str:
    repository, auth = _repository(one.tagged.rsplit(":", 1)[0])
    try:
        return RegistryApi(repository, auth).digest_checked(one.tag)
    except NotThereError:
        raise UsageError(
            f"{BASE_IMAGES}: {argument}={one.tagged}: its registry has no such image.", fix="Correct name or tag."
        ) from None
    except AwsError as error:
        raise ToolError(
            f"{BASE_IMAGES}: {argument}={one.tagged} cannot be resolved: {error.what}",
            fix="Try again where the registry can be reached. Until then images go by their tags, and nothing changed.",
        ) from None


def _repository(name: str) -> tuple[str, tuple[str, str] | None]:
    """Return a name's repository with its host, and the docker configuration's user and password for it.

    Docker Hub's names have neither its host nor, for official images, ``library/``
    (docs.docker.com/reference/cli/docker/image/tag).
    """
    import docker.auth
    import docker.errors

    host, path = docker.auth.resolve_repository_name(name)
    try:
        known: Mapping[str, str] = docker.auth.load_config().resolve_authconfig(host) or {}
    except docker.errors.DockerException:  # a helper that is named but not installed: what is public needs none
        known = {}
    user, password = known.get("username") or known.get("Username"), known.get("password") or known.get("Password")
    auth = (user, password) if user and password else None
    if host == "docker.io":
        return f"registry-1.docker.io/{path if '/' in path else f'library/{path}'}", auth
    return f"{host}/{path}", auth
