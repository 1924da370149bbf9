"""Submit version_test to EC2 with its own settings, variables, attempts, timeout and tags.

Usage: .venv/bin/python jobs/version_test/ec2_submit_job_with_overrides.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs."""
    return JobSpec(
        name="version-test-overrides",
        command=config.COMMAND,
        env={"LOG_FORMAT": "json"},
        config=config.parameters(contract, batchSize=200),
        attempts=2,
        timeout=300,
        tags={"purpose": "version_test"},
    )


if __name__ == "__main__":
    run("ec2-sample", job, queue="ec2-high-priority", description="Override what the definition says, on EC2.")
