"""Which code came with a job (`submit --code`), as AWS shows the job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from awa_batch.batch.index_map import variables_of

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

CODE = "AWA_BATCH_CODE_ARCHIVE"
"""What ``run_batch.py`` in the image reads: the archive's address, which ends in its SHA-256."""
REPOSITORIES = "AWA_BATCH_REPOSITORIES"
"""What the image's runtime reads: the code of other repositories to fetch before the job runs."""

_ARCHIVE = re.compile(r"/([0-9a-f]{12})[0-9a-f]{52}\.tar\.gz$")


def submitted_code(detail: JobDetailTypeDef) -> str | None:
    """Return the first 12 digits of the SHA-256 of the code that came with a job; None where its image's runs."""
    found = _ARCHIVE.search(variables_of(detail).get(CODE, ""))
    return found[1] if found else None
