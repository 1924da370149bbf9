"""Submit s3_concat to Fargate: join what `data/s3_concat/` of the environment's bucket holds.

Usage: .venv/bin/python jobs/s3_concat/fargate_submit_job.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

from awa_batch.script import Contract, JobSpec, run


def job(contract: Contract) -> JobSpec:
    """Say what runs, with which configuration (model.py says what it may hold)."""
    config = {
        "bucket": contract.data_bucket.name,
        "input_prefix": "data/s3_concat/",
        "output_key": "out/s3_concat/weather.csv.gz",
    }
    return JobSpec(
        name="s3-concat",
        command=["python", "run_batch.py", "s3_concat"],
        config=config,
    )


if __name__ == "__main__":
    run("fargate-sample", job, queue="fargate-high-priority", description="Join the objects under data/s3_concat/.")
