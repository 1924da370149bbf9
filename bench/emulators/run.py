"""Ask an address every behaviour, and write what was answered as JSON.

usage: python -m bench.emulators.run ENDPOINT_URL IMAGE [--only NAME …] [--workers N]

IMAGE is what jobs run in: it has a shell and `sleep`. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the keys
(default: `test`). Any implementation can be asked: nothing here knows which it is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from bench.emulators.account import Account
from bench.emulators.behaviours import Behaviour, load

YES = "yes"
"""The answer that AWS documents."""
MISSING = "not there"
"""The operation is not there at all."""
_NOT_THERE = {"NotImplemented", "NotImplementedException", "InternalFailure", "UnknownOperationException", "501", "404",
              "NotFound", "UnknownOperation", "InvalidAction", "UnsupportedOperation", "NotYetImplemented"}  # fmt: skip


def ask(account: Account, row: Behaviour) -> str:
    """Return ``yes`` where the documented answer came, else what came instead, in one line."""
    try:
        row.check(account)
    except AssertionError as error:
        return _line(str(error))
    except ClientError as error:
        code = str(error.response["Error"].get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _NOT_THERE or status in (404, 501):
            return f"{MISSING}: {error.operation_name}"
        return _line(f"{error.operation_name}: {code}: {error.response['Error'].get('Message', '')}")
    except KeyError as error:
        return f"the answer has no {error}"
    except (BotoCoreError, IndexError, TypeError, ValueError) as error:
        return _line(f"{type(error).__name__}: {error}")
    return YES


def _line(text: str) -> str:
    words = " ".join(text.split()).replace("|", "/")
    return words if len(words) <= 110 else f"{words[:107]}…"


def run(account: Account, rows: list[Behaviour], workers: int = 4) -> dict[str, str]:
    """Return the answer to every row."""
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip((row.name for row in rows), pool.map(lambda row: ask(account, row), rows), strict=True))


def main() -> None:
    """Ask, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint_url")
    parser.add_argument("image")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--mark", default="", help="what every name has in it (default: drawn)")
    asked = parser.parse_args()
    keys = os.environ.get("AWS_ACCESS_KEY_ID", "test"), os.environ.get("AWS_SECRET_ACCESS_KEY", "test")
    rows = [row for row in load() if not asked.only or row.name in asked.only]
    found = run(Account(asked.endpoint_url, asked.image, keys=keys, mark=asked.mark), rows, asked.workers)
    json.dump(found, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
