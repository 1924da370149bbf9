"""Submit version_test to Fargate as an array: three children, each with its own index.

Usage: .venv/bin/python jobs/version_test/fargate_submit_array_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobOptions, run


def options(contract: Contract) -> JobOptions:
    """Say what runs."""
    return JobOptions(
        name="version-test-array",
        command=config.COMMAND,
        environment=config.environment(contract),
        array_size=3,
    )


if __name__ == "__main__":
    run("fargate-sample", options, queue="fargate-high-priority", description="Run three children, on Fargate.")
