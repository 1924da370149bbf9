"""The Terraform state of an environment: where it lies, whether it can be read, and what changes when it does."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.errors import NotAppliedError
from awa_batch.terraform import hcl
from awa_batch.terraform.root import BACKEND_FILE, Root
from awa_batch.text import Command, Field, Step

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from awa_batch.batch.failures import CallError

_KNOWN = frozenset({"bucket", "key", "region", "profile"})
_NO_MATTER = frozenset({"encrypt", "use_lockfile", "kms_key_id", "allowed_account_ids", "dynamodb_table", "acl"})
"""Arguments of Terraform's S3 backend that change nothing about reading the state."""


@dataclass(frozen=True)
class S3State:
    """A state in a bucket, as the S3 backend's arguments say. ``profile`` None: that of AWS's own settings."""

    bucket: str
    key: str
    region: str | None = None
    profile: str | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def state_of(root: Root, profile: str | None = None) -> S3State | Path | None:
    """Return where a root's state lies, in a bucket or on disk; None where terraform alone can say.

    What terraform was initialised for counts, and backend.hcl where it was not yet. ``profile`` is that of AWS which
    counts where the backend names none.
    """
    found = _initialised_for(root.path) or _written(root.path)
    return replace(found, profile=profile) if isinstance(found, S3State) and not found.profile else found


def fingerprint(root: Root, profile: str | None = None) -> str | None:
    """Return what changes whenever the state changes, or None where that cannot be told cheaply.

    A local state is hashed; of one in S3 the ETag is asked for (one HeadObject instead of a terraform process). Raises
    CallError where it cannot be read (credentials, permission, outage), NotAppliedError where it is not there.
    """
    if os.environ.get("TF_WORKSPACE") or (root.path / ".terraform" / "environment").is_file():
        return None  # a workspace's state lies elsewhere
    state = state_of(root, profile)
    if isinstance(state, Path):
        if not state.is_file():
            raise root.target.not_applied("there is no Terraform state here")
        return hashlib.sha256(state.read_bytes()).hexdigest()
    return None if state is None else _etag(root, state)


def _initialised_for(root: Path) -> S3State | Path | None:
    file = root / ".terraform" / "terraform.tfstate"
    try:
        block: dict[str, Any] = json.loads(file.read_text()).get("backend") or {}
        kind, config = block.get("type", "local"), block.get("config") or {}
        if kind == "local":
            return root / (config.get("path") or "terraform.tfstate")
        return _s3({name: value for name, value in config.items() if value is not None}) if kind == "s3" else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError, TypeError):
        return None  # terraform itself will say what is wrong


def _written(root: Path) -> S3State | Path | None:
    """Return what the root's files say. No backend block means a state in the root's folder."""
    if (root / ".terraform" / "terraform.tfstate").is_file():
        return None  # it was not understood
    config: dict[str, Any] = {}
    kind = "local"
    with contextlib.suppress(OSError, UnicodeError, hcl.UnreadableError):
        for file in [*sorted(root.glob("*.tf")), root / BACKEND_FILE]:
            if not file.is_file():
                continue
            content = hcl.read_text(file.read_text(encoding="utf-8"))
            if file.name == BACKEND_FILE:
                blocks = [content]
            else:
                blocks = [one for outer in content.inner("terraform") for one in outer.inner("backend", "s3")]
                kind = "s3" if blocks else kind
            for block in blocks:
                for name in _KNOWN:
                    attribute = block.attribute(name)
                    if attribute is not None and isinstance(attribute.value, hcl.String):
                        config[name] = attribute.value.text
        return root / "terraform.tfstate" if kind == "local" else _s3(config)
    return None


def _s3(config: dict[str, Any]) -> S3State | None:
    """Return the state that the backend's arguments name; None with a role or an endpoint of its own."""
    more = {name for name, value in config.items() if value not in (None, "", False, [], {})} - _KNOWN - _NO_MATTER
    if any(not name.startswith("skip_") for name in more):
        return None
    named = {name: str(config[name]) for name in _KNOWN if config.get(name)}
    return S3State(**named) if {"bucket", "key"} <= named.keys() else None


def _etag(root: Root, state: S3State) -> str:
    from botocore.config import Config

    from awa_batch.batch.credentials import tell_origin
    from awa_batch.batch.failures import CallError, calling

    config = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    doing = f"looking at the Terraform state of {root.environment}"
    with calling(doing):
        session = root.target.session(state.profile, state.region or "us-east-1")
        client: S3Client = session.create_client("s3", region_name=state.region, config=config)  # type: ignore[assignment]
        tell_origin(client, session, state.region or "", has_account=root.target.has_account)
    try:
        with calling(doing):
            return str(client.head_object(Bucket=state.bucket, Key=state.key)["ETag"])
    except CallError as error:
        # The answer to HEAD has no body: no more than the status is known.
        if error.status == 404:
            raise _not_there(root, state, client) from None
        if error.status in (400, 403):
            raise _not_permitted(root, state, error) from None
        raise


def _not_there(root: Root, state: S3State, client: S3Client) -> NotAppliedError:
    from awa_batch.batch.failures import CallError, calling

    try:
        with calling("looking at the bucket of Terraform's states"):
            client.head_bucket(Bucket=state.bucket)
    except CallError as error:
        if error.status == 404:
            return NotAppliedError(
                f"There is no bucket {state.bucket}, where {root.environment} has its Terraform state "
                f"({BACKEND_FILE}).",
                fix=(
                    f"Get the {BACKEND_FILE} that is committed (git pull), or make the bucket: ",
                    Step("bootstrap", environment=root.environment),
                    ".",
                ),
            )
    return root.target.not_applied(f"there is no Terraform state at {state}")


def _not_permitted(root: Root, state: S3State, error: Exception) -> CallError:
    """Return what is wrong with the credentials as STS says it, else that they may not read the state."""
    from awa_batch.batch.account import account_of
    from awa_batch.batch.failures import CallError

    account = ""
    try:
        account = f" (account {account_of(root.target, state.profile, state.region or 'us-east-1')})"
    except CallError as wrong:
        if not wrong.is_passing:
            return wrong
    return CallError(
        f"The credentials{account} may read neither the Terraform state of {root.environment}, {state}, nor the "
        "contract in its data bucket.",
        fix=(
            "Set AWS_PROFILE to a profile that may, such as one of the submitter role, or AWA_BATCH_CONTRACT to a file "
            "with the contract, which whoever may read the state writes with ",
            Command("contract", Field("output", "json")),
            ".",
        ),
        failure="refused",
        said=str(error),
        code="AccessDenied",
        status=403,
    )
