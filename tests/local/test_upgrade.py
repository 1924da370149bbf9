"""An environment that was applied before there were pools and queues as maps is planned again: nothing is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from applied_state import Applied

if TYPE_CHECKING:
    from pathlib import Path

    from batch_support import LocalBatch


@pytest.fixture
def applied(process_aws: LocalBatch, tmp_path: Path) -> Applied:
    return Applied(process_aws, tmp_path)


def test_what_was_applied_stays_when_a_pool_and_a_queue_are_added(applied: Applied) -> None:
    pools = "{ gpu = { gpu = true, disk = { size = 200 } } }"
    queues = '{ gpu = { priority = 50, pools = ["gpu"] } }'
    changes = applied.changes(f"  ec2 = {{ pools = {pools}, queues = {queues} }}")
    found = {address: change["actions"] for address, change in changes.items()}
    # The provider knows no update of a lifecycle policy; the repository and its images are not touched.
    replaced = [address for address, actions in found.items() if "delete" in actions]
    assert not [address for address in replaced if "aws_ecr_lifecycle_policy" not in address], found
    of_batch = {address: actions for address, actions in found.items() if "aws_batch" in address or "_ec2[" in address}
    # Definitions get a new revision each time that what they say has changed; nothing else of Batch may.
    others = {address: actions for address, actions in of_batch.items() if "aws_batch_job_definition" not in address}
    assert {tuple(actions) for actions in others.values()} == {("create",)}, found
    assert [address for address in of_batch if 'queue["gpu"].aws_batch_job_queue' in address]
