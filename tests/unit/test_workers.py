"""How the tests are spread over workers."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers import ALONE, LONGEST_FIRST, SHARED, group, rank

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("nodeid", "wanted"),
    [
        ("tests/local/test_batch_jobs.py::test_a[process]", "tests/local/test_batch_jobs.py process"),
        ("tests/local/test_batch_jobs.py::test_a[1-docker]", "tests/local/test_batch_jobs.py docker"),
        ("tests/local/test_batch_jobs.py::test_a[docker-2]", "tests/local/test_batch_jobs.py docker"),
        ("tests/local/test_batch_jobs.py::test_a[a process]", "tests/local/test_batch_jobs.py"),
        ("tests/local/test_account.py::test_a", "tests/local/test_account.py"),
        ("tests/image/test_latest.py::test_a", "images"),
        ("tests/image/test_test_image.py::test_a[x]", "images"),
        ("tests/faults/test_bulk_faults.py::test_a[1]", "tests/faults/test_bulk_faults.py::test_a[1]"),
        ("tests/unit/images/test_api.py::test_a", "tests/unit/images/test_api.py"),
    ],
)
def test_a_group_is_what_shares_something(nodeid: str, wanted: str) -> None:
    assert group(nodeid) == wanted


def test_the_order_names_files_that_are_there() -> None:
    for name in (*LONGEST_FIRST, *ALONE, *SHARED):
        assert (ROOT / name).exists(), name
    assert rank("tests/local/test_account.py::test_a") == 0
    assert rank("tests/unit/test_cli.py::test_a") > rank("tests/local/test_batch_jobs.py::test_a")


def test_a_groups_tests_run_on_one_worker_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.conftest import pytest_xdist_make_scheduler\n"
    )
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(
            "import os, pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_it(n):\n"
            f"    open({str(tmp_path / name)!r}, 'a').write(os.environ['PYTEST_XDIST_WORKER'] + str(n))\n"
        )
    words = ["-q", "-n", "2", "-p", "no:cacheprovider", "--no-loadscope-reorder", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = {(tmp_path / name).read_text() for name in ("a", "b")}
    assert ran == {"".join(f"gw{worker}{n}" for n in range(4)) for worker in range(2)}


def test_children_hear_signals_also_when_the_tests_run_in_the_background() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT):
        assert signal.getsignal(number) is not signal.SIG_IGN
