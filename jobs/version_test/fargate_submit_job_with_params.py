"""Submit version_test to Fargate with parameters that are filled into the command.

Usage: .venv/bin/python jobs/version_test/fargate_submit_job_with_params.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobSpec, run


def job(_contract: Contract) -> JobSpec:
    """Say what runs."""
    # Ref::name is filled in from the parameters, in the command only: they never become environment variables.
    # Here they name a file that the image holds.
    return JobSpec(
        name="version-test-params",
        command=["python", "run_batch.py", "Ref::job", "--param_json", "Ref::file"],
        params={"job": config.JOB, "file": f"jobs/{config.JOB}/parameters.json"},
    )


if __name__ == "__main__":
    run(
        "fargate-sample",
        job,
        queue="fargate-high-priority",
        description="Fill parameters into the command, on Fargate.",
    )
