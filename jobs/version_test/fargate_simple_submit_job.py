"""Submit version_test to Fargate in the plainest way.

Usage: .venv/bin/python jobs/version_test/fargate_simple_submit_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs."""
    return JobSpec(name="version-test", command=config.COMMAND, config=config.parameters(contract))


if __name__ == "__main__":
    run(
        "fargate-sample",
        job,
        queue="fargate-high-priority",
        description="Report the image and the parameters, on Fargate.",
    )
