"""What every tier needs: the job side of the project on the path, and a run that is the same wherever it is started."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import hypothesis
import pytest  # noqa: TC002 - as in the other tests

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

LONGEST_FIRST = (
    "local/test_account.py",
    "local/test_environment.py",
    "terraform/test_native.py",
    "image/",
    "terraform/test_checkov.py",
    "local/",
    "faults/",
    "terraform/",
)
"""Where the long tests are: they start first, so that a run on several workers does not end in waiting for one."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return what ``-n auto`` means: two workers a core, since most of the long tests wait for something."""
    return 2 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first; within a tier the order stays."""

    def rank(item: pytest.Item) -> int:
        name = item.path.relative_to(ROOT / "tests").as_posix() if item.path.is_relative_to(ROOT / "tests") else ""
        return next((n for n, one in enumerate(LONGEST_FIRST) if name.startswith(one)), len(LONGEST_FIRST))

    items.sort(key=rank)
