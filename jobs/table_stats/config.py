"""What the scripts of this folder share: the job's command, its definition, and its settings for an environment."""

from __future__ import annotations

from typing import Any

from awa_batch.contract import Contract

COMMAND = ["python", "run_batch.py", "table_stats"]
# A definition of the image container/table_stats: README.md says how an environment gets it.
DEFINITION = "fargate-table-stats"
PREFIX = "data/table_stats/"


def settings(contract: Contract, **changes: Any) -> dict[str, Any]:
    """Return the job's settings (model.py says which there are): temperature and wind by airport and month."""
    return {
        "bucket": contract.data_bucket.name,
        "group_by": ["origin", "month"],
        "columns": ["temp", "wind_speed", "precip"],
        **changes,
    }
