"""The access key pair of one server: drawn at random at each start, kept in a file that only its owner may read."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_batch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = "AKIALOCAL"
"""How the access key id of a local AWS begins, so that a key of a real account is never taken for one."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_RANDOM_LETTERS = 23
"""115 random bits: whoever has the id is let in. IAM's model allows 16 to 128 characters."""
_SECRET_BYTES = 30
"""40 characters in base64, as AWS's secrets are."""


ID_VARIABLE, SECRET_VARIABLE = "AWS_BATCH_LOCAL_ACCESS_KEY_ID", "AWS_BATCH_LOCAL_SECRET_ACCESS_KEY"
"""What a server's owner sets where its keys are to be known before it starts. Not options: anybody on a machine reads
the arguments of its programs."""
_ID = re.compile(r"\w{16,128}", re.ASCII)
"""accessKeyIdType of IAM's service model (botocore): 16 to 128 of [\\w]+."""
_OF_AN_ACCOUNT = re.compile(r"A(KIA|SIA|BIA|CCA)[A-Z2-7]{16}")
"""Access key ids of AWS (IAM user guide, "IAM identifiers", "Understanding unique ID prefixes"; seen 2026-11-27)."""
_LEAST_SECRET, _MOST_SECRET = 8, 1000


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """An access key id and its secret."""

    access_key_id: str
    secret_access_key: str

    def variables(self) -> dict[str, str]:
        """Return them as the environment variables that every AWS client reads."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}

    def has_id(self, access_key_id: str) -> bool:
        """Say whether an access key id is this one, in a time that tells nothing."""
        return hmac.compare_digest(access_key_id.encode(), self.access_key_id.encode())

    def has_secret(self, secret_access_key: str) -> bool:
        """Say whether a secret is this one, in a time that tells nothing."""
        return hmac.compare_digest(secret_access_key.encode(), self.secret_access_key.encode())


def given(variables: Mapping[str, str]) -> Keys | None:
    """Return the pair that the owner has set, None where there is none.

    Raises UsageError for half a pair, for one that is too short to be a password, and for what looks like the key of a
    real account, which would stand in files and in the environment of jobs. No message shows a value.
    """
    identity, secret = variables.get(ID_VARIABLE, ""), variables.get(SECRET_VARIABLE, "")
    if not identity and not secret:
        return None
    if not identity or not secret:
        missing = SECRET_VARIABLE if identity else ID_VARIABLE
        raise UsageError(f"{missing} is not set, and its other half is.", fix="Set both, or neither: a pair is drawn.")
    if _OF_AN_ACCOUNT.fullmatch(identity):
        raise UsageError(
            f"{ID_VARIABLE} looks like an access key of a real account.", fix=f"Make one up that begins with {PREFIX}."
        )
    if not _ID.fullmatch(identity):
        raise UsageError(
            f"{ID_VARIABLE} is no access key id: 16 to 128 letters, digits and underscores.",
            fix=f"Make one up that begins with {PREFIX}; whoever knows it is let in.",
        )
    if not _LEAST_SECRET <= len(secret) <= _MOST_SECRET or not secret.isprintable():
        raise UsageError(
            f"{SECRET_VARIABLE} is no secret: {_LEAST_SECRET} to {_MOST_SECRET} printable characters.",
            fix="Make one up.",
        )
    return Keys(identity, secret)


def draw() -> Keys:
    """Return a new pair."""
    random = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LETTERS))
    return Keys(PREFIX + random, secrets.token_urlsafe(_SECRET_BYTES))


def read(file: Path) -> Keys | None:
    """Return the pair of a file, None where there is none that can be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return Keys(str(found["access_key_id"]), str(found["secret_access_key"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(file: Path, keys: Keys) -> None:
    """Write a pair whole or not at all, readable by its owner alone from its first moment, whatever the umask."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    text = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), 0o600)
        opened.write(json.dumps(text, indent=2) + "\n")
    part.replace(file)
