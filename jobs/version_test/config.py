"""What the scripts of this folder share: the job's command, and its configuration for an environment."""

from __future__ import annotations

import json
from pathlib import Path

from awa_batch.contract import Contract

JOB = "version_test"
COMMAND = ["python", "run_batch.py", JOB]
PARAMETERS = Path(__file__).with_name("parameters.json")


def environment(contract: Contract, **changes: object) -> dict[str, str]:
    """Return the variables that the job gets: parameters.json, its paths in the environment's bucket, as CONFIG_JSON.

    ``changes`` replace settings, e.g. ``batchSize=200``.
    """
    parameters = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    for name in ("inputFile", "outputPath"):
        parameters[name] = f"s3://{contract.data_bucket.name}/{parameters[name]}"
    parameters["settings"].update(changes)
    return {"CONFIG_JSON": json.dumps(parameters)}
