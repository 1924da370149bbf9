"""What every tier needs: the job side of the project on the path, and a run that is the same wherever it is started."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "container" / "runtime")]

# No deadline: how long one example takes says more of the machine than of the code. In CI the examples are the same in
# every run, so that a failure there is a failure here.
hypothesis.settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("here"), derandomize=True, database=None, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

# A shell starts what it puts in the background with SIGINT and SIGQUIT ignored, and ignored they stay in every child:
# the commands under test would never hear a Ctrl-C. Once they have a handler here, children start with the default.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# As where an environment is activated: commands then call themselves by their name, wherever the clone lies.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

# Compiled tests are kept, whatever the machine is set to: else every worker compiles all of them in every run, and each
# command under test its own sources.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Terraform's provider spends a third of each start on collecting garbage, and the tests start it a hundred times.
os.environ.setdefault("GOGC", "800")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return what ``-n auto`` means: a worker a core, and four that wait for Terraform's provider most of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what shares a server, an engine or an apply (``tests/workers.py``)."""
    from tests.workers import Groups

    return Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first; within a file the order stays."""
    from tests.workers import rank

    items.sort(key=lambda item: rank(item.nodeid))
