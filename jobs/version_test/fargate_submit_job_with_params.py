"""Submit version_test to Fargate with parameters that are filled into the command.

Usage: .venv/bin/python jobs/version_test/fargate_submit_job_with_params.py [--dry-run] [--wait] [--follow]
"""

from __future__ import annotations

import config  # type: ignore[import-not-found]  # beside this script

from awa_batch.script import Contract, JobOptions, run


def options(_contract: Contract) -> JobOptions:
    """Say what runs."""
    # Ref::name is filled in from the parameters, in the command only: they never become environment variables.
    # Here they name a file that the image holds.
    return JobOptions(
        name="version-test-params",
        command=["python", "run_batch.py", "Ref::job", "--param_json", "Ref::file"],
        parameters={"job": config.JOB, "file": f"jobs/{config.JOB}/parameters.json"},
    )


if __name__ == "__main__":
    run(
        "fargate-sample",
        options,
        queue="fargate-high-priority",
        description="Fill parameters into the command, on Fargate.",
    )
