"""The report as one HTML file, which loads nothing and lets nothing be loaded.

The data is columns of JSON, compressed, as base64: the page unpacks it with DecompressionStream, which all browsers
have had since 2023 (MDN, "DecompressionStream"). Of 10,000 jobs that is 0.6 MB in place of 1.8 MB. The drawing is our
own script over canvas (the timeline, where 10,000 jobs would be 25,000 elements of SVG) and SVG (the small pictures),
20 kB; the smaller libraries for charts have 50 kB and more, and no timeline of so many lines.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.resources import files
from typing import Any

from awa_batch.report.gather import Report
from awa_batch.report.rows import Row
from awa_batch.report.series import EDGES
from awa_batch.report.words import WORDS
from awa_batch.text import PLAIN, Text

MARK = "<!doctype html>\n<!-- report: awa-batch -->"
"""How every report begins: what begins so may be overwritten by the next one."""


def page(report: Report, *, title: str, environment: str, lang: str, say: Callable[[Text], str] = PLAIN.say) -> str:
    """Return the page. ``lang`` is what it opens in (en or ja); ``say`` puts what helps against a failure in words."""
    data = json.dumps(
        {**_data(report, say), "title": title, "environment": environment, "lang": lang, "words": WORDS},
        ensure_ascii=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    packed = base64.b64encode(gzip.compress(data.encode(), 9, mtime=0)).decode()
    style, script = _text("page.css"), _text("page.js")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    values = {
        "mark": MARK,
        "policy": policy,
        "lang": html.escape(lang),
        "title": html.escape(title),
        "style": style,
        "script": script,
        "data": packed,
        "plain": html.escape(_plain(report)),
    }
    parts = _text("page.html").split("@@")
    return "".join(values[part] if number % 2 else part for number, part in enumerate(parts))


def _plain(report: Report) -> str:
    """Return what a reader without scripts gets, as in a mail."""
    states = ", ".join(f"{count} {state}" for state, count in report.states.items())
    causes = "".join(f" {cause.count} x {cause.verdict}: {cause.what}" for cause in report.causes)
    return f"{report.jobs} jobs{': ' if states else ''}{states}.{causes}"


def _text(name: str) -> str:
    return (files("awa_batch.report") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(report: Report, say: Callable[[Text], str]) -> dict[str, Any]:
    """Return the data of the page: times are milliseconds since ``start``."""
    rows, texts = report.rows, _Texts()

    def at(moment: int | None) -> int | None:
        return None if moment is None else moment - report.start

    def column(of: Callable[[Row], Any]) -> list[Any]:
        return [of(row) for row in rows]

    columns = {
        "id": column(lambda row: row.id),
        "name": column(lambda row: texts(row.name)),
        "index": column(lambda row: row.index),
        "status": column(lambda row: texts(row.status)),
        "queue": column(lambda row: texts(row.queue)),
        "definition": column(lambda row: texts(row.definition)),
        "image": column(lambda row: texts(row.image)),
        "request": column(lambda row: None if row.request is None else texts(row.request)),
        "said": column(lambda row: texts(row.said)),
        "exit": column(lambda row: row.exit_code),
        "created": column(lambda row: at(row.created)),
        "ready": column(lambda row: at(row.ready)),
        "starting": column(lambda row: [at(moment) for moment in row.starting]),
        "stopped": column(lambda row: at(row.stopped)),
        "runs": column(
            lambda row: [[at(run.started_at), at(run.stopped_at), run.exit_code, texts(run.reason)] for run in row.runs]
        ),
        "vcpu": column(lambda row: row.vcpu),
        "memory": column(lambda row: row.memory),
        "gpu": column(lambda row: row.gpu),
        "cause": column(lambda row: row.cause),
        "depends": column(lambda row: len(row.depends)),
        "size": column(lambda row: row.size),
    }
    _with_short_ids(columns)
    figures = [report.figures.get(row.id) for row in rows]
    for name, kind in (("used_memory", "memory"), ("used_cores", "cores"), ("cost", "cost")):
        if any(getattr(one, kind, None) is not None for one in figures):
            columns[name] = [getattr(one, kind, None) for one in figures]
    return {
        "now": report.now,
        "start": report.start,
        "end": report.end,
        "jobs": report.jobs,
        "states": report.states,
        "count": len(rows),
        "columns": {name: _short(values) for name, values in columns.items()},
        "texts": texts.all,
        "causes": [
            {**asdict(replace(cause, next=())), "next": [say(step) for step in cause.next]} for cause in report.causes
        ],
        "series": asdict(report.series),
        "edges": EDGES,
        "waited": asdict(report.waited) if report.waited else None,
        "ran": asdict(report.ran) if report.ran else None,
        "sums": [asdict(one) for one in report.sums],
        "has_events": report.has_events,
        "missing": _missing(report, columns),
    }


def _missing(report: Report, columns: dict[str, list[Any]]) -> list[list[Any]]:
    """Return what is not in the report: [key of its words, how many]."""
    found: list[list[Any]] = [["missing_starting", 0]] if report.rows and not report.has_events else []
    if report.unknown:
        found.append(["missing_unknown", report.unknown])
    if report.listed:
        found.append(["missing_listed", report.listed])
    if report.jobs > len(report.rows):
        found.append(["missing_rows", report.jobs - len(report.rows)])
    if lost := sum(row.lost for row in report.rows):
        found.append(["missing_ready", lost])
    if report.rows and "used_memory" not in columns:
        found.append(["missing_usage", 0])
    elif lost := sum(one.jobs - one.measured for one in report.sums):
        found.append(["missing_some_usage", lost])
    if report.rows and "cost" not in columns:
        found.append(["missing_cost", 0])
    elif lost := report.jobs - sum(one.priced for one in report.sums):
        found.append(["missing_some_cost", lost])
    return found


def _with_short_ids(columns: dict[str, list[Any]]) -> None:
    """Write an array's id once: its children are [place of the array's id, index]."""
    places: dict[str, int] = {}
    short: list[Any] = []
    for job_id in columns["id"]:
        base, colon, index = job_id.partition(":")
        short.append([places.setdefault(base, len(places)), int(index)] if colon and index.isdigit() else job_id)
    columns["id"] = short
    columns["arrays"] = list(places)


def _short(values: list[Any]) -> Any:
    """Return a column; of one that says the same everywhere that value alone."""
    same = len(values) > 1 and all(value == values[0] for value in values)
    return {"all": values[0]} if same and (values[0] == [] or not isinstance(values[0], list)) else values


class _Texts:
    """Texts that many rows share, by their place in ``all``."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def __call__(self, text: str | None) -> int | None:
        if not text:
            return None
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]
