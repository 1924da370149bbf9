"""What is asked of every request before anything else looks at it, whatever service it is for."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_batch.front.control import PREFIX
from local_batch.front.error_formats import Answer, Words, answer
from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.keys import Keys

Environ = dict[str, Any]

_OF_A_BROWSER = ("HTTP_ORIGIN", "HTTP_SEC_FETCH_")
"""Beginnings of headers that browsers set and pages cannot leave out; no AWS client sends one."""
_OF_MOTO = ("/moto-api", "/favicon.ico")
"""moto's own calls and its dashboard: they replay requests, wipe all objects and write files."""
_UNKNOWN_KEY = Words(
    json=("UnrecognizedClientException", "The security token included in the request is invalid."),
    query=("InvalidClientTokenId", "The security token included in the request is invalid."),
    s3=("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    ec2=("AuthFailure", "AWS was not able to validate the provided access credentials"),
)
"""AWS's words for an access key that it does not know, here also for a request without any."""


class Gate:
    """Decides whether a request is answered at all.

    ``hosts`` are the names under which this server may be called, ``keys`` is its own pair, and ``is_issued`` says of
    any other access key whether this server handed it out and it still lives.
    """

    def __init__(self, hosts: Iterable[str], keys: Keys, is_issued: Callable[[str], bool]) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._keys = keys
        self._is_issued = is_issued

    def refusal(self, environ: Environ, *, of_task: bool = False) -> Answer | None:
        """Return the answer for a request that goes no further, None for one that may.

        ``of_task``: its path is one that only a running container was told, which stands for a key.
        """
        # With the process runner a job is a command on this machine: no page in a browser may get this far.
        if any(name.startswith(_OF_A_BROWSER) for name in environ):
            return answer(environ, _forbidden("The local AWS answers no requests from browsers."))
        host = _host_of(environ)
        # Buckets as host names: SDKs put a bucket in front of localhost, and no name server answers for localhost.
        if host not in self._hosts and not host.endswith(".localhost"):
            return answer(environ, _forbidden(f"The local AWS does not answer to the host name {host or '(none)'}."))
        path = "/" + unquote(str(environ["PATH_INFO"])).lstrip("/")
        if path.startswith(_OF_MOTO):
            return answer(environ, Words.same("NotFound", f"There is no {path}"), "404 Not Found")
        if of_task:
            return None
        known = self._has_secret(environ) if path.startswith(PREFIX) else self._has_key(environ)
        return None if known else answer(environ, _UNKNOWN_KEY)

    def _has_key(self, environ: Environ) -> bool:
        access_key = signature_of(environ).access_key
        return bool(access_key) and (self._keys.has_id(access_key) or self._is_issued(access_key))

    def _has_secret(self, environ: Environ) -> bool:
        """Say whether a call of the server's own carries both halves of the pair, as a name and a password do."""
        kind, _, text = str(environ.get("HTTP_AUTHORIZATION") or "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            name, _, password = base64.b64decode(text).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        return self._keys.has_id(name) and self._keys.has_secret(password)


def _forbidden(message: str) -> Words:
    return Words(("AccessDeniedException", message), ("AccessDenied", message), ("AccessDenied", message))


def _host_of(environ: Environ) -> str:
    """Return the host name of a request without its port, "" where it has none."""
    host = str(environ.get("HTTP_HOST") or "").strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
