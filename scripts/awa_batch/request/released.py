"""Whether an environment runs what was not released: the code of a clone, or another image."""

from __future__ import annotations

from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.text import Field, Step


def check_unreleased(contract: Contract, field: Field, what: str) -> None:
    """Refuse ``field``, which says ``what`` (code, images) that was not released, where the environment takes none."""
    if not contract.unreleased_code:
        raise UsageError(
            field,
            f": the environment {contract.environment} runs released {what} alone (unreleased_code = false).",
            fix=("Release it: ", Step("up", environment=contract.environment), "."),
        )
