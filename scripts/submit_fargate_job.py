#!/usr/bin/env python3
"""Submit a job to Fargate, under full names: ``.venv/bin/python scripts/submit_fargate_job.py --help``."""

from awa_batch.cli.classic import submit_script

if __name__ == "__main__":
    submit_script(
        prefix="fargate-job",
        queue="awa-batch-dev-fargate-high-priority",
        definition="awa-batch-dev-fargate-sample",
        description="Submit a job to a Fargate queue. The job's id goes to stdout.",
    )
