"""Waiting in front of a user on a running local Batch: Ctrl-C, the way back, arrays, a server that goes away."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from batch_support import LocalBatch, started
from offered import Offered


@pytest.fixture(scope="module")
def offered(process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Offered:
    return Offered(process_aws, tmp_path_factory.mktemp("offered"), "sh", "-c", "echo running; sleep 600")


class Waiting:
    """A command that waits for a job, and what it has said on stderr."""

    def __init__(self, offered: Offered, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awa_batch", *words],
            env=offered.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.job_id = ""
        self.said: list[str] = []

    def until(self, word: str) -> str:
        """Read stderr up to a line with ``word``."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if word in line:
                return line
        raise AssertionError(f"{word!r} was not said: {''.join(self.said)}")

    def press(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def left(self) -> tuple[int, str, str]:
        out, rest = self.process.communicate(timeout=60)
        return self.process.returncode, out.strip(), "".join(self.said) + rest


@contextmanager
def waiting(offered: Offered, *words: str) -> Iterator[Waiting]:
    command = Waiting(offered, *words)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def test_one_press_tells_and_a_second_one_cancels(offered: Offered) -> None:
    with waiting(offered, "submit", "ec2-sample", "--follow") as command:
        command.until("running")
        command.press()
        told = command.until("Ctrl-C again within 10 s cancels the job")
        assert "awa-batch attach " in told
        time.sleep(0.3)
        assert command.process.poll() is None
        command.press()
        code, job_id, said = command.left()
    assert code == 130
    assert "Cancelling the job" in said
    job = offered.aws.wait(job_id)
    assert job["status"] == "FAILED"
    assert "with Ctrl-C" in job["statusReason"]
    assert "@" in job["statusReason"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, ["--on-interrupt", "detach"]),
        (signal.SIGTERM, []),
        (signal.SIGQUIT, []),
        (signal.SIGQUIT, ["--on-interrupt", "cancel"]),
    ],
)
def test_detaching_leaves_the_job_and_names_the_way_back(offered: Offered, number: int, words: list[str]) -> None:
    with waiting(offered, "submit", "ec2-sample", "--wait", *words) as command:
        command.until("To come back")
        command.press(number)
        code, job_id, said = command.left()
    assert code == 130
    assert f"The job goes on; to come back: awa-batch attach {job_id}" in said
    assert offered.aws.state(job_id) not in ("SUCCEEDED", "FAILED")
    offered.aws.batch.terminate_job(jobId=job_id, reason="the test is over")


def test_the_first_press_cancels_where_that_is_asked_for(offered: Offered) -> None:
    with waiting(offered, "submit", "ec2-sample", "--follow", "--on-interrupt", "cancel") as command:
        command.until("running")
        command.press()
        code, job_id, said = command.left()
    assert code == 130
    assert "Cancelling" in said
    assert offered.aws.wait(job_id)["status"] == "FAILED"


@pytest.mark.parametrize("reading", [["attach"], ["logs", "-f"], ["status", "--watch"]], ids=" ".join)
def test_reading_never_ends_a_job(offered: Offered, reading: list[str]) -> None:
    job_id = offered.run("submit", "ec2-sample").stdout.strip()
    offered.aws.wait(job_id, "RUNNING")
    with waiting(offered, *reading, job_id) as command:
        command.until("RUNNING")
        command.press()
        command.press()
        code, _, said = command.left()
    assert (code, f"awa-batch attach {job_id}" in said) == (130, True)
    assert offered.aws.state(job_id) == "RUNNING"
    offered.aws.batch.terminate_job(jobId=job_id, reason="the test is over")


@pytest.mark.parametrize("command", ["attach", "logs"])
def test_a_job_that_is_not_there_is_refused_at_once(offered: Offered, command: str) -> None:
    array = offered.run("submit", "ec2-sample", "--array", "3", "--", "true").stdout.strip()
    for named, said in (
        ("nothing", "JOB_ID: local has no job nothing."),
        (f"{array}:99", f"JOB_ID: {array}:99: the array has the children 0 to 2."),
    ):
        done = offered.run(command, named, code=2)
        what, fix = done.stderr.splitlines()
        assert (done.stdout, what) == ("", f"awa-batch: {said}")
        assert fix
    (arn,) = (job["jobArn"] for job in offered.aws.batch.describe_jobs(jobs=[array])["jobs"])
    offered.run(command, arn)


def test_an_array_is_followed_with_its_indexes_and_exits_as_its_first_failed_child(offered: Offered) -> None:
    script = 'i=$AWS_BATCH_JOB_ARRAY_INDEX; echo "child $i"; test $i -lt 4 || exit $((i + 3))'
    done = offered.run("submit", "ec2-sample", "--array", "6", "--follow", "--", "sh", "-c", script, code=7)
    lines = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert sorted(lines) == [f"[{index}] child {index}" for index in range(6)]
    job_id = done.stdout.strip()
    assert sorted(offered.run("logs", job_id).stdout.splitlines()) == [f"[{index}] child {index}" for index in range(6)]
    failed = offered.run("logs", job_id, "--failed").stdout.splitlines()
    assert sorted(failed) == ["[4] child 4", "[5] child 5"]
    rows = json.loads(offered.run("status", job_id, "--failed", "-o", "json").stdout)
    assert [(row["array_index"], row["exit_code"]) for row in rows] == [(4, 7), (5, 8)]


def test_every_attempt_is_logged_and_can_be_chosen(offered: Offered) -> None:
    script = "echo try $AWS_BATCH_JOB_ATTEMPT; test $AWS_BATCH_JOB_ATTEMPT -eq 3"
    done = offered.run("submit", "ec2-sample", "--attempts", "3", "--follow", "--", "sh", "-c", script)
    assert [line for line in done.stderr.splitlines() if line.startswith("try")] == ["try 1", "try 2", "try 3"]
    job_id = done.stdout.strip()
    assert offered.run("logs", job_id).stdout == "try 1\ntry 2\ntry 3\n"
    assert offered.run("logs", job_id, "--attempt", "2").stdout == "try 2\n"
    assert offered.run("logs", job_id, "--failed").stdout == "try 1\ntry 2\n"
    assert offered.run("logs", "@last", "--tail", "1").stdout == "try 3\n"
    assert offered.run("logs", job_id, "-f", "--tail", "2").stdout == "try 2\ntry 3\n"
    assert offered.run("logs", job_id, "-f", "--since", "2999-01-01").stdout == ""
    assert offered.run("logs", job_id, "--since", "1h").stdout == "try 1\ntry 2\ntry 3\n"
    assert offered.run("logs", job_id, "--since", "2999-01-01").stdout == ""


def test_a_run_is_watched_and_its_failures_are_found(offered: Offered, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text("".join(json.dumps({"command": ["sh", "-c", f"exit {number % 5}"]}) + "\n" for number in range(25)))
    offered.run("submit", "ec2-sample", "--from", str(jobs), "--run", "watched", "--rate", "1000")
    done = offered.run("status", "--run", "watched", "--watch", code=1)
    assert "run watched: 25 jobs" in done.stdout
    assert [line.split() for line in done.stdout.splitlines()[2:]] == [["SUCCEEDED", "5"], ["FAILED", "20"]]
    assert "20 of 25 jobs failed" in done.stderr
    assert len(offered.run("status", "--run", "watched", "--failed", "-o", "id").stdout.splitlines()) == 20
    summary = json.loads(offered.run("status", "--run", "watched", "-o", "json").stdout)
    assert (summary["states"], summary["not_accepted"]) == ({"SUCCEEDED": 5, "FAILED": 20}, {})
    why = json.loads(offered.run("why", "--run", "watched", "-o", "json").stdout)
    assert why["failed"] == 20
    assert sorted(len(cause["job_ids"]) for cause in why["causes"]) == [5, 5, 5, 5]
    assert why["next"] == ["awa-batch retry --run watched"]
    assert "20 FAILED" in offered.run("why", "--run", "watched").stdout
    failed = offered.run("status", "--run", "watched", "--failed", "-o", "id").stdout
    assert "no lines of failed jobs" in offered.run("logs", "--run", "watched", "--failed").stderr
    again = offered.run("retry", "-", stdin="\n".join(failed.splitlines()[:2])).stdout.splitlines()
    assert len(again) == 2
    assert len(offered.run("retry", "--run", "watched").stdout.splitlines()) == 20
    entries = json.loads(offered.run("history", "-n", "22", "-o", "json").stdout)
    assert {entry["origin"] for entry in entries} == {f"retry of {job_id}" for job_id in failed.splitlines()}
    unknown = offered.run("status", "--run", "wached", code=2).stderr
    assert "Did you mean 'watched'?" in unknown


def test_a_server_that_goes_away_is_told_with_the_way_back(tmp_path: Path) -> None:
    with started(tmp_path / "server", "process") as aws:
        offered = Offered(aws, tmp_path, "sleep", "600")
        with waiting(offered, "submit", "ec2-sample", "--wait") as command:
            command.until("To come back")
            job_id = command.process.stdout.readline().strip() if command.process.stdout else ""
            from local_batch import lifecycle

            command.press(signal.SIGSTOP)  # else it may see how the server, while it stops, ends the job
            lifecycle.stop(tmp_path / "server")
            command.press(signal.SIGCONT)
            told = command.until("AWS does not answer")
            code, _, said = command.left()
    assert job_id
    assert code == 3
    assert "go on" not in told
    assert "The local AWS is gone, and its jobs ended with it." in said
    assert "make up" in said
    assert "Traceback" not in said
