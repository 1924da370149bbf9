"""version_test: say which image runs, as which child and attempt, and what it received.

Wrong or missing parameters end it with exit code 2.
"""

from __future__ import annotations

import json
import logging
import os
import platform

from awa_runtime import (
    array_index,
    array_size,
    attempt,
    configure_logging,
    image_version,
    job_id,
    load_config,
    manifest_row,
    masked,
)
from jobs.version_test.model import Config

log = logging.getLogger("version_test")


def report(config: Config) -> dict[str, object]:
    """Return what this job knows of itself, as JSON data with secrets masked."""
    image = image_version()
    return {
        "job": "version_test",
        "image": {"name": image.name, "version": image.version, "revision": image.revision},
        "repositories": dict(image.repositories),
        "python": platform.python_version(),
        "job_id": job_id(),
        "attempt": attempt(),
        "array_index": array_index(),
        "array_size": array_size(),
        "queue": os.environ.get("AWS_BATCH_JQ_NAME"),
        "compute_environment": os.environ.get("AWS_BATCH_CE_NAME"),
        "row": masked(manifest_row()) if os.environ.get("AWA_BATCH_MANIFEST") else None,
        "parameters": masked(config),
    }


def main() -> None:
    """Check the parameters and report."""
    configure_logging()
    config = load_config(Config)
    log.info("image %s, Python %s", image_version(), platform.python_version())
    index = array_index()
    log.info("attempt %d, %s", attempt(), "no array" if index is None else f"array index {index}")
    print(json.dumps(report(config), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
