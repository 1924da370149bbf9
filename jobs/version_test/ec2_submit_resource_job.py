"""Submit version_test to EC2 with its own vCPUs and memory.

Usage: .venv/bin/python jobs/version_test/ec2_submit_resource_job.py [--dry-run] [--wait] [--follow]
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
        vcpu=2,
        memory=2048,  # MiB
    )


if __name__ == "__main__":
    run("ec2-sample", job, queue="ec2-high-priority", description="Ask for 2 vCPUs and 2048 MiB, on EC2.")
