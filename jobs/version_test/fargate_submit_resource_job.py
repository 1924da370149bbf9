"""Submit version_test to Fargate with its own vCPUs and memory: a pair that Fargate has.

Usage: .venv/bin/python jobs/version_test/fargate_submit_resource_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs."""
    return JobSpec(
        name="version-test-resources",
        command=config.COMMAND,
        config=config.parameters(contract),
        vcpu=1,
        memory=2048,  # MiB
    )


if __name__ == "__main__":
    run("fargate-sample", job, queue="fargate-high-priority", description="Ask for 1 vCPU and 2048 MiB, on Fargate.")
