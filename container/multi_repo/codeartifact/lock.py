"""Lock the packages of pyproject.toml, in the versions of container/latest where that has them too.

usage: .venv/bin/python container/<this folder>/lock.py

The lock has versions and hashes, and names neither an index nor a token.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from before_build import (  # type: ignore[import-not-found]  # beside this file
    BASE_LOCK,
    HERE,
    LOCK,
    RefusedError,
    access,
    pins,
)
from uv import find_uv_bin


def main() -> int:
    """Lock; the old lock stays where that fails."""
    try:
        found = access()
        given = {
            **os.environ,
            "UV_INDEX": f"private={found.url}",
            "UV_INDEX_PRIVATE_USERNAME": found.user,
            "UV_INDEX_PRIVATE_PASSWORD": found.token,
        }
        if bundle := os.environ.get("CA_BUNDLE"):
            given["SSL_CERT_FILE"] = bundle
        with tempfile.TemporaryDirectory() as folder:
            new = Path(folder, LOCK.name)
            done = subprocess.run(
                [
                    find_uv_bin(), "pip", "compile", "--no-config", "--quiet", "--universal", "--generate-hashes",
                    "--python-version", "3.11", "--no-annotate", "--no-header", "--index-strategy", "first-index",
                    str(HERE / "pyproject.toml"), "--constraints", str(BASE_LOCK), "--output-file", str(new),
                ],
                env=given, check=False,
            )  # fmt: skip
            if done.returncode:
                return 1
            pins(new)
            LOCK.write_bytes(new.read_bytes())
    except RefusedError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
