"""Which tests share a worker of pytest-xdist, and in what order the workers take them.

xdist's own ``--dist=loadgroup`` writes the group into ``item._nodeid``, which pytest no longer reads from 9.2 on (xdist
3.8.0): every test is then a group of its own. What is here reads the group from the test's name and needs no marks.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

ALONE = ("tests/terraform/test_native.py", "tests/faults/test_bulk_faults.py")
"""Files whose tests share nothing and take long: each test is a unit of work."""

SHARED = {
    "tests/image/test_latest.py": "images",
    "tests/image/test_real_push.py": "images",
    "tests/image/test_reproducible.py": "images",
    "tests/image/test_table_stats_image.py": "images",
    "tests/image/test_test_image.py": "images",
    "tests/image/test_multi_repo.py": "multi_repo",
    "tests/image/test_private_index.py": "multi_repo",
}
"""Files whose tests share what is dear: the images, built and pushed once."""

LONGEST_FIRST = (
    "tests/local/test_account.py",
    "tests/local/test_environment.py",
    "tests/local/test_changes_under_jobs.py",
    "tests/local/test_bootstrap.py",
    "tests/local/test_emulators.py",
    "tests/image/test_latest.py",
    "tests/image/test_real_push.py",
    "tests/image/test_reproducible.py",
    "tests/image/test_test_image.py",
    "tests/terraform/test_native.py",
    "tests/terraform/test_checkov.py",
    "tests/terraform/test_held.py",
    "tests/terraform/test_templates.py",
    "tests/clients/",
    "tests/local/test_submit_commands.py",
    "tests/local/test_operate.py",
    "tests/local/test_following.py",
    "tests/image/",
    "tests/local/",
    "tests/faults/",
    "tests/terraform/",
)
"""What takes long starts first, so that a run does not end in waiting for one worker."""


def group(nodeid: str) -> str:
    """Return the name of the group that a test belongs to; the tests of a group run on one worker, in their order.

    A group is a file, as its tests share servers and what they made there. Tests of the local AWS that run once on each
    runner are a group a runner.
    """
    file, _, rest = nodeid.partition("::")
    if file in ALONE:
        return nodeid
    if file.startswith("tests/local/"):
        runner = re.search(r"[\[-](process|docker)[]-]", rest)
        return f"{file} {runner[1]}" if runner else file
    return SHARED.get(file, file)


def rank(nodeid: str) -> int:
    """Return a test's place in the order of the files; the order within a file stays."""
    return next((n for n, start in enumerate(LONGEST_FIRST) if nodeid.startswith(start)), len(LONGEST_FIRST))


class Groups(LoadScopeScheduling):
    """Give each worker the next group whenever it is nearly done with what it has."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
