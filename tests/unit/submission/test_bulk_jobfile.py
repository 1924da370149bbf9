"""jobs.jsonl: every line is checked before anything is called, and an error names file, line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.submission.jobfile import FIELDS, MAX_LINES, read_jobs

EVERYTHING: dict[str, Any] = {
    "definition": "ec2-sample",
    "queue": "ec2-low-priority",
    "name": "hello",
    "command": ["echo", "é"],
    "env": {"A": "b"},
    "config": {"batchSize": 8},
    "params": {"p": "v"},
    "vcpu": 2,
    "memory": 4096,
    "gpu": 1,
    "timeout": 60,
    "attempts": 3,
    "retry_on": ["spot", "exit:7"],
    "tags": {"team": "a"},
    "share_identifier": "teamA",
    "scheduling_priority": 0,
    "depends_on": ["id-1", "id-2:N_TO_N"],
    "array": 3,
    "sequential": True,
    "code": "clone",
    "image": f"repository@sha256:{'0' * 64}",
    "container_overrides": {"command": ["from", "overrides"]},
    "platform_version": "1.4.0",
}


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "jobs.jsonl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_line_says_all_that_can_be_said_of_a_job(tmp_path: Path) -> None:
    assert set(EVERYTHING) == set(FIELDS)
    jobs = read_jobs(write(tmp_path, json.dumps(EVERYTHING))).jobs
    assert jobs[1] == JobSpec(**EVERYTHING)


def test_an_empty_object_is_a_plain_job(tmp_path: Path) -> None:
    assert read_jobs(write(tmp_path, "{}")).jobs[1] == JobSpec()


def test_blank_lines_a_byte_order_mark_and_crlf_change_no_line_number(tmp_path: Path) -> None:
    assert list(read_jobs(write(tmp_path, b"\xef\xbb\xbf{}\r\n\r\n{}\r\n")).jobs) == [1, 3]


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    hashes = {read_jobs(write(tmp_path, text)).sha256 for text in ("{}", "{} ", "{}\n{}")}
    assert len(hashes) == 3


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        ("{", "column 2: Expecting property name", "one JSON object"),
        ("[]", "not a JSON object", "definition"),
        ('{"comand": ["a"]}', "there is no field 'comand'.", "Did you mean 'command'?"),
        ('{"memory": "4096"}', "memory: '4096' is not a valid integer", "memory as a whole number"),
        ('{"memory": 1.5}', "memory: 1.5 is not a valid integer", "whole number"),
        ('{"vcpu": "2"}', "vcpu: '2' is not a valid number", "vcpu as a number"),
        ('{"vcpu": true}', "vcpu: True is not a valid number", "vcpu as a number"),
        ('{"env": {"N": 1}}', "env.N: 1 is not a valid string", "env.N in double quotes"),
        ('{"env": ["A=b"]}', "env: ['A=b'] is not a valid dictionary", "env as a JSON object"),
        ('{"command": "echo"}', "command: 'echo' is not a valid list", "command as a JSON list"),
        ('{"array": 2.5}', "array: 2.5 is not a valid integer", "array as a whole number"),
        ('{"sequential": "yes"}', "sequential: 'yes' is not a valid boolean", "sequential as true or false"),
        ('{"vcpu": NaN}', "NaN is not JSON", "null"),
        ('{"name": "a", "name": "b"}', "name is there twice", "Keep one"),
        ('{"env": {"A": "1", "A": "2"}}', "A is there twice", "Keep one"),
        ('{"timeout": %s}' % ("9" * 5000), "an integer has more than 4300 digits", "Write it as a string"),
        ('{"vcpu": 1e999}', "1e999 is too large for a number", "smaller number"),
        ("[" * 200_000, "nested too deeply", "Flatten it"),
        (b'{"name": "\xff"}', "not UTF-8 text: invalid start byte at byte 11", "UTF-8"),
    ],
)
def test_an_error_names_file_line_and_field(line: str | bytes, what: str, fix: str, tmp_path: Path) -> None:
    raw = line if isinstance(line, bytes) else line.encode()
    file = write(tmp_path, b"{}\n" + raw + b"\n{}\n")
    with pytest.raises(UsageError) as caught:
        read_jobs(file)
    assert caught.value.what.startswith(f"{file} line 2: {what}")
    assert fix in caught.value.fix
    assert "\n" not in caught.value.what + caught.value.fix


def test_other_wrong_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 1: .* \(12 more lines are wrong: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …\)"):
        read_jobs(write(tmp_path, "[]\n" * 13))
    with pytest.raises(UsageError, match=r"\(1 more line is wrong: 2\)"):
        read_jobs(write(tmp_path, "[]\n" * 2))


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_jobs_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no jobs in it"):
        read_jobs(write(tmp_path, content))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"from .*missing.jsonl: No such file"):
        read_jobs(tmp_path / "missing.jsonl")


def test_a_line_beyond_what_names_can_count_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"line {MAX_LINES + 1}: a run has at most 999,999 lines"):
        read_jobs(write(tmp_path, "{}" + "\n" * MAX_LINES + "{}"))
