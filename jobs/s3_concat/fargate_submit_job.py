"""Submit s3_concat to Fargate: join what `data/s3_concat/` of the environment's bucket holds.

Usage: .venv/bin/python jobs/s3_concat/fargate_submit_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs, with which configuration (model.py says what it may hold)."""
    return JobSpec(name="s3-concat", command=config.COMMAND, config=config.settings(contract))


if __name__ == "__main__":
    run(config.DEFINITION, job, queue=config.QUEUE, description=f"Join the objects under {config.PREFIX}.")
