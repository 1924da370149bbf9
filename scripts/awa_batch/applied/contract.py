"""Read the contract of an environment: from a file, or from Terraform with a cache that follows the state."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from awa_batch import __version__
from awa_batch.contract.model import SCHEMA_VERSION, Contract
from awa_batch.errors import ForeignContractError, UsageError
from awa_batch.files import private_folder, read_given_text, write_whole
from awa_batch.json_text import read_json
from awa_batch.paths import CONTRACT_VARIABLE, state_dir
from awa_batch.target import target_of
from awa_batch.text import Command, Field, Text

FILE_VARIABLE = CONTRACT_VARIABLE
_WRITE_AGAIN: Text = (
    # With the variable still set, the command would read the same file again.
    f"Unset {FILE_VARIABLE}, then write the file again with ",
    Command("contract", Field("output", "json")),
    " where Terraform is at hand.",
)
_CACHE = Path(".terraform") / "awa-batch-contract.json"


def load_contract(environment: str, *, profile: str | None = None) -> Contract:
    """Return what ``environment`` offers.

    ``AWA_BATCH_CONTRACT=file.json`` or ``s3://bucket/key`` (the bare contract, or the whole of ``terraform output
    -json``) replaces the Terraform read, and needs no clone. Else terraform is initialised where it was not yet, with
    credentials of ``profile`` or of AWS's own settings. Who may not read the state reads what Terraform publishes in
    the data bucket. Raises UsageError for a file that cannot be read or is no contract, CallError (exit 3) where
    neither can be read, NotAppliedError (exit 4) where nothing is applied or the contract's version is not this
    toolkit's.
    """
    if named := os.environ.get(FILE_VARIABLE):
        return _named(named, profile)
    from awa_batch.applied.published import published_contract
    from awa_batch.applied.state import fingerprint
    from awa_batch.batch.failures import CallError
    from awa_batch.terraform.root import Root

    target = target_of(environment)
    root = Root(environment, extra_env=(("AWS_PROFILE", profile),) if profile and target.has_account else ())
    if target.has_account and not root.is_initialised:
        root.check_backend()  # without one there is no state to look at
    try:
        mark = fingerprint(root, profile)
    except CallError as error:
        if error.status != 403 or (found := published_contract(root, profile)) is None:
            raise
        return _validated(found[1], found[0], environment)
    cache = root.path / _CACHE
    if mark and (kept := _read_cache(cache, mark)) is not None:
        return kept
    value = root.outputs().get("contract")
    if value is None:
        raise target.not_applied("its Terraform state has no output `contract`")
    contract = _validated(value, f"Terraform's output `contract` of ENV={environment}", environment)
    if mark:
        _write_cache(cache, mark, contract)
    return contract


def kept_contract(environment: str) -> dict[str, Any]:
    """Return the contract that was read last of an environment, unchecked, without asking anybody; {} without one."""
    from awa_batch.terraform.root import environments_dir

    try:
        if named := os.environ.get(FILE_VARIABLE):
            value = json.loads(Path(named).expanduser().read_text(encoding="utf-8"))
        else:
            value = json.loads((environments_dir() / environment / _CACHE).read_text(encoding="utf-8"))["contract"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}


def _read_cache(cache: Path, mark: str) -> Contract | None:
    """Return the contract that was checked and kept under ``mark`` by this version of the toolkit."""
    try:
        kept = json.loads(cache.read_text())
        if kept["fingerprint"] == mark and kept["checked_by"] == __version__:
            return Contract.trusted(kept["contract"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # nothing is kept, or by another version: it is read and checked anew
    return None


def _write_cache(cache: Path, mark: str, contract: Contract) -> None:
    """Keep the contract; a clone that cannot be written to (a read-only mount) does without."""
    value = {"fingerprint": mark, "checked_by": __version__, "contract": asdict(contract)}
    with contextlib.suppress(OSError):
        if not cache.parent.is_dir():
            private_folder(cache.parent)
        write_whole(cache, json.dumps(value), private=True)


def _named(place: str, profile: str | None) -> Contract:
    """Return the contract at what the variable names, a file or an address in S3."""
    if place.startswith("s3://"):
        from awa_batch.applied.stored import read_stored

        named = f"{FILE_VARIABLE}={place}"
        text = read_stored(place, named, profile)
    else:
        file = Path(place).expanduser()
        named = f"{FILE_VARIABLE}={file}"
        text = read_given_text(file, named, _WRITE_AGAIN)
    mark = hashlib.sha256(text.encode()).hexdigest()
    cache = _file_cache(mark)
    if cache and (kept := _read_cache(cache, mark)) is not None:
        return kept
    try:
        value = read_json(text)
    except ValueError as error:
        raise UsageError(f"{named} is not JSON: {error}.", fix=_WRITE_AGAIN) from None
    if isinstance(value, dict) and isinstance(value.get("contract"), dict) and "value" in value["contract"]:
        value = value["contract"]["value"]
    contract = _validated(value, named, None)
    if cache:
        _write_cache(cache, mark, contract)
    return contract


def _file_cache(mark: str) -> Path | None:
    """Return where a checked contract is kept; nowhere where there is no place for a state (a Lambda)."""
    try:
        return state_dir() / "contracts" / f"{mark[:16]}.json"
    except (UsageError, OSError):
        return None


def _validated(value: object, where: str, environment: str | None) -> Contract:
    fix: Text = ("Run ", target_of(environment).apply_step, ".") if environment else _WRITE_AGAIN
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version is None:  # not another version's, but something else
        what = f"{where} is not a contract: it has no schema_version."
        raise ForeignContractError(what, fix=fix) if environment else UsageError(what, fix=fix)
    if version != SCHEMA_VERSION:
        raise ForeignContractError(
            f"{where} has schema_version {version!r}; this toolkit reads {SCHEMA_VERSION}.",
            fix=("Bring clone and environment to one version. ", *fix),
        )
    from pydantic import ValidationError

    try:
        contract = Contract.checked(value)
    except ValidationError as error:
        first = error.errors()[0]
        field, problem = ".".join(map(str, first["loc"])), first["msg"]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    else:
        without = next((name for name, entry in contract.job_definitions.items() if not entry.has_revision), None)
        if without is None:
            return contract
        field, problem, more = f"job_definitions.{without}.arn", "Its end is no revision", ""
    raise ForeignContractError(f"{where} does not fit: {field}: {problem}{more}.", fix=fix)
