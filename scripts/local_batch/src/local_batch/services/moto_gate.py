"""Everything but Batch: moto's own application, with one lock a service, loaded in the background at start."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from local_batch.arns import ACCOUNT
from local_batch.json_object import Json
from local_batch.services import event_delivery, moto_workarounds, state_machines, tagging
from local_batch.services.signatures import signature_of
from local_batch.services.stacks import cloudformation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from local_batch.services.tagging import Tags

Environ = dict[str, Any]

HEADERS = "local_batch.headers"
"""The WSGI environment's key of the request's headers as they were sent, pairs of name and value."""


class NotServedError(Exception):
    """A service that is not there: moto does not have it, a part that it needs is not installed, or it does harm."""


class MotoGate:
    """moto behind locks: its objects are plain dictionaries that were not made for several threads at once."""

    def __init__(self) -> None:
        self._app: Callable[[Environ, Any], Iterable[bytes]] | None = None
        self._loading = threading.Lock()
        self._locks: dict[str, threading.RLock] = {}
        self._locks_guard = threading.Lock()
        self.on_event: Callable[[str, str, Json, Json], None] = lambda *_: None
        """Told, under the lock of the service ``events``, of what PutEvents brings for a target of a rule that matches:
        region, the rule's ARN, target, event."""

        self.own_client: Callable[[], Json] = dict
        """Returns the address and the keys that a client of this server needs, as boto3's ``client`` takes them."""

        self.call_batch: Callable[[str, str, Json], Json] = lambda *_: {}
        """Calls an operation of Batch in a region, within a request. Raises Refusal."""

        self.batch_shape: Callable[[str], Any] = lambda _: None
        """Returns the shape of the request of an operation of Batch."""

        self.check_rule: Callable[[Json], None] = lambda _: None
        """Refuses a rule of EventBridge, with its targets, that a stack has. Raises Refusal."""

        self.tags: Tags | None = None
        """The tags of Batch's objects, for the Resource Groups Tagging API."""

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
                event_delivery.install(lambda *told: self.on_event(*told))
                # What the first job needs, so that it does not wait for these imports.
                import moto.events.models
                import moto.logs.models  # noqa: F401

                def app_of(service: Any) -> Any:
                    if service is None:
                        raise NotServedError("moto, which stands in for AWS's other services, does not have it")
                    if service.startswith("moto_api"):
                        return _no_app
                    try:
                        if service == "cloudformation":
                            cloudformation.install(self.call_batch, self.batch_shape, self.check_rule)
                        if service == "stepfunctions":
                            state_machines.install(self.own_client)
                        if service == "resourcegroupstaggingapi" and self.tags is not None:
                            tagging.install(self.tags)
                        return create_backend_app(service)
                    except ImportError as error:
                        raise NotServedError(
                            f"moto, which stands in for it, needs {error.name or error}, which is not installed"
                        ) from error

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
        if is_long_poll(environ):
            return app(environ, start_response)  # it must not hold the lock that would end it
        with self._lock(service):
            return list(app(environ, start_response))

    def has_handed_out(self, _access_key_id: str) -> bool:
        """Say whether a key is one of another emulator's: there is none."""
        return False

    def check_reset(self) -> None:
        """Refuse a reset where it cannot be made. Raises Refusal."""

    def reset(self) -> None:
        """Forget every object of every service. They are dropped, which cannot fail, and made anew when asked for."""
        if self._app is None:
            return
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data

        state_machines.stop_all()
        with ExitStack() as locks, self._locks_guard:
            for service in sorted(self._locks):
                locks.enter_context(self._locks[service])
            for backends in list(BackendDict._instances):  # type: ignore[misc]
                for account in list(backends.values()):
                    if backends.service_name == "s3":
                        account.reset()  # closes its temporary files
                    account.clear()
            reset_model_data()

    def event_patterns(self, region: str) -> list[Json]:
        """Return the patterns of a region's enabled rules, of its default event bus.

        Cheap and without a lock: it is asked at every change of every job. A rule with a schedule alone has no pattern.
        """
        if self._app is None:
            return []
        from moto.events.models import events_backends

        bus = events_backends[ACCOUNT][region].event_buses.get("default")
        rules = list(bus.rules.values()) if bus is not None else []
        patterns = [rule.event_pattern.get_pattern() for rule in rules if rule.state.startswith("ENABLED")]
        return [pattern for pattern in patterns if pattern]

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


def is_long_poll(environ: Environ) -> bool:
    """Say whether a request waits for a message of SQS, in either of the protocols that clients speak."""
    if str(environ.get("HTTP_X_AMZ_TARGET", "")).endswith(".ReceiveMessage"):
        return True
    body = environ["wsgi.input"]
    if signature_of(environ).service != "sqs" or environ.get("HTTP_X_AMZ_TARGET"):
        return False
    start = body.read(4096)
    body.seek(0)
    return b"Action=ReceiveMessage" in start
