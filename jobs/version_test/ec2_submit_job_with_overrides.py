"""Submit version_test to EC2 with its own settings, variables, attempts, timeout and tags.

Usage: .venv/bin/python jobs/version_test/ec2_submit_job_with_overrides.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobOptions, run


def options(contract: Contract) -> JobOptions:
    """Say what runs."""
    return JobOptions(
        name="version-test-overrides",
        command=config.COMMAND,
        environment={**config.environment(contract, batchSize=200), "LOG_FORMAT": "json"},
        attempts=2,
        timeout_seconds=300,
        tags={"purpose": "version_test"},
    )


if __name__ == "__main__":
    run("ec2-sample", options, queue="ec2-high-priority", description="Override what the definition says, on EC2.")
