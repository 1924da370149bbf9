"""What the scripts of this folder share: the job's command, and its settings for an environment.

python jobs/s3_concat/config.py [ENV]      prints them as JSON, for a run on a laptop
"""

from __future__ import annotations

import json
import sys
from typing import Any

from awa_batch.contract import Contract

JOB = "s3_concat"
COMMAND = ["python", "run_batch.py", JOB]
DEFINITION, QUEUE = "fargate-sample", "fargate-high-priority"
PREFIX = "data/s3_concat/"


def settings(contract: Contract, **changes: Any) -> dict[str, Any]:
    """Return the job's settings (model.py says which there are): bucket from the contract; ``changes`` win."""
    return {
        "bucket": contract.data_bucket.name,
        "input_prefix": PREFIX,
        "output_key": "out/s3_concat/weather.csv.gz",
        # An example that is run again after a change replaces what it made before.
        "overwrite": True,
        **changes,
    }


if __name__ == "__main__":
    from awa_batch import connect
    from awa_batch.api import AwaBatchError

    try:
        print(json.dumps(settings(connect(*sys.argv[1:2]).contract)))
    except AwaBatchError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
