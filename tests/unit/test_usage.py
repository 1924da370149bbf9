"""What jobs used: lines found in many streams, how figures are spread, and the size that would have done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from observe_support import FakeBatch, FakeLogs, attempt, detail

from awa_batch.batch.logs import find_in_streams
from awa_batch.batch.usage_lines import read_usage_line
from awa_batch.usage import Asked, Measured, advise, outliers, spread, usage_of_jobs
from awa_batch.usage.sentence import sentence, size_text

GIB = 1024
LATER = 1_700_000_002_000


def line(**values: Any) -> str:
    return json.dumps({"awa_batch_usage": values}, separators=(",", ":"))


class Clients:
    def __init__(self, logs: FakeLogs, *jobs: dict[str, Any]) -> None:
        self.logs = logs
        self.batch = FakeBatch(jobs)


def job(memory: float | None = 900, cores: float | None = 1.0, asked: Asked | None = None, **more: Any) -> Measured:
    asked = asked or Asked(4, 8192, on_fargate=False)
    index = more.pop("index", None)
    return Measured("j", "n", "SUCCEEDED", index, asked, 1, memory=memory, cores=cores, wall_seconds=120.0, **more)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (line(a=1), {"a": 1}),
        ("half a line" + line(a=1), {"a": 1}),
        (line(a=1) + " and more", {"a": 1}),
        (line(a=1)[:-3], None),
        ('{"awa_batch_usage":[]}', None),
        ("awa_batch_usage", None),
        ("", None),
    ],
)
def test_a_line_is_read_wherever_it_stands(message: str, found: dict[str, Any] | None) -> None:
    assert read_usage_line(message) == found


def test_many_streams_are_looked_through_by_the_hundred_and_missing_ones_passed_over() -> None:
    logs = FakeLogs(page=30, gaps=True)
    names = [f"s/{number}" for number in range(250)]
    for name in names:
        if name not in ("s/0", "s/120", "s/249"):
            logs.write(name, "x", line(of=name))
    found = dict(find_in_streams(logs, "g", names, "awa_batch_usage"))  # type: ignore[arg-type]
    assert sorted(found) == sorted(set(names) - {"s/0", "s/120", "s/249"})
    assert logs.calls < 80


def test_of_several_attempts_the_one_with_most_memory_counts() -> None:
    logs = FakeLogs()
    for stream, peak in (("1", 700), ("2", 300)):
        logs.write(stream, line(memory_peak_bytes=peak << 20, mean_cores=0.5, wall_seconds=9.0), at=LATER)
    job = detail("a", "SUCCEEDED", attempts=[attempt("1", 1), attempt("2", 0), attempt("gone", 0)])
    (found,) = usage_of_jobs(Clients(logs, job), ["a"])  # type: ignore[arg-type]
    assert (found.attempt, found.memory, found.attempts) == (1, 700, 3)


@pytest.mark.parametrize(
    ("said", "memory"),
    [
        ({"memory_peak_bytes": 1000}, 1000),
        ({"memory_peak_bytes": 1000, "memory_cache_bytes": 300}, 700),
        ({"memory_peak_bytes": 1000, "memory_cache_bytes": 300, "largest_process_bytes": 800}, 800),
        ({"memory_peak_bytes": 1000, "largest_process_bytes": 1200}, 1000),  # pages shared with others
        ({"memory_peak_bytes": "much"}, None),
    ],
)
def test_what_the_page_cache_held_does_not_count(said: dict[str, Any], memory: float | None) -> None:
    logs = FakeLogs()
    values = {name: value << 20 if isinstance(value, int) else value for name, value in said.items()}
    logs.write("1", line(**values), at=LATER)
    job = detail("a", "SUCCEEDED", attempts=[attempt("1", 0)])
    assert usage_of_jobs(Clients(logs, job), ["a"])[0].memory == memory  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "-5", "1" + "0" * 400, "true", "null", '"x"', "[]", "{}"]
)
def test_whatever_a_job_writes_as_a_figure_is_one_or_is_passed_over(value: str) -> None:
    """Any job can write such a line, and the command that reads those of a run must not end of it."""
    logs = FakeLogs()
    members = ("memory_peak_bytes", "mean_cores", "wall_seconds", "read_bytes", "exit_code", "oom_kills")
    said = ",".join(f'"{member}":{value}' for member in members)
    logs.write("1", f'{{"awa_batch_usage":{{{said}}}}}', at=LATER)
    logs.write("2", '{"awa_batch_usage":' + "[" * 100_000, at=LATER)
    job = detail("a", "SUCCEEDED", attempts=[attempt("1", 0), attempt("2", 0)])
    (found,) = usage_of_jobs(Clients(logs, job), ["a"])  # type: ignore[arg-type]
    assert (found.memory, found.cores, found.wall_seconds, found.read_bytes, found.exit_code) == (None,) * 5


@pytest.mark.parametrize(
    ("more", "note"),
    [
        (
            {"attempts": [attempt("1", 0)]},
            "its command wrote none (`python run_batch.py …` and `python -m awa_runtime …` do)",
        ),
        ({"status": "RUNNING"}, "it has not ended"),
        ({}, "it never started"),
        ({"container": {"logConfiguration": {"logDriver": "splunk"}}}, "its output goes to splunk"),
    ],
)
def test_a_job_without_a_line_says_why(more: dict[str, Any], note: str) -> None:
    logs = FakeLogs()
    logs.write("1", "hello")
    (found,) = usage_of_jobs(Clients(logs, detail("a", **{"status": "FAILED", **more})), ["a"])  # type: ignore[arg-type]
    assert (found.note, found.memory) == (note, None)


@pytest.mark.parametrize(
    ("jobs", "fargate", "size"),
    [
        ([job(900, 0.9)], False, (2.0, 1088)),  # 1,080 MiB to the next 64
        ([job(900, 0.9)], True, (2.0, 4096)),  # 1.08 vCPU: Fargate's 2 begin at 4 GB
        ([job(900, 0.4)], True, (0.5, 2048)),
        ([job(900, 0.1)], True, (0.25, 2048)),
        ([job(5000, 0.1)], True, (1.0, 6144)),  # the memory wants more vCPUs
        ([job(10, 0.01)], False, (1.0, 128)),
        ([job(100, 9.0)], False, (4.0, 128)),  # a mean is no peak: never more than were asked for
        ([job(100, 1.0), job(3000, 0.2), job(None, None)], False, (2.0, 3648)),
        ([job(200_000, 1.0)], True, (32.0, 249_856)),
        ([job(300_000, 1.0)], True, None),
        ([job(None, None)], False, None),
        ([job(900), job(8192, out_of_memory=True)], False, None),
    ],
)
def test_the_size_that_would_have_done(jobs: list[Measured], fargate: bool, size: tuple[float, int] | None) -> None:
    found = advise(jobs, on_fargate=fargate)
    assert (None if found is None else (found.vcpu, found.memory)) == size


def test_a_size_that_fits_is_no_other() -> None:
    fitting = advise([job(1700, 0.9, Asked(1, 2048, on_fargate=False))])
    assert fitting is not None
    assert (fitting.vcpu, fitting.memory, fitting.is_other) == (1.0, 2048, False)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (job(922, 3.5), "asked 8 GiB, peaked at 0.9 GiB"),
        (job(7000, 0.9), "asked 4 vCPUs, used 0.9 on the mean"),
        (job(500, 0.9), "asked 8 GiB, peaked at 500 MiB; asked 4 vCPUs, used 0.9 on the mean"),
        (job(7000, 3.5), ""),
        (job(100, 0.4, Asked(1, 1024, on_fargate=False)), ""),  # little, whatever it used
        (job(None, None), ""),
    ],
)
def test_the_sentence_where_it_matters(one: Measured, said: str) -> None:
    assert sentence(one) == said


@pytest.mark.parametrize(("mib", "text"), [(1, "1 MiB"), (921, "921 MiB"), (922, "0.9 GiB"), (8 * GIB, "8 GiB")])
def test_sizes_as_people_read_them(mib: float, text: str) -> None:
    assert size_text(mib) == text


def test_how_figures_are_spread() -> None:
    found = spread([None, *map(float, range(1, 101))])
    assert found is not None
    assert (found.count, found.least, found.median, found.p95, found.most) == (100, 1, 50.5, 95, 100)
    assert spread([None]) is None
    one = spread([3.0])
    assert one is not None
    assert (one.least, one.p95, one.most) == (3, 3, 3)


def test_which_stand_out() -> None:
    def memory(one: Measured) -> float | None:
        return one.memory

    jobs = [job(100.0 + index % 5, index=index) for index in range(20)] + [job(900, index=20), job(500, index=21)]
    assert [one.index for one in outliers(jobs, memory)] == [20, 21]
    assert outliers(jobs[:20], memory) == []
    assert outliers([*jobs[:20], job(110, index=5)], memory, least=64) == []  # too little to be told
    assert outliers(jobs[19:], memory) == []  # too few
