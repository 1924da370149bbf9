"""The image's command: run one of the jobs under jobs/.

    python run_batch.py JOB [arguments of the job]

In the image jobs/ lies beside this file; in a clone (`python container/latest/run_batch.py …`) it is the project's.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import runpy
import sys
from pathlib import Path

ENTRY = "run_batch.py"
EXIT_USAGE = 2

_HERE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds jobs/: this file's own in the image, the project's in a clone."""
    return _HERE if (_HERE / "jobs").is_dir() or len(_HERE.parents) < 2 else _HERE.parents[1]


def job_names() -> list[str]:
    """Return the jobs that can be run: every folder of jobs/ that has a run_batch.py."""
    return sorted(path.parent.name for path in (root() / "jobs").glob(f"*/{ENTRY}"))


def usage() -> str:
    """Return what this image is, how to use it and the jobs in it."""
    from awa_runtime import image_version

    jobs = "".join(f"\n  {name}" for name in job_names()) or "\n  (none)"
    return (
        f"awa-batch job image: {image_version()}\n"
        f"Usage: python run_batch.py JOB [--param_json FILE]   (or the configuration in CONFIG_JSON)\n"
        f"Jobs:{jobs}"
    )


def main(argv: list[str]) -> int:
    """Run the job that ``argv`` names; return 2 for an unknown one, 0 after the usage.

    75 or 3 where code of another repository could not be had (`awa_runtime.repositories`). In a job of AWS Batch what
    it used is the last line of its log.
    """
    if importlib.util.find_spec("awa_runtime") is None:  # a clone: the image has it installed
        sys.path.append(str(root() / "container" / "runtime"))
    from awa_runtime.usage import run_measured

    return run_measured(lambda: _main(argv))


def _main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help"):
        print(usage(), flush=True)
        return 0
    from awa_runtime.code import CodeError, submitted_code

    try:
        code = submitted_code()
    except CodeError as error:
        print(error, file=sys.stderr, flush=True)
        return EXIT_USAGE
    if code is not None and code != _HERE:
        print(
            f"The code {code.name[:12]} that was submitted runs in place of the image's.", file=sys.stderr, flush=True
        )
        # The same process, so that signals reach the job; its own run_batch.py, runtime and jobs.
        os.execv(sys.executable, [sys.executable, str(code / ENTRY), *argv])  # noqa: S606 - no shell is wanted
    name, *rest = argv
    jobs = job_names()
    if name not in jobs:
        near = difflib.get_close_matches(name, jobs, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        print(
            f"There is no job {name!r} in this image.\n  {hint}Jobs: {', '.join(jobs) or 'none'}.",
            file=sys.stderr,
            flush=True,
        )
        return EXIT_USAGE
    from awa_runtime.repositories import RepositoryError, use_repositories

    try:
        for fetched in use_repositories():
            print(fetched, file=sys.stderr, flush=True)
    except RepositoryError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    script = root() / "jobs" / name / ENTRY
    # The job finds its own modules as `jobs.<job>.<module>`, and sees only its own arguments.
    sys.path[0] = str(root())
    sys.argv = [str(script), *rest]
    from awa_runtime import VariableError

    try:
        runpy.run_path(str(script), run_name="__main__")
    except VariableError as error:
        print(error, file=sys.stderr, flush=True)
        return EXIT_USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
