"""Fetch the repositories of `AWA_BATCH_REPOSITORIES`, then run a command that may import them.

    python -m awa_runtime COMMAND [ARGUMENTS]

In a job the command runs as a child, so that what it used can be told when it has ended (`awa_runtime.supervise`);
elsewhere, and with `AWA_BATCH_USAGE=off`, this process becomes the command.

Exit codes of its own: 2 for a list or a command that is wrong, 75 where nobody answered, 3 for all else that could not
be had.
"""

from __future__ import annotations

import os
import sys

from awa_runtime.repositories import EXIT_REFUSED, RepositoryError, use_repositories
from awa_runtime.usage import is_wanted


def main(command: list[str]) -> int:
    """Do it; without a command the repositories are only fetched."""
    try:
        for fetched in use_repositories():
            print(fetched, file=sys.stderr, flush=True)
    except RepositoryError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    if not command:
        return 0
    try:
        if is_wanted():
            from awa_runtime.supervise import supervise

            return supervise(command)
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        print(f"{command[0]} cannot be run: {error.strerror}.\n  Correct the command.", file=sys.stderr, flush=True)
        return EXIT_REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
