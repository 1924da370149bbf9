"""What a per-job submit script in ``jobs/`` is made of: a few lines that say what to run.

    from awa_batch.script import Contract, JobSpec, run

    def job(contract: Contract) -> JobSpec:
        return JobSpec(name="hello", command=["echo", contract.data_bucket.name])

    if __name__ == "__main__":
        run("fargate-sample", job, description="Say which bucket there is.")

The script then takes --env-name, --queue, --dry-run, --wait and --follow, prints the job's id on stdout and exits as
``awa-batch submit`` does. Queue, definition and bucket come from Terraform's contract: nothing is hard-coded.
"""

from awa_batch.cli.script import run
from awa_batch.contract.model import Contract
from awa_batch.job import JobSpec

__all__ = ["Contract", "JobSpec", "run"]
