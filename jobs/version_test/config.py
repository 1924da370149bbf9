"""What the scripts of this folder share: the job's command, and its configuration for an environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from awa_batch.contract import Contract

JOB = "version_test"
COMMAND = ["python", "run_batch.py", JOB]
PARAMETERS = Path(__file__).with_name("parameters.json")


def parameters(contract: Contract, **changes: object) -> dict[str, Any]:
    """Return what the job gets as its configuration: parameters.json, its paths in the environment's bucket.

    ``changes`` replace settings, e.g. ``batchSize=200``.
    """
    found: dict[str, Any] = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    for name in ("inputFile", "outputPath"):
        found[name] = f"s3://{contract.data_bucket.name}/{found[name]}"
    found["settings"].update(changes)
    return found
