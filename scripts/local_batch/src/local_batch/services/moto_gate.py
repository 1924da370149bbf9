"""Everything but Batch: moto's own application, with one lock a service, loaded in the background at start."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local_batch.arns import ACCOUNT
from local_batch.services import moto_workarounds
from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Environ = dict[str, Any]

HEADERS = "local_batch.headers"
"""The WSGI environment's key of the request's headers as they were sent, pairs of name and value."""


class MotoGate:
    """moto behind locks: its objects are plain dictionaries that were not made for several threads at once."""

    def __init__(self) -> None:
        self._app: Callable[[Environ, Any], Iterable[bytes]] | None = None
        self._loading = threading.Lock()
        self._locks: dict[str, threading.RLock] = {}
        self._locks_guard = threading.Lock()

    def preload(self) -> None:
        """Import moto in the background, so that the first call does not wait for it."""
        threading.Thread(target=self._load, name="load moto", daemon=True).start()

    @property
    def is_loaded(self) -> bool:
        """Whether anything was asked of moto yet, or it is ready for it."""
        return self._app is not None

    def _load(self) -> Callable[[Environ, Any], Iterable[bytes]]:
        with self._loading:
            if self._app is None:
                os.environ.update(
                    MOTO_IAM_LOAD_MANAGED_POLICIES="true",  # without them AWS's own are unknown
                    MOTO_DISABLE_GLOBAL_CORS="true",  # else every page in a browser may read every answer
                )
                from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

                moto_workarounds.apply()
                # What the first job needs, so that it does not wait for these imports.
                import moto.events.models
                import moto.logs.models  # noqa: F401

                def app_of(service: Any) -> Any:
                    return _no_app if service.startswith("moto_api") else create_backend_app(service)

                self._app = DomainDispatcherApplication(app_of)
            return self._app

    def _lock(self, service: str) -> threading.RLock:
        with self._locks_guard:
            return self._locks.setdefault(service, threading.RLock())

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a request as moto's own server would."""
        app = self._load()
        _preserve_names(environ)
        service = signature_of(environ).service
        if _is_long_poll(environ):
            return app(environ, start_response)  # it must not hold the lock that would end it
        with self._lock(service):
            return list(app(environ, start_response))

    def has_rules(self, region: str) -> bool:
        """Say whether a region's default event bus has a rule. Cheap: it is asked at every change of every job."""
        if self._app is None:
            return False
        from moto.events.models import events_backends

        bus = events_backends[ACCOUNT][region].event_buses.get("default")
        return bool(bus is not None and bus.rules)

    @contextmanager
    def backend(self, service: str, region: str) -> Iterator[Any]:
        """Give a moto backend of the one account to use, under its service's lock."""
        self._load()
        from moto.backends import get_backend

        with self._lock(service):
            yield get_backend(service)[ACCOUNT][region]  # type: ignore[call-overload]


def _no_app(_environ: Environ, start_response: Any) -> list[bytes]:
    """Answer in the place of moto's calls of its own: there are none here."""
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"Not Found"]


def _preserve_names(environ: Environ) -> None:
    """Tell moto how S3 metadata headers with an underscore were written, as its own server's request handler does."""
    from moto.core.request import (
        PRESERVED_HEADER_NAMES_ENVIRON_KEY,
        environ_key_for_header,
        should_preserve_original_header_name,
    )

    names = {}
    for name, value in environ.pop(HEADERS, ()):
        if should_preserve_original_header_name(name):
            key = environ_key_for_header(name)
            environ.setdefault(key, value)
            names[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names


def _is_long_poll(environ: Environ) -> bool:
    """Say whether a request waits for a message of SQS, in either of the protocols that clients speak."""
    if str(environ.get("HTTP_X_AMZ_TARGET", "")).endswith(".ReceiveMessage"):
        return True
    body = environ["wsgi.input"]
    if signature_of(environ).service != "sqs" or environ.get("HTTP_X_AMZ_TARGET"):
        return False
    start = body.read(4096)
    body.seek(0)
    return b"Action=ReceiveMessage" in start
