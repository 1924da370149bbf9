"""Submit version_test to Fargate with environment variables of its own.

Usage: .venv/bin/python jobs/version_test/fargate_submit_job_with_env_override.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs."""
    return JobSpec(
        name="version-test-env",
        command=config.COMMAND,
        env={"LOG_LEVEL": "DEBUG"},
        config=config.parameters(contract, learningRate=0.01, maxIterations=500),
    )


if __name__ == "__main__":
    run(
        "fargate-sample",
        job,
        queue="fargate-high-priority",
        description="Override environment variables, on Fargate.",
    )
