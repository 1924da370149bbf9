"""Register the job definitions of images that were not released, each once, before jobs that need them are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.definitions import describe_definitions
from awa_batch.batch.derived import DerivedDefinition
from awa_batch.batch.derived_definitions import find_derived, register_derived
from awa_batch.errors import NotThereError
from awa_batch.request.model import JobRequest
from awa_batch.text import Field, Say, Step

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


def with_derived(clients: Clients, requests: Sequence[JobRequest], tell: Say = lambda _: None) -> list[JobRequest]:
    """Return the requests with the revisions of their derived definitions, registering those that are not there.

    One that is there is taken. Two that look at the same moment may both register: the revisions are alike, and each
    sends its jobs with its own. ``tell`` hears what was registered. Raises AwsError, before any job is sent.
    """
    registered = _there(clients, requests)
    for derived in dict.fromkeys(_wanted(requests)):
        if derived in registered:
            continue
        base = describe_definitions(clients.batch, [derived.base]).get(derived.base)
        if base is None:
            raise NotThereError(
                Field("definition", derived.base.rsplit("/", 1)[-1]),
                ": AWS has no such revision.",
                fix=("Bring the environment up to date: ", Step("plan", "apply"), "."),
            )
        registered[derived] = register_derived(clients.batch, base, derived)
        tell(f"Registered the job definition {registered[derived].rsplit('/', 1)[-1]}.")
    return _with(requests, registered)


def with_there(clients: Clients, requests: Sequence[JobRequest]) -> list[JobRequest]:
    """Do the same for a dry run: those that are not registered keep their names without a revision."""
    return _with(requests, _there(clients, requests))


def _wanted(requests: Sequence[JobRequest]) -> list[DerivedDefinition]:
    return [request.derived for request in requests if request.derived is not None]


def _there(clients: Clients, requests: Sequence[JobRequest]) -> dict[DerivedDefinition, str]:
    found = {derived: find_derived(clients.batch, derived) for derived in dict.fromkeys(_wanted(requests))}
    return {derived: arn for derived, arn in found.items() if arn is not None}


def _with(requests: Sequence[JobRequest], registered: dict[DerivedDefinition, str]) -> list[JobRequest]:
    return [
        request.with_definition(registered[request.derived])
        if request.derived is not None and request.derived in registered
        else request
        for request in requests
    ]
