"""Submit version_test to EC2 with the parameters of parameters.json: the plainest submission there is.

.venv/bin/python jobs/version_test/ec2_simple_submit_job.py [--follow]
"""

from __future__ import annotations

import json
from pathlib import Path

from awa_batch.script import Contract, JobOptions, run


def options(_contract: Contract) -> JobOptions:
    """Say what runs, with which configuration."""
    parameters = json.loads(Path(__file__).with_name("parameters.json").read_text(encoding="utf-8"))
    return JobOptions(
        name="version-test",
        command=["python", "run_batch.py", "version_test"],
        environment={"CONFIG_JSON": json.dumps(parameters)},
    )


if __name__ == "__main__":
    run("ec2-sample", options, queue="ec2-high-priority", description="Report the image and the parameters, on EC2.")
