"""Submit a file of jobs in a process that is killed with SIGKILL at random points and started again until it is done.

A process of its own: it forks, which a process with threads must not. ``python killed_run.py --help`` tells the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from random_batch import seen

ROOT = Path(__file__).resolve().parents[2]

WAITS = (0.05, 0.1, 0.2, 0.4)
"""Seconds before each look in these tests: their server lists a job within far less."""

NO_LIMIT = 100_000.0


def submit_once(file: Path) -> int:
    """Go on with the run in this process, as the command does; return 0 when nothing is left."""
    from botocore.config import Config

    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract
    from awa_batch.submission.bulk import Settings, submit_run
    from awa_batch.submission.run import open_run

    class Quick(Clients):
        def make(self, service: str, config: Config | None = None) -> object:
            quick = Config(read_timeout=2)
            return super().make(service, config.merge(quick) if config else quick)

    clients = Quick(Contract.checked(json.loads((ROOT / "tests" / "data" / "contract.json").read_text())))
    ledger, prefix, _found = open_run(clients, file, "faults", queue=None, definition="ec2-sample")
    with ledger:
        outcome = submit_run(
            clients, ledger, prefix, settings=Settings(rate=NO_LIMIT, lookup_waits=WAITS), stop=threading.Event()
        )
    if outcome.stopped:
        print(outcome.stopped, file=sys.stderr)
    return 1 if outcome.progress.left else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kills", type=int, default=4)
    options = parser.parse_args()
    os.environ.update(AWS_ENDPOINT_URL=options.url, AWS_RETRY_MODE="legacy", AWS_MAX_ATTEMPTS="7")
    import boto3  # noqa: F401 - once, before the forks
    import rich  # noqa: F401

    import awa_batch.submission.run  # noqa: F401

    dice = random.Random(options.seed)
    jobs = len(options.file.read_text().splitlines())
    # One kill within the first moments (file, plan, ledger), the others spread over the jobs.
    marks: list[int | None] = [None, *sorted(dice.randrange(jobs) for _ in range(options.kills - 1))]
    kills = starts = 0
    began = time.monotonic()
    while starts < options.kills + 20:
        starts += 1
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = submit_once(options.file)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        if marks:
            mark = marks.pop(0)
            if mark is None:
                time.sleep(dice.uniform(0.0, 0.3))
            else:
                while seen(options.url)["jobs"] <= mark and not os.waitid(
                    os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT
                ):
                    time.sleep(dice.uniform(0.0, 0.02))
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(status)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            print(json.dumps({"starts": starts, "kills": kills, "seconds": time.monotonic() - began}))
            return 0
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 70:
            return 70
    return 1


if __name__ == "__main__":
    sys.exit(main())
