"""Check repositories.toml as a job will read it, before the image is built: what is not pinned is refused here already.

What is wrong goes to stderr, with exit code 2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
RUNTIME = next(parent for parent in HERE.parents if parent.name == "container") / "runtime"


def main() -> int:
    """Check, and print that the build gets nothing beside the files."""
    sys.path.append(str(RUNTIME))
    from awa_runtime.repositories import RepositoryError, read_list

    try:
        read_list(os.path.relpath(HERE / "repositories.toml"))
    except RepositoryError as error:
        print(error, file=sys.stderr)
        return 2
    print("{}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
