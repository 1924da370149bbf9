#!/usr/bin/env python3
"""Submit a job to EC2, under full names: ``.venv/bin/python scripts/submit_ec2_job.py --help``."""

from awa_batch.cli.classic import submit_script

if __name__ == "__main__":
    submit_script(
        prefix="ec2-job",
        queue="awa-batch-dev-ec2-high-priority",
        definition="awa-batch-dev-ec2-sample",
        description="Submit a job to an EC2 queue. The job's id goes to stdout.",
    )
