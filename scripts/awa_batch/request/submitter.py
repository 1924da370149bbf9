"""Who submits, as a tag of the job: AWS Batch tells nobody of a job's caller but CloudTrail."""

from __future__ import annotations

import getpass
import os
import re
import socket

SUBMITTED_BY = "awa-batch:submitted-by"
"""The tag. Jobs have it in environments that keep a history."""
VARIABLE = "AWA_BATCH_SUBMITTER"
"""Says who it is where the machine's user does not: in CI, in a container."""
MOST = 256
"""Characters of a tag's value (API reference, TagResource)."""
_REFUSED = re.compile(r"[^\w .:/=+@-]")


def submitter() -> str:
    """Return ``user@host``, or what `VARIABLE` says, of the characters that a tag takes."""
    said = os.environ.get(VARIABLE) or f"{_user()}@{socket.gethostname()}"
    return _REFUSED.sub("_", said)[:MOST]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return str(os.getuid())
