"""Push an image and learn its digest; sign in to ECR."""

from __future__ import annotations

import re
from typing import Any

from awa_batch.errors import ToolError, UsageError
from awa_batch.images.docker_engine import Engine
from awa_batch.text import Say, Step

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class PushFailedError(ToolError):
    """The registry refused the image, or the push broke off."""


def push_image(
    engine: Engine,
    image: str,
    repository: str,
    tag: str,
    *,
    auth: dict[str, str] | None = None,
    say: Say,
) -> str:
    """Push ``image`` (reference or id) to ``repository:tag``; return ``repository@sha256:…``.

    ``auth`` ({"username", "password"}) is for this push only: nothing is written to the user's docker configuration.
    The digest is the registry's own, from the push. Raises PushFailedError, and UsageError for a bad name.
    """
    import docker.errors
    import requests

    client = engine.client()
    try:
        if not client.images.get(image).tag(repository, tag=tag):
            raise PushFailedError(f"The engine would not tag {image} as {repository}:{tag}.", fix="Check the name.")
        digest = _pushed(
            client.api.push(repository, tag=tag, auth_config=auth or {}, stream=True, decode=True), repository, say
        )
    except docker.errors.ImageNotFound:
        raise UsageError(f"The engine holds no image {image}.", fix=("Build it first: ", Step("build"), ".")) from None
    except (docker.errors.APIError, requests.RequestException) as error:
        raise PushFailedError(f"The push to {repository} failed: {_line(error)}.", fix=_FIX) from error
    finally:
        client.close()
    return f"{repository}@{digest}"


_FIX = "Check that the registry runs and that you may push to it; then push again: layers that arrived are kept."


def _pushed(events: Any, repository: str, say: Say) -> str:
    """Return the digest that a push reported; the engine reports errors as events, never as an HTTP status."""
    digest, layers, known = "", set[str](), set[str]()
    for event in events:
        if problem := event.get("error") or (event.get("errorDetail") or {}).get("message"):
            raise PushFailedError(f"The push to {repository} failed: {problem}.", fix=_FIX)
        status, layer = event.get("status", ""), event.get("id")
        if (layer and status in ("Pushed", "Layer already exists")) or status.startswith("Mounted from"):
            layers.add(layer)
            if status != "Pushed":
                known.add(layer)
        digest = (event.get("aux") or {}).get("Digest", digest)
    if not _DIGEST.fullmatch(digest):
        raise PushFailedError(f"The push to {repository} ended without a digest.", fix=_FIX)
    say(f"Pushed {repository}: {len(layers) - len(known)} of {len(layers)} layers were new")
    return digest


def _line(error: Exception) -> str:
    return " ".join(str(getattr(error, "explanation", None) or error).split())[:300]
