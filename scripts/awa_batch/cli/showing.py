"""Show requests without sending them: for people, for scripts, for the ``aws`` command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.options import say
from awa_batch.cli.render import json_line, print_json, print_table
from awa_batch.limits import MAX_OVERRIDES_CHARACTERS, MAX_REQUEST_BYTES
from awa_batch.masking import masked_request
from awa_batch.text import Field

if TYPE_CHECKING:
    from awa_batch.request import JobRequest

_SHOWN = 160  # characters of a value in the table


def show_requests(requests: Sequence[JobRequest], form: str, *, show_secrets: bool = False) -> None:
    """Print what would be sent on stdout; values under names that sound like secrets only with ``show_secrets``.

    ``awscli`` is what ``aws batch submit-job --cli-input-json`` takes, one line for each of several requests; ``json``
    puts image, sizes and uploads beside the request; ``table`` is for reading, long values cut.
    """
    shown = shown_requests(requests, show_secrets=show_secrets)
    if form == "awscli":
        if len(requests) == 1:
            print_json(shown[0])
        else:
            for one in shown:
                click.echo(json_line(one))
    elif form == "json":
        values = [_value(request, one) for request, one in zip(requests, shown, strict=True)]
        print_json(values[0] if len(values) == 1 else values)
    else:
        for place, (request, one) in enumerate(zip(requests, shown, strict=True)):
            if place:
                click.echo()
            print_table(["field", "value"], _rows(request, one))
    for upload in {upload.uri: upload for request in requests for upload in request.uploads}.values():
        say(f"It would first write {upload.uri} ({len(upload.body)} bytes).")
    say_registrations(requests)
    say("Nothing was sent (--dry-run).")


def say_registrations(requests: Sequence[JobRequest]) -> None:
    """Tell of each job definition that is not registered yet what it would be."""
    for derived in dict.fromkeys(
        request.derived for request in requests if request.job_definition == getattr(request.derived, "name", None)
    ):
        if derived is not None:
            base = derived.base.rsplit("/", 1)[-1]
            say(f"It would first register the job definition {derived.name}: {base} with the image {derived.image}.")


def shown_requests(requests: Sequence[JobRequest], *, show_secrets: bool) -> list[dict[str, Any]]:
    """Return the requests as they may be shown, and tell where that is not what would be sent."""
    whole: list[dict[str, Any]] = [dict(request.submit_job) for request in requests]
    if show_secrets:
        return whole
    shown = [masked_request(one) for one in whole]
    if shown != whole:
        say(("Values under names that sound like secrets are masked; ", Field("show_secrets"), " shows them."))
    return shown


def _value(request: JobRequest, shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "request": shown,
        "image": request.image,
        "overridesCharacters": request.overrides_characters,
        "requestBytes": request.request_bytes,
        "uploads": [{"uri": upload.uri, "bytes": len(upload.body)} for upload in request.uploads],
    }


def _rows(request: JobRequest, shown: dict[str, Any]) -> list[tuple[str, str]]:
    sent = dict(shown)
    overrides = sent.pop("containerOverrides", {})
    several = [
        one for task in sent.pop("ecsPropertiesOverride", {}).get("taskProperties", ()) for one in task["containers"]
    ]
    rows = [
        ("jobName", sent.pop("jobName")),
        ("jobQueue", sent.pop("jobQueue")),
        ("jobDefinition", sent.pop("jobDefinition")),
        ("image", request.image),
    ]
    for key, value in sent.items():
        rows.append((key, _cut(value)))
    for one in several or [overrides]:
        rows += _override_rows(one)
    return [
        *rows,
        ("overrides", f"{request.overrides_characters} of {MAX_OVERRIDES_CHARACTERS} characters"),
        ("request", f"{request.request_bytes} of {MAX_REQUEST_BYTES} bytes"),
    ]


def _override_rows(overrides: dict[str, Any]) -> list[tuple[str, str]]:
    of = f"{overrides['name']}: " if "name" in overrides else ""
    rows: list[tuple[str, str]] = []
    for key, value in overrides.items():
        if key == "command":
            rows.append((f"{of}command", _cut(shlex.join(value))))
        elif key == "environment":
            rows += [(f"{of}environment {entry['name']}", _cut(entry["value"])) for entry in value]
        elif key == "resourceRequirements":
            rows += [(f"{of}{entry['type']}", entry["value"]) for entry in value]
        elif key != "name":
            rows.append((f"{of}{key}", _cut(value)))
    return rows


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 20]}… ({len(text)} characters)"
