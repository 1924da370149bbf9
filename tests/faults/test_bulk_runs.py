"""The ways a run can go, each against a scripted server: what is sent, looked up, kept, and told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_batch import ScriptedBatch, lead_to

from awa_batch.batch.clients import Clients
from awa_batch.cli.commands.submit_from import submit_from
from awa_batch.errors import AwsError, UsageError
from awa_batch.submission.breaker import STOP_AFTER
from awa_batch.submission.bulk import Outcome, Settings, submit_run
from awa_batch.submission.ledger import Ledger
from awa_batch.submission.run import open_run
from awa_batch.submission.single import LOOKUP_WAITS, MAX_TRIES

WAITS = (0.01, 0.02, 0.03)
ONE_AT_A_TIME = Settings(rate=10_000, threads=1, lookup_waits=WAITS)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def jobs(tmp_path: Path) -> Callable[[int], Path]:
    def write(count: int) -> Path:
        file = tmp_path / "jobs.jsonl"
        file.write_text("".join(f'{{"command": ["echo", "{number}"]}}\n' for number in range(1, count + 1)))
        return file

    return write


def go(
    clients: Clients, file: Path, settings: Settings = ONE_AT_A_TIME, stop: threading.Event | None = None
) -> Outcome:
    ledger, prefix, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample")
    with ledger:
        return submit_run(clients, ledger, prefix, settings=settings, stop=stop)


def states(clients: Clients, file: Path) -> list[str]:
    ledger, _, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample")
    with ledger:
        return [entry.state for entry in ledger.entries()]


def names(server: ScriptedBatch) -> list[str]:
    return [json.loads(body)["jobName"] for body in server.bodies]


def test_a_good_server_gets_each_job_once_in_order(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    outcome = go(clients, jobs(5))
    assert (outcome.progress.left, outcome.stopped, outcome.interrupted) == (0, None, False)
    assert [name.split("-")[2] for name in names(server)] == [f"{line:06d}" for line in range(1, 6)]
    assert {json.loads(body)["containerOverrides"]["command"][1] for body in server.bodies} == set("12345")
    assert server.lookups == 1  # whether the run is there already


def test_a_second_start_sends_nothing(clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]) -> None:
    go(clients, jobs(5))
    assert go(clients, jobs(5)).progress.left == 0
    assert (server.submits, server.lookups) == (5, 1)


def test_a_lost_ledger_doubles_nothing(
    clients: Clients,
    server: ScriptedBatch,
    jobs: Callable[[int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go(clients, jobs(5))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path / "another"))
    ledger, _, found = open_run(clients, jobs(5), "r", queue=None, definition="ec2-sample")
    with ledger:
        assert (found, ledger.counts()) == (5, {"accepted": 5})


@pytest.mark.parametrize("fault", ["accept+500", "accept+502", "accept+drop", "accept+garbage", "accept+cut"])
def test_a_lost_answer_is_looked_up_and_not_sent_again(
    fault: str, clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["accept", fault]
    outcome = go(clients, jobs(3))
    assert (outcome.progress.left, outcome.found, server.submits) == (0, 1, 3)


def test_an_array_is_one_job_of_a_run_also_after_a_lost_answer(
    clients: Clients, server: ScriptedBatch, tmp_path: Path
) -> None:
    file = tmp_path / "jobs.jsonl"
    file.write_text('{"array": 3, "sequential": true}\n{"name": "single"}\n')
    server.script = ["accept+drop"]
    outcome = go(clients, file)
    assert (outcome.progress.left, outcome.found, outcome.progress.total) == (0, 1, 2)
    sent = [json.loads(body) for body in server.bodies]
    assert [request.get("arrayProperties") for request in sent] == [{"size": 3}, None]
    assert sent[0]["dependsOn"] == [{"type": "SEQUENTIAL"}]
    assert states(clients, file) == ["accepted", "accepted"]


@pytest.mark.parametrize("fault", ["drop", "500", "502"])
def test_what_was_not_accepted_is_sent_again_after_all_looks(
    fault: str, clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = [fault]
    outcome = go(clients, jobs(1))
    assert (outcome.progress.left, outcome.found) == (0, 0)
    assert (server.submits, server.lookups) == (2, 1 + len(WAITS))
    assert server.bodies[0] == server.bodies[1]


def test_a_job_that_is_listed_late_is_not_sent_again(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["accept+drop"]
    server.hidden = len(WAITS)
    assert go(clients, jobs(1)).found == 1
    assert server.submits == 1


def test_a_lost_try_is_looked_up_once_more_after_a_throttled_second_one(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["accept+drop", "throttle"]
    server.hidden = 1 + len(WAITS)
    assert go(clients, jobs(1)).found == 1
    assert len(server.accepted) == 1


def test_many_unclear_ones_are_looked_up_with_one_call(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["accept+drop"] * 15
    outcome = go(clients, jobs(30), Settings(rate=10_000, threads=1, lookup_waits=(0.6, 0.6)))
    assert (outcome.found, outcome.progress.left, server.submits) == (15, 0, 30)
    assert server.lookups <= 4


def test_throttles_slow_all_down_and_lose_nothing(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["throttle"] * 3 + ["accept"] + ["throttle"] * 3
    outcome = go(clients, jobs(8), Settings(rate=10_000, threads=4, lookup_waits=WAITS))
    assert (outcome.progress.left, outcome.progress.throttles) == (0, 6)
    assert len(server.accepted) == len(set(server.accepted)) == 8


def test_a_refused_job_stands_alone_and_is_sent_by_the_next_start(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["accept", "refuse"]
    outcome = go(clients, jobs(4))
    assert outcome.stopped is None
    assert states(clients, jobs(4)) == ["accepted", "refused", "accepted", "accepted"]
    assert go(clients, jobs(4)).progress.left == 0
    assert server.submits == 5


def test_when_all_are_refused_it_stops(clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]) -> None:
    server.script = ["refuse"] * 100
    outcome = go(clients, jobs(100))
    assert "20 jobs in a row were not accepted" in str(outcome.stopped)
    assert STOP_AFTER <= server.submits <= STOP_AFTER + 2
    assert go(clients, jobs(100)).stopped is not None  # the script has 100


def test_what_is_lost_again_and_again_stays_unclear_and_is_taken_up_by_the_next_start(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["drop"] * MAX_TRIES
    outcome = go(clients, jobs(1))
    assert (server.submits, outcome.progress.counts["unclear"]) == (MAX_TRIES, 1)
    assert go(clients, jobs(1)).progress.left == 0
    assert server.submits == MAX_TRIES + 1


def test_a_refusal_after_a_lost_answer_is_unclear(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.script = ["drop", "refuse"]
    outcome = go(clients, jobs(1))
    assert (server.submits, outcome.progress.counts["unclear"]) == (2, 1)


def test_a_look_up_that_is_refused_stops_the_sending(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    file = jobs(50)
    ledger, prefix, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample")
    server.script = ["accept+drop"]
    server.lookup_status = 403
    with ledger:
        outcome = submit_run(clients, ledger, prefix, settings=Settings(rate=50, lookup_waits=(0.05, 0.1)))
        assert "AccessDenied" in str(outcome.stopped)
        assert ledger.counts()["unclear"] == 1
    assert server.submits < 50


def test_without_the_permission_to_look_nothing_is_sent(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    server.lookup_status = 403
    with pytest.raises(AwsError, match="looking jobs up by name in awa-batch-local-ec2-high-priority"):
        go(clients, jobs(2))
    server.lookup_status = 200
    assert server.submits == 0
    assert go(clients, jobs(2)).progress.left == 0


def test_an_aws_that_cannot_be_reached_ends_the_run_soon(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, prefix, _ = open_run(clients, jobs(5), "r", queue=None, definition="ec2-sample")
    closed = ScriptedBatch()
    closed.server_close()
    lead_to(monkeypatch, closed.url)
    with ledger:
        outcome = submit_run(Clients(clients.contract), ledger, prefix, settings=ONE_AT_A_TIME)
        assert "AWS cannot be reached" in str(outcome.stopped)
        assert ledger.counts() == {"planned": 5}


def test_an_unwritable_ledger_is_told(clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]) -> None:
    from awa_batch.errors import AwaBatchError

    ledger, prefix, _ = open_run(clients, jobs(50), "r", queue=None, definition="ec2-sample")
    with ledger:
        pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")
        ledger._db.execute(
            "CREATE TRIGGER grow AFTER UPDATE ON job BEGIN"
            " INSERT INTO about VALUES (hex(randomblob(8)), hex(randomblob(9000))); END"
        )
        with pytest.raises(AwaBatchError, match=r"The ledger .*r\.sqlite cannot be used: database or disk is full"):
            submit_run(clients, ledger, prefix, settings=ONE_AT_A_TIME)
    assert server.submits == 0


def test_stop_waits_for_the_calls_under_way_and_keeps_the_rest(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    outcome = go(clients, jobs(100), Settings(rate=20, lookup_waits=WAITS), stop)
    assert outcome.interrupted
    counts = outcome.progress.counts
    assert 0 < counts["accepted"] == len(server.accepted) < 50
    assert counts["planned"] == 100 - counts["accepted"]
    assert (counts["sent"], counts["unclear"]) == (0, 0)


def test_the_pace_is_kept_over_all_threads(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    ledger, prefix, _ = open_run(clients, jobs(60), "r", queue=None, definition="ec2-sample")
    with ledger:
        began = time.monotonic()
        submit_run(clients, ledger, prefix, settings=Settings(rate=50, lookup_waits=WAITS))
        took = time.monotonic() - began
    assert took >= (60 - 10 - 1) / 49  # a fifth of a second's calls may be caught up


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definition": "fargate-sample"}, "was begun with definition ec2-sample, not fargate-sample"),
        ({"queue": "ec2-low-priority"}, r"was begun with queue \(none\), not ec2-low-priority"),
    ],
)
def test_a_run_goes_on_only_as_it_began(
    change: dict[str, str], message: str, clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    go(clients, jobs(2))
    with pytest.raises(UsageError, match=message):
        open_run(clients, jobs(2), "r", **{"queue": None, "definition": "ec2-sample", **change})


def test_another_file_under_the_same_name_is_refused(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path]
) -> None:
    go(clients, jobs(2))
    with pytest.raises(UsageError, match="run r was begun with other jobs") as caught:
        go(clients, jobs(3))
    assert "another run name" in caught.value.fix
    assert server.submits == 2


def test_a_wrong_line_leaves_no_ledger(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], tmp_path: Path
) -> None:
    file = jobs(2)
    file.write_text(file.read_text() + '{"memory": 1}\n')
    with pytest.raises(UsageError, match=r"jobs.jsonl line 3: memory 1: "):
        go(clients, file)
    assert not (tmp_path / "state").exists()
    assert (server.submits, server.lookups) == (0, 0)


HOLD = """
import sys, time
from pathlib import Path
from awa_batch.submission.ledger import Ledger
Ledger(Path(sys.argv[1]), "r")
print("locked", flush=True)
time.sleep(60)
"""


def test_two_processes_on_one_run_are_locked_out_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with pytest.raises(UsageError, match=f"run r is being submitted by process {other.pid}"):
                Ledger(path, "r")
        finally:
            other.kill()
            other.wait()
    Ledger(path, "r").close()


def test_the_command_prints_the_ids_in_the_files_order(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def command(output: str = "id", dry_run: bool = False, count: int = 3) -> int:
        return submit_from(
            clients, jobs(count), "r", queue=None, definition="ec2-sample", rate=1000, dry_run=dry_run, output=output
        )

    assert command(dry_run=True) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert server.submits == 0
    server.script = ["accept", "refuse"]
    assert command() == 3
    out, err = capsys.readouterr()
    assert sorted(out.split()) == ["id-1", "id-2"]
    assert "2 of 3 jobs accepted" in err
    assert "1 refused; line " in err
    assert f"To go on: awa-batch submit ec2-sample --from {jobs(3)} --run r --rate 1000\n" in err
    assert command() == 0
    out, err = capsys.readouterr()
    assert sorted(out.split()) == ["id-1", "id-2", "id-3"]
    assert "Run r goes on: 2 of 3 jobs were accepted before." in err
    assert command("json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["jobs"], summary["accepted"], summary["refused"], summary["unclear"]) == (3, 3, [], [])
    by_name = {job["jobName"]: job for job in map(json.loads, server.bodies)}
    assert [by_name[job["jobName"]] for job in shown] == shown


def test_an_impossible_rate_is_refused(clients: Clients, jobs: Callable[[int], Path]) -> None:
    for rate in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(UsageError, match="--rate"):
            submit_from(
                clients, jobs(1), "r", queue=None, definition="ec2-sample", rate=rate, dry_run=False, output="id"
            )


COMMAND = """
import json, sys
from pathlib import Path
from awa_batch.batch.clients import Clients
from awa_batch.cli.commands.submit_from import submit_from
from awa_batch.contract import Contract
clients = Clients(Contract.checked(json.loads(Path(sys.argv[1]).read_text())))
sys.exit(submit_from(clients, Path(sys.argv[2]), "r", queue=None, definition="ec2-sample", rate=20, dry_run=False,
                     output="id"))
"""


def test_ctrl_c_ends_cleanly_and_the_same_command_finishes(server: ScriptedBatch, jobs: Callable[[int], Path]) -> None:
    contract = Path(__file__).resolve().parents[1] / "data" / "contract.json"
    arguments = [sys.executable, "-c", COMMAND, str(contract), str(jobs(30))]
    env = {**os.environ, "AWS_ENDPOINT_URL": server.url}
    with subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 30
        while not server.accepted and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert 0 < len(out.split()) == len(server.accepted) < 30
    assert f"{30 - len(server.accepted)} not sent yet." in err
    assert "To go on: awa-batch submit ec2-sample --from" in err
    again = subprocess.run(arguments, env=env, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stderr
    assert len(server.accepted) == len({name for name, _ in server.accepted}) == 30


def test_the_waits_of_a_run_are_those_of_a_single_job() -> None:
    assert Settings().lookup_waits == LOOKUP_WAITS
    assert Settings().threads <= 10  # botocore's pool of connections
    assert Settings().rate == 50


def test_a_run_does_not_go_on_elsewhere(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    go(clients, jobs(2))
    with monkeypatch.context() as patch:
        patch.setattr(type(clients.contract.target), "server_id", lambda _target, _endpoint: "another")
        with pytest.raises(UsageError, match="run r was begun on a local AWS that is gone"):
            go(clients, jobs(2))
    moved = Clients(replace(clients.contract, account_id="210987654321"))
    with pytest.raises(UsageError, match="run r was begun in another environment"):
        open_run(moved, jobs(2), "r", queue=None, definition="ec2-sample")
    assert server.submits == 2
