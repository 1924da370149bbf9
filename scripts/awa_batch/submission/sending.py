"""Send requests that belong together: all are checked before the first one leaves, and each is sent exactly once.

The command line, its scripts and `awa_batch.connect` are its users.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.patience import Outage, patiently
from awa_batch.submission.care import Care
from awa_batch.submission.deliver import outage_of, send_request
from awa_batch.submission.derive import with_derived
from awa_batch.submission.once import find_once, once_lock, once_name
from awa_batch.submission.preflight import check_all
from awa_batch.submission.single import Submitted
from awa_batch.text import Field, Say

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.request.model import JobRequest


@contextlib.contextmanager
def submitted_once(
    clients: Clients, key: str | None, requests: Sequence[JobRequest], outage: Outage | None = None
) -> Iterator[dict[str, str]]:
    """Give name → id of what was submitted under a key before, and keep others of this machine out meanwhile.

    Without a ``key`` nothing is looked up. Raises what `find_once` raises.
    """
    if key is None:
        yield {}
        return
    with once_lock(once_name(clients.contract, key)):
        yield patiently(lambda: find_once(clients, key, requests), outage)


def send_all(
    clients: Clients,
    requests: Sequence[JobRequest],
    origins: Sequence[str],
    *,
    once: str | None = None,
    care: Care | None = None,
    leaving: Callable[[JobRequest], None] = lambda _: None,
    accepted: Callable[[Submitted], None] = lambda _: None,
    tell: Say = lambda _: None,
) -> list[Submitted]:
    """Check requests against AWS, send those that are not there yet, and return all of them in their order.

    ``origins`` says of each what submitted it. ``leaving`` is called just before a request may leave, ``accepted`` as
    soon as AWS Batch has a job, or where it was there under ``once``: so the caller knows both whatever interrupts
    this. Raises UsageError before anything is sent, AwsError.
    """
    care = care or Care()
    outage = outage_of(clients, care, tell)
    done: list[Submitted] = []
    with submitted_once(clients, once, requests, outage) as there:
        missing = [request for request in requests if request.job_name not in there]
        if missing:
            for note in patiently(lambda: check_all(clients, missing), outage):
                tell(note)
            ready = patiently(lambda: with_derived(clients, missing, tell), outage)
            now = {request.job_name: request for request in ready}
            requests = [now.get(request.job_name, request) for request in requests]
        for request, origin in zip(requests, origins, strict=True):
            if job_id := there.get(request.job_name):
                tell((Field("once", once), f": job {job_id} ({request.job_name}) was submitted before."))
                done.append(Submitted(job_id, request.job_name, found=True))
                accepted(done[-1])
                continue
            done.append(
                send_request(clients, request, origin=origin, care=care, leaving=leaving, accepted=accepted, tell=tell)
            )
    return done
