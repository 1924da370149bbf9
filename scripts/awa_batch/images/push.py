"""Push an image and learn its digest."""

from __future__ import annotations

import re
from typing import Any

from awa_batch.errors import AwsError, ToolError, UsageError
from awa_batch.images.docker_engine import Engine
from awa_batch.images.push_progress import Pushing, layer_progress, unseen
from awa_batch.images.registry_api import RegistryApi
from awa_batch.text import Field, Say, Step

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SAID = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: [0-9]+$")
"""The end of a push by an engine with containerd's image store (Docker 29's default), which reports no more of it."""
_SIGN_IN = re.compile(
    r"no basic auth credentials|unauthorized|authentication required|authorization token has expired", re.I
)
"""What registries, ECR among them, and the engine say where the sign-in is missing, wrong or too old."""


class PushFailedError(ToolError):
    """The registry refused the image, or the push broke off."""


class PushRefusedError(AwsError):
    """The registry does not take the sign-in."""


def push_image(
    engine: Engine,
    image: str,
    repository: str,
    tag: str,
    *,
    auth: dict[str, str] | None = None,
    move: bool = True,
    pushing: Pushing = unseen,
    say: Say,
) -> str:
    """Push ``image`` (reference or id) to ``repository:tag``; return ``repository@sha256:…``.

    ``auth`` ({"username", "password"}) is for this push only: nothing is written to the user's docker configuration.
    The digest is the registry's own. An image that the tag names already is not pushed again; ``move``: the tag may
    be taken from another one. Raises PushFailedError, PushRefusedError, and UsageError for a bad name, or a tag that
    is another image's.
    """
    import docker.errors
    import requests

    client = engine.client()
    try:
        found = client.images.get(image)
        there = _there(repository, tag, auth, str(found.id))
        if there is not None and there[1]:
            say(f"{repository}:{tag} is there already: nothing to push")
            return f"{repository}@{there[0]}"
        if there is not None and not move:
            raise UsageError(
                Field("image", f"{repository}:{tag}"),
                f" is there already and is another image ({there[0][:19]}). Tags are never moved.",
                fix="Commit a change of the image first, or delete that one from the repository.",
            )
        if not found.tag(repository, tag=tag):
            raise PushFailedError(f"The engine would not tag {image} as {repository}:{tag}.", fix="Check the name.")
        events = client.api.push(repository, tag=tag, auth_config=auth or {}, stream=True, decode=True)
        digest = _pushed(events, repository, say, pushing)
    except docker.errors.ImageNotFound:
        raise UsageError(f"The engine holds no image {image}.", fix=("Build it first: ", Step("build"), ".")) from None
    except (docker.errors.APIError, requests.RequestException) as error:
        raise _failed(repository, _line(error)) from error
    finally:
        client.close()
    return f"{repository}@{digest}"


_FIX = "Check that the registry runs and that you may push to it; then push again: layers that arrived are kept."


def _failed(repository: str, said: str) -> PushFailedError | PushRefusedError:
    if _SIGN_IN.search(said):
        return PushRefusedError(
            f"The registry of {repository} does not take the sign-in: {said}.",
            fix="Sign in to AWS again (aws sso login, or new keys), then push again: layers that arrived are kept.",
        )
    return PushFailedError(f"The push to {repository} failed: {said}.", fix=_FIX)


def _there(repository: str, tag: str, auth: dict[str, str] | None, image_id: str) -> tuple[str, bool] | None:
    """Return the digest that a tag names in the registry, and whether it is this very image; None where it names none.

    Where the registry does not say, the push will.
    """
    api = RegistryApi(repository, (auth["username"], auth["password"]) if auth else None)
    try:
        digest = api.digest(tag)
        # An engine knows an image by its configuration's digest, or (containerd's store) by the registry's own.
        return None if digest is None else (digest, image_id in (digest, api.config_digest(digest)))
    except AwsError:
        return None


def _pushed(events: Any, repository: str, say: Say, pushing: Pushing = unseen) -> str:
    """Return the digest that a push reported; the engine reports errors as events, never as an HTTP status."""
    digest, states = "", dict[str, str]()
    for event in events:
        if problem := event.get("error") or (event.get("errorDetail") or {}).get("message"):
            raise _failed(repository, str(problem))
        if (progress := layer_progress(event)) is not None:
            pushing(progress)
            states[progress.layer] = progress.state
        elif said := _SAID.search(str(event.get("status", ""))):
            digest = said[1]
        digest = (event.get("aux") or {}).get("Digest", digest)
    if not _DIGEST.fullmatch(digest):
        raise PushFailedError(f"The push to {repository} ended without a digest.", fix=_FIX)
    new = list(states.values()).count("pushed")
    known = list(states.values()).count("known")
    say(f"Pushed {repository}: {new} of {new + known} layers were new")
    return digest


def _line(error: Exception) -> str:
    return " ".join(str(getattr(error, "explanation", None) or error).split())[:300]
