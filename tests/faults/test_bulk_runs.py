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
from scripted_batch import PAGES, ScriptedBatch, lead_to

from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import CallError
from awa_batch.cli.commands.submit_from import submit_from
from awa_batch.errors import AwsError, UsageError
from awa_batch.submission.breaker import HOLD_AFTER, STOP_AFTER, CircuitBreaker
from awa_batch.submission.bulk import Outcome, Progress, Settings, submit_run
from awa_batch.submission.care import LOOKUP_WAITS, Care
from awa_batch.submission.ledger import Entry, Ledger
from awa_batch.submission.reconcile import beginnings
from awa_batch.submission.run import open_run
from awa_batch.submission.single import MAX_TRIES

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


@pytest.mark.parametrize(
    "fault",
    ["accept+500", "accept+502", "accept+drop", "accept+garbage", "accept+cut", *(f"accept+{page}" for page in PAGES)],
)
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


def test_an_aws_that_cannot_be_reached_ends_the_run_when_patience_does(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, prefix, _ = open_run(clients, jobs(5), "r", queue=None, definition="ec2-sample")
    closed = ScriptedBatch()
    closed.server_close()
    lead_to(monkeypatch, closed.url)
    with ledger:
        began = time.monotonic()
        outcome = submit_run(Clients(clients.contract), ledger, prefix, settings=replace(ONE_AT_A_TIME, patience=1.5))
        assert 1.5 <= time.monotonic() - began < 15
        assert "AWS cannot be reached" in str(outcome.stopped)
        assert ledger.counts() == {"planned": 5}


def test_an_outage_is_waited_through_and_told(
    clients: Clients,
    server: ScriptedBatch,
    jobs: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, prefix, _ = open_run(clients, jobs(40), "r", queue=None, definition="ec2-sample")
    gone = ScriptedBatch()
    gone.server_close()
    lead_to(monkeypatch, gone.url)
    back: list[ScriptedBatch] = []

    outages: list[str] = []
    told = threading.Event()

    def tell(progress: Progress) -> None:
        outages.append(progress.outage)
        if progress.outage:
            told.set()

    def come_back() -> None:
        told.wait(40)
        back.append(ScriptedBatch(gone.server_address[1]))
        back[0].serve_forever(poll_interval=0.02)

    threading.Thread(target=come_back, daemon=True).start()
    settings = Settings(rate=200, lookup_waits=WAITS, patience=60)
    with ledger:
        outcome = submit_run(
            Clients(clients.contract),
            ledger,
            prefix,
            settings=settings,
            tell=tell,
        )
    back[0].shutdown()
    back[0].server_close()
    assert (outcome.progress.left, outcome.stopped) == (0, None)
    assert len(back[0].accepted) == len({name for name, _ in back[0].accepted}) == 40
    assert any(outages)
    assert outages[-1] == ""


def test_silence_before_the_first_failure_does_not_count() -> None:
    now = 0.0
    throttles = 0
    breaker = CircuitBreaker(lambda: throttles, 300, lambda: now)
    unreached = CallError("x", failure="unreached", said="refused")
    breaker.accepted()
    now = 1_000.0
    assert breaker.failed(unreached) is None
    now = 1_299.0
    assert breaker.failed(unreached) is None
    now = 1_300.0
    assert breaker.failed(unreached) is unreached
    breaker.accepted()
    now = 3_000.0
    throttles = 1
    assert breaker.throttled_too_long() is None  # one after long silence is nothing
    for later in range(10, 301, 10):
        now = 3_000.0 + later
        throttles += 1
        assert breaker.throttled_too_long() is None
    now, throttles = 3_301.0, throttles + 1
    assert breaker.throttled_too_long() is not None


def test_in_an_outage_only_one_job_at_a_time_is_tried() -> None:
    now = 0.0
    breaker = CircuitBreaker(lambda: 0, 300, lambda: now)
    for _ in range(HOLD_AFTER):
        assert breaker.room(32, 0) == 32
        breaker.failed(CallError("x", failure="lost", said="503"))
    assert breaker.room(32, 0) == 0
    now = 1.0
    assert (breaker.room(32, 1), breaker.room(32, 0)) == (0, 1)
    breaker.accepted()
    assert breaker.room(32, 0) == 32


@pytest.mark.parametrize("where", ["describe", "list"])
def test_an_outage_at_the_start_is_waited_through(
    where: str, clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pages = ["503 in Shift-JIS", "200 null", "302"]
    server.describe_pages, server.lookup_pages = (pages, []) if where == "describe" else ([], pages)
    assert run_command(clients, jobs(3)) == 0
    out, err = capsys.readouterr()
    assert len(out.split()) == 3
    assert "AWS does not answer (" in err
    assert "AWS answers again." in err


def test_an_outage_at_the_start_that_lasts_tells_how_to_go_on(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    server.lookup_pages = ["200 null"] * 100
    with pytest.raises(AwsError) as caught:
        run_command(clients, jobs(3), patience=1)
    assert caught.value.exit_code == 3
    assert "Nothing was sent now. To go on: the command again" in capsys.readouterr().err
    assert server.submits == 0


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
            clients,
            jobs(count),
            "r",
            queue=None,
            definition="ec2-sample",
            rate=1000,
            dry_run=dry_run,
            output=output,
            go_on="the command again",
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
    assert "To go on: the command again\n" in err
    assert command() == 0
    out, err = capsys.readouterr()
    assert sorted(out.split()) == ["id-1", "id-2", "id-3"]
    assert "Run r goes on: 2 of 3 jobs were accepted before." in err
    assert command("json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["jobs"], summary["accepted"], summary["refused"], summary["unclear"]) == (3, 3, [], [])
    by_name = {job["jobName"]: job for job in map(json.loads, server.bodies)}
    assert [by_name[job["jobName"]] for job in shown] == shown


COMMAND = """
import json, sys
from pathlib import Path
from awa_batch.batch.clients import Clients
from awa_batch.cli.commands.submit_from import submit_from
from awa_batch.contract import Contract
clients = Clients(Contract.checked(json.loads(Path(sys.argv[1]).read_text())))
sys.exit(submit_from(clients, Path(sys.argv[2]), "r", queue=None, definition="ec2-sample", rate=20, dry_run=False,
                     output="id", go_on="the command again"))
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
    assert "To go on: the command again" in err
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


def older(clients: Clients, file: Path, state: Path, lines: int) -> None:
    """Begin a run, copy its ledger after ``lines`` jobs, let it end, and put the copy back in its place."""
    ledger, prefix, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample")
    path = state / "ledger" / clients.contract.environment / "r.sqlite"
    stop = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.counts["accepted"] >= lines:
            stop.set()

    with ledger:
        submit_run(clients, ledger, prefix, settings=replace(ONE_AT_A_TIME, rate=200), stop=stop, tell=tell)
    backup = path.read_bytes()
    assert go(clients, file).progress.left == 0
    path.write_bytes(backup)


def test_a_ledger_older_than_the_truth_doubles_nothing(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], tmp_path: Path
) -> None:
    older(clients, jobs(250), tmp_path / "state", 20)
    server.lookups = 0
    told: list[str] = []
    ledger, prefix, found = open_run(clients, jobs(250), "r", queue=None, definition="ec2-sample", tell=told.append)
    with ledger:
        assert submit_run(clients, ledger, prefix, settings=ONE_AT_A_TIME).progress.left == 0
    assert 100 < found < 250
    assert told == [f"AWS Batch was asked what it has of this run (3 calls): {found} that was not known here."]
    assert server.lookups == 3
    assert len(server.accepted) == len({name for name, _ in server.accepted}) == 250


@pytest.mark.parametrize("what", ["-wal", "-wal and -shm", "an empty -wal"])
def test_a_ledger_whose_latest_notes_were_deleted_doubles_nothing_and_says_so(
    what: str, clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], tmp_path: Path
) -> None:
    file, folder = jobs(30), tmp_path / "state" / "ledger" / clients.contract.environment
    ledger, prefix, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample")
    submit_run(clients, ledger, prefix, settings=ONE_AT_A_TIME)
    # As a kill leaves it: neither closed nor checkpointed.
    for path in sorted(folder.iterdir()):
        (folder / f"kept-{path.name}").write_bytes(path.read_bytes())
    ledger.close()
    for path in sorted(folder.glob("kept-*")):
        path.rename(folder / path.name.removeprefix("kept-"))
    wal = folder / "r.sqlite-wal"
    assert wal.stat().st_size
    if what.startswith("-wal"):
        wal.unlink()
        if "shm" in what:
            (folder / "r.sqlite-shm").unlink()
    else:
        wal.write_bytes(b"")
    told: list[str] = []
    again, prefix, _ = open_run(
        clients, file, "r", queue=None, definition="ec2-sample", lookup_waits=WAITS, tell=told.append
    )
    with again:
        submit_run(clients, again, prefix, settings=ONE_AT_A_TIME)
    assert "The latest notes of run r are gone" in told[0] or "The ledger of run r is gone" in told[0]
    assert len(server.accepted) == len({name for name, _ in server.accepted}) == 30
    told.clear()
    third, _, _ = open_run(clients, file, "r", queue=None, definition="ec2-sample", tell=told.append)
    third.close()
    assert told == []


def test_a_ledger_that_is_gone_is_told(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], tmp_path: Path
) -> None:
    go(clients, jobs(5))
    (tmp_path / "state" / "ledger" / clients.contract.environment / "r.sqlite").unlink()
    told: list[str] = []
    ledger, _, found = open_run(clients, jobs(5), "r", queue=None, definition="ec2-sample", tell=told.append)
    with ledger:
        assert found == 5
    assert "The ledger of run r is gone, although the run was begun here" in told[0]
    assert server.submits == 5


def test_a_look_at_the_start_costs_few_calls() -> None:
    def entry(line: int, accepted: bool) -> Entry:
        return Entry(line, "n", "q", "accepted" if accepted else "planned", "id" if accepted else None)

    def pages(left: set[int]) -> list[str]:
        return [name for _, name in beginnings("r-", [entry(line, line not in left) for line in range(1, 10_001)])]

    assert pages(set(range(1, 10_001))) == ["r-"]
    assert pages({9_999}) == ["r-0099"]
    assert pages({1, 2, 5_050, 9_999}) == ["r-0000", "r-0050", "r-0099"]
    assert len(pages(set(range(5_000, 10_001)))) <= 6
    assert len(pages(set(range(50, 10_001, 100)))) == 1  # one in each hundred: the whole costs no more


def test_what_was_sent_again_is_counted_and_told(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = ["accept+drop", "drop", "accept"]
    server.hidden = 100
    assert run_command(clients, jobs(3), lookup_waits=WAITS) == 0
    out, err = capsys.readouterr()
    assert len(out.split()) == 3
    assert "2 jobs were sent again after no answer could be found; check" in err
    assert "awa-batch status" in err
    assert run_command(clients, jobs(3), output="json") == 0
    assert len(json.loads(capsys.readouterr().out)["resent"]) == 2


def test_with_never_double_the_lost_ones_are_left_and_listed(
    clients: Clients, server: ScriptedBatch, jobs: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = ["accept+drop", "drop"]
    server.hidden = 100
    for _ in range(2):  # the same again: they are looked up again, and still not sent
        assert run_command(clients, jobs(4), lookup_waits=WAITS, never_double=True) == 3
        _, err = capsys.readouterr()
        assert "2 not found after a lost answer, and not sent again (--never-double):" in err
        assert err.count("\n  line ") == 2
        assert "To go on: the command again" in err
    assert (server.submits, len(server.accepted)) == (4, 3)
    server.hidden = 0
    assert run_command(clients, jobs(4), lookup_waits=WAITS) == 0
    assert len(server.accepted) == len({name for name, _ in server.accepted}) == 4


def run_command(
    clients: Clients,
    file: Path,
    *,
    output: str = "id",
    lookup_waits: tuple[float, ...] = LOOKUP_WAITS,
    never_double: bool = False,
    patience: float | None = None,
) -> int:
    return submit_from(
        clients,
        file,
        "r",
        queue=None,
        definition="ec2-sample",
        rate=1000,
        dry_run=False,
        output=output,
        go_on="the command again",
        care=Care(lookup_waits, never_double, patience),
    )
