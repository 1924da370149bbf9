"""Submit version_test to Fargate as an array: three children, each with its own index.

Usage: .venv/bin/python jobs/version_test/fargate_submit_array_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs."""
    return JobSpec(
        name="version-test-array",
        command=config.COMMAND,
        config=config.parameters(contract),
        array=3,
    )


if __name__ == "__main__":
    run("fargate-sample", job, queue="fargate-high-priority", description="Run three children, on Fargate.")
