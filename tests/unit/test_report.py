"""The report: what is gathered, how it is counted, what the page holds. tests/local/test_report_browser.py opens it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toolkit_support import DATA

from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import CallError
from awa_batch.cli.main import main
from awa_batch.cli.words import FlagWords
from awa_batch.observe.job import Attempt
from awa_batch.report import MARK, Report, gather, page
from awa_batch.report.rows import Row
from awa_batch.report.series import BINS, KINDS, over_time, ran, spans, spread, waited
from awa_batch.report.words import WORDS
from tests.report_support import HOSTILE, START, USED, Account, heads, many, small

NOW = START / 1000 + 120


def gathered(account: Account, **more: Any) -> Report:
    clients: Any = account
    return gather(clients, heads(account), now=NOW, **more)


def data_of(text: str) -> dict[str, Any]:
    """Return the data in a page."""
    packed = re.search(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', text)
    assert packed
    return dict(json.loads(gzip.decompress(base64.b64decode(packed[1]))))


def by_id(report: Report) -> dict[str, Row]:
    return {row.id: row for row in report.rows}


def seconds(row: Row) -> list[tuple[str, float, float]]:
    now = round(NOW * 1000)
    return [(kind, (begin - START) / 1000, (end - START) / 1000) for kind, begin, end in spans(row, now)]


def test_each_kind_of_life_is_told() -> None:
    rows = by_id(gathered(small()))
    assert seconds(rows["first"]) == [("waiting", 0, 10), ("running", 10, 70)]
    assert seconds(rows["after"]) == [("depends", 1, 70), ("waiting", 70, 80), ("running", 80, 100)]
    assert seconds(rows["retried"]) == [("waiting", 2, 5), ("running", 5, 20), ("waiting", 20, 40), ("running", 40, 90)]
    assert seconds(rows["waits"]) == [("waiting", 50, 120)]
    assert seconds(rows["runs"]) == [("waiting", 50, 60), ("running", 60, 120)]
    assert seconds(rows["later"]) == [("depends", 51, 120)]
    assert (waited(rows["after"]), ran(rows["after"])) == (10, 20)
    assert rows["gone"].lost
    assert rows["gone"].ready is None


def event(number: int, job_id: str, at: int, status: str = "STARTING") -> dict[str, Any]:
    detail = {"jobId": job_id, "status": status}
    return {"id": str(number), "at": START + at * 1000, "detail-type": "Batch Job State Change", "detail": detail}


def test_where_events_are_kept_they_tell_what_is_starting() -> None:
    account = small()
    told = [event(1, "retried", 30), event(2, "retried", 3), event(2, "retried", 3), event(3, "waits", 110)]
    account.events = [*told, event(4, "first", 4, "RUNNABLE"), {"at": START}, event(5, "first", 4)]
    report = gathered(account)
    rows = by_id(report)
    assert seconds(rows["retried"]) == [
        ("waiting", 2, 3), ("starting", 3, 5), ("running", 5, 20),
        ("waiting", 20, 30), ("starting", 30, 40), ("running", 40, 90),
    ]  # fmt: skip
    assert seconds(rows["waits"]) == [("waiting", 50, 110), ("starting", 110, 120)]
    assert seconds(rows["first"])[:2] == [("waiting", 0, 4), ("starting", 4, 10)]
    data = data_of(page(report, title="t", environment="e", lang="en"))
    assert "missing_starting" not in {key for key, _ in data["missing"]}
    assert sum(data["series"]["counts"]["starting"]) > 0


def test_events_that_may_not_be_read_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    account = small()

    def refuse(**_: Any) -> Any:
        raise CallError("denied", failure="refused", said="denied")
        yield

    monkeypatch.setattr(account, "_events", refuse)
    data = data_of(page(gathered(account), title="t", environment="e", lang="en"))
    assert "missing_starting" in {key for key, _ in data["missing"]}


def test_arrays_are_their_children_and_causes_are_in_whys_words() -> None:
    report = gathered(small())
    assert report.jobs == 12
    assert "array" not in by_id(report)
    assert by_id(report)["array:1"].index == 1
    assert report.states == {"PENDING": 1, "RUNNABLE": 1, "RUNNING": 1, "SUCCEEDED": 6, "FAILED": 3}
    told = {cause.example: (cause.verdict, cause.worth_retry) for cause in report.causes}
    assert told == {"bad": ("EXIT_CODE", None), "memory": ("OUT_OF_MEMORY", False), "array:1": ("EXIT_CODE", None)}
    bad = next(cause for cause in report.causes if cause.example == "bad")
    assert bad.log[-1] == "no such file"
    assert report.causes[by_id(report)["memory"].cause or 0].verdict == "OUT_OF_MEMORY"


def test_an_array_whose_children_are_not_made_yet_is_one_job() -> None:
    account = small()
    account.jobs = {"array": account.jobs["array"]}
    assert [row.size for row in gathered(account).rows] == [3]


def test_of_more_jobs_than_it_shows_the_numbers_are_of_all() -> None:
    account = many(900, array=600)
    whole = gathered(account)
    assert (len(whole.rows), whole.listed) == (900, 0)
    some = gathered(many(900, array=600), most=200)
    assert (some.jobs, len(some.rows)) == (900, 200)
    assert some.states == whole.states
    assert some.waited
    assert whole.waited
    assert some.waited.count == whole.waited.count
    assert sum(cause.count for cause in some.causes) == whole.states["FAILED"]
    assert some.listed == 600 - sum(row.status == "FAILED" and ":" in row.id for row in whole.rows)
    assert Counter(row.status for row in some.rows)["FAILED"] == min(100, whole.states["FAILED"])
    keys = [key for key, _ in data_of(page(some, title="t", environment="e", lang="en"))["missing"]]
    assert {"missing_rows", "missing_listed"} <= set(keys)


lives = st.lists(
    st.tuples(st.integers(0, 1000), st.lists(st.integers(0, 500), max_size=6), st.booleans()), min_size=1, max_size=30
)


@settings(max_examples=60, deadline=None)
@given(lives)
def test_over_time_is_the_sum_of_the_spans(found: list[tuple[int, list[int], bool]]) -> None:
    rows = []
    for number, (created, steps, over) in enumerate(found):
        at, runs = created, []
        for wait, run in zip(steps[::2], steps[1::2], strict=False):
            runs.append(Attempt(0, None, None, at + wait, at + wait + run))
            at += wait + run
        status = "SUCCEEDED" if over else "RUNNABLE"
        rows.append(Row(str(number), "n", None, status, "q", "d", created, at if over else None, tuple(runs), "", None))
    end = 5000
    series = over_time(rows, 0, end, end)
    assert len(series.counts["running"]) == BINS
    for kind in KINDS:
        whole = sum(stop - begin for row in rows for one, begin, stop in spans(row, end) if one == kind)
        assert sum(series.counts[kind]) * series.step == pytest.approx(whole, abs=0.01 * BINS * series.step)


def test_a_spread_has_every_time_in_one_bar() -> None:
    found = spread([0.2, 1, 1.5, 30, 999_999])
    assert found
    assert (found.count, sum(found.bars), found.bars[0], found.bars[1], found.bars[-1]) == (5, 5, 1, 2, 1)
    assert (found.median, found.most) == (1.5, 999_999)
    assert spread([]) is None


def test_the_page_is_whole_and_shows_no_secret() -> None:
    text = page(gathered(small()), title=HOSTILE, environment="local", lang="ja", say=FlagWords().say)
    assert text.startswith(MARK)
    assert '<html lang="ja">' in text
    assert "<script>alert" not in text
    assert "<img" not in text
    data = data_of(text)
    whole = json.dumps(data)
    assert "hunter2" not in whole
    assert "--token **********" in whole
    assert "DB_PASSWORD" in whole
    assert HOSTILE in data["texts"]
    assert any("retry memory --memory x2" in step for cause in data["causes"] for step in cause["next"])
    # Nothing in it names another place: what loads something is not there at all.
    shell = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//[a-z]+\.|<link|<iframe|@import|url\(", shell)
    assert "default-src 'none'" in text
    assert "unsafe" not in text


def test_figures_become_columns_where_there_are_any() -> None:
    account = small()
    used = {"memory_peak_bytes": 512 << 20, "mean_cores": 0.9, "wall_seconds": 25.0}
    account.lines["bad/1"].append(json.dumps({USED: used}, separators=(",", ":")))
    full = data_of(page(gathered(account), title="t", environment="e", lang="en"))
    told = {job_id: place for place, job_id in enumerate(full["columns"]["id"]) if isinstance(job_id, str)}
    assert full["columns"]["used_memory"][told["bad"]] == 512.0
    assert full["columns"]["cost"][told["first"]] == round(2 * 0.0651 * 60 / 3600, 6)  # two vCPUs of an m7i
    assert full["columns"]["cost"][told["waits"]] == 0
    (one,) = full["sums"]
    assert (one["jobs"], one["measured"], one["memory_asked"], one["memory_most"]) == (12, 1, 4096, 512.0)
    assert (one["vcpu_asked"], one["cores_median"], one["priced"]) == (2, 0.9, 11)
    assert one["least_cost"] / one["cost"] == pytest.approx(0.062 / 0.0651, rel=1e-3)
    assert not {"missing_usage", "missing_cost"} & {key for key, _ in full["missing"]}
    lost = [["missing_some_usage", 11], ["missing_some_cost", 1]]  # of what runs no task is told
    assert full["missing"][-2:] == lost


@pytest.mark.parametrize("code", ["AccessDeniedException", ""])
def test_what_aws_does_not_permit_is_missing(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise CallError("no", failure="refused" if code else "lost", said="no", code=code)

    monkeypatch.setattr("awa_batch.report.figures.costs_of", refuse)
    monkeypatch.setattr("awa_batch.report.figures.measured_of", refuse)
    if not code:  # AWS does not answer: that is waited for
        with pytest.raises(CallError):
            gathered(small())
        return
    bare = data_of(page(gathered(small()), title="t", environment="e", lang="en"))
    assert {"missing_usage", "missing_cost"} <= {key for key, _ in bare["missing"]}
    assert not {"used_memory", "cost"} & set(bare["columns"])
    assert bare["sums"] == []


def test_ten_thousand_jobs_are_less_than_a_megabyte() -> None:
    text = page(gathered(many(10_000)), title="t", environment="local", lang="en")
    assert len(text) < 1_000_000
    assert data_of(text)["count"] == 10_000


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["ja"].keys()
    script = (Path(sys.modules["awa_batch.report"].__file__ or "").parent / "page.js").read_text()
    template = (Path(sys.modules["awa_batch.report"].__file__ or "").parent / "page.html").read_text()
    asked = set(re.findall(r'\bw\("(\w+)"\)', script)) | set(re.findall(r'data-w="(\w+)"', template))
    assert asked <= WORDS["en"].keys()
    for key, words in WORDS["en"].items():
        assert words.count("{n}") == WORDS["ja"][key].count("{n}")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    found = small()
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(Clients, "make", lambda *_, **__: found)
    monkeypatch.chdir(tmp_path)
    return found


def run(*words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["awa-batch", "report", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_the_command_writes_a_file_and_replaces_only_reports(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("bad", "array", "--lang", "ja", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    assert said.out == "report.html\n"
    assert said.err.startswith("4 jobs: 2 SUCCEEDED, 2 FAILED; ")
    file = tmp_path / "report.html"
    assert file.stat().st_mode & 0o777 == 0o600
    assert data_of(file.read_text())["title"] == "2 jobs"
    assert run("bad", monkeypatch=monkeypatch) == 0
    assert data_of(file.read_text())["title"] == "Job bad"
    (tmp_path / "main.tf").write_text("precious")
    assert run("bad", "-o", "main.tf", monkeypatch=monkeypatch) == 2
    assert (tmp_path / "main.tf").read_text() == "precious"
    assert run("bad", "-o", "no/such/folder/r.html", monkeypatch=monkeypatch) == 2
    assert run("nothing", monkeypatch=monkeypatch) == 2
    assert run("bad", "--since", "7d", monkeypatch=monkeypatch) == 2


def test_a_report_of_nothing_is_one(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account.jobs.clear()
    assert run("--since", "1h", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().err.startswith("0 jobs; ")
    assert data_of((tmp_path / "report.html").read_text())["count"] == 0
