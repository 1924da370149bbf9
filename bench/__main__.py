"""``python -m bench [NAME …]``: run all measurements, or those named; ``submit`` also takes ``--seeds N``.

docs/benchmarks.md has what they measured last, and what each is held against.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

ALL = {
    "start": "Command start",
    "echo": "Local Batch: what it adds to `echo`",
    "batch": "Local Batch: how much it bears",
    "docker_jobs": "Local Batch: containers a second",
    "image": "The image",
    "dry_run": "Dry run",
    "submit": "Thousands of submissions",
    "report": "A report of 10,000 jobs, and their status",
    "polling": "Watching thousands of jobs",
    "edit": "From a saved edit to the job's first line",
    "demo": "make demo",
    "concat": "Joining objects (jobs/s3_concat)",
}


def main() -> int:
    """Run and print; 2 for an unknown name."""
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print("usage: python -m bench [NAME …] [--seeds N]      (without names: all; --seeds is of submit)\n")
        print("\n".join(f"  {name:<8}  {title}" for name, title in ALL.items()))
        return 0
    more: dict[str, dict[str, int]] = {}
    if "--seeds" in words:
        at = words.index("--seeds")
        number = words[at + 1] if len(words) > at + 1 else ""
        if not number.isdigit() or not int(number):
            print(f"bench: --seeds {number!r} is not a number.\n  Write --seeds 50.", file=sys.stderr)
            return 2
        more["submit"] = {"seeds": int(number)}
        del words[at : at + 2]
    names = words or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"bench: there is no measurement {unknown[0]!r}.\n  There are: {', '.join(ALL)}.", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in names:
        print(f"\n{ALL[name]}", flush=True)
        for line in importlib.import_module(f"bench.{name}").run(**more.get(name, {})):
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
