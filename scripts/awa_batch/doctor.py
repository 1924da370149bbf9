"""Check everything that a command of this toolkit may need, changing nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from awa_batch.applied import load_contract
from awa_batch.batch.account import caller_account, caller_identity
from awa_batch.batch.clients import Clients
from awa_batch.batch.queues import describe_queues
from awa_batch.errors import AwaBatchError, NoCloneError
from awa_batch.images.docker_engine import engine_status, find_builder
from awa_batch.local_server import ServerGoneError, server_status
from awa_batch.paths import CONTRACT_VARIABLE, is_project, state_dir
from awa_batch.target import target_of
from awa_batch.terraform import Root, find_terraform
from awa_batch.terraform.allowed_accounts import allowed_accounts, region_of
from awa_batch.terraform.mirror import find_mirror, locked_providers
from awa_batch.text import Command, Part, Step, Text

Verdict = Literal["ok", "note", "BAD"]


@dataclass(frozen=True)
class Check:
    """One finding. ``note`` is not needed for everything; ``BAD`` is needed and missing."""

    name: str
    verdict: Verdict
    found: Part | Text
    fix: Part | Text = ""


def examine(environment: str, *, profile: str | None = None) -> list[Check]:
    """Return the findings for ``environment``. Never raises an AwaBatchError: each becomes a finding."""
    has_account = target_of(environment).has_account
    tools: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("terraform", _terraform),
        ("providers", lambda: _providers(environment)),
        ("docker", _docker),
    )
    if CONTRACT_VARIABLE in os.environ and not is_project():
        tools = ()  # who has a contract and no clone builds and applies nothing
    findings = [
        Check("python", "ok", platform.python_version()),
        *(_try(name, look) for name, look in tools),
        _try("disk", _disk),
        *([_try("aws", _aws_command)] if has_account else []),
        *(_account(environment, profile) if has_account else _local()),
    ]
    if any(found.verdict == "BAD" for found in findings if found.name in ("credentials", "account")):
        return findings
    findings.append(_try(f"environment {environment}", lambda: _environment(environment, profile)))
    if findings[-1].verdict != "BAD":  # else the next one would say the same in other words
        findings.append(_try("AWS", lambda: _aws(environment, profile)))
    return findings


def _try(name: str, look: Callable[[], Check], bad: Verdict = "BAD") -> Check:
    try:
        found = look()
    except AwaBatchError as error:
        return Check(name, bad, error.problem, _elsewhere(error.remedy))
    return Check(name, found.verdict, found.found, found.fix)


def _elsewhere(fix: Text) -> Text:
    """Return a remedy that does not send to this very command."""
    if any(isinstance(part, Command) and part.words[:1] == ("doctor",) for part in fix):
        return (
            "`aws sts get-caller-identity` shows whether AWS can be reached with these credentials; check "
            "AWS_ENDPOINT_URL, HTTPS_PROXY and the permissions that AWS names.",
        )
    return fix


def _terraform() -> Check:
    binary = find_terraform()
    config = os.environ.get("TF_CLI_CONFIG_FILE")
    missing = (
        f"; TF_CLI_CONFIG_FILE={config} is missing and is not used" if config and not os.path.exists(config) else ""
    )
    return Check("", "ok", f"{binary.name} {binary.version_text} ({binary.path}){missing}")


def _providers(environment: str) -> Check:
    lock = Root(environment).path / ".terraform.lock.hcl"
    locked = ", ".join(f"{address.rsplit('/', 1)[1]} {version}" for address, version in locked_providers(lock).items())
    mirror = find_mirror(lock)
    return Check("", "ok", f"{locked} from {mirror}" if mirror else f"{locked} from the registry")


def _docker() -> Check:
    status = engine_status()
    if status.engine is None:
        return Check(
            "",
            "note",
            status.reason,
            "ENV=local does without: jobs run as processes there. Images for an account need an engine to be built.",
        )
    builder = find_builder(status.engine)
    return Check("", "ok", f"engine {status.engine.version}, builds with {builder.description}")


def _aws_command() -> Check:
    """Look at AWS's own command, which signs in with SSO: no command of ours calls it."""
    needed = "Signing in with SSO takes version 2 of it (AWS CLI User Guide); with a key or a role nothing does."
    path = shutil.which("aws")
    if path is None:
        return Check("", "note", "no aws command on PATH", needed)
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("", "note", f"{path} does not run: {error}", needed)
    version = re.match(r"aws-cli/(\d+)[\d.]*", said.stdout + said.stderr)  # old ones said it on stderr
    if version is None:
        return Check("", "note", f"{path} does not say its version", needed)
    found = f"{version[0]} ({path})"
    return Check("", "ok", found) if int(version[1]) >= 2 else Check("", "note", found, needed)


ENOUGH_DISK, LITTLE_DISK = 3 << 30, 512 << 20
"""Free bytes: an image, its build cache and a process environment fit; state and logs may not be written any more."""


def _disk() -> Check:
    """Look at the disk of the state directory, where environments for jobs, logs and ledgers lie."""
    folder = state_dir()
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / (1 << 30):.1f} GiB free at {folder}"
    fix = "Make room there, or set AWA_BATCH_STATE_DIR to a folder on another disk."
    if free < LITTLE_DISK:
        return Check("", "BAD", found, fix)
    return Check("", "note", found, fix) if free < ENOUGH_DISK else Check("", "ok", found)


def _local() -> Iterator[Check]:
    try:
        info = server_status(state_dir())
    except ServerGoneError as error:
        yield Check("local AWS", "note", error.what, "The next command builds ENV=local anew.")
        return
    except NoCloneError as error:
        yield Check("local AWS", "note", error.what)
        return
    if info is None:
        yield Check("local AWS", "note", "not running", ("Run ", Step("up"), "."))
    else:
        why = f" ({info.runner_reason})" if info.runner_reason else ""
        yield Check("local AWS", "ok", f"{info.endpoint_url}, pid {info.pid}, jobs run as {info.runner}{why}")


def _account(environment: str, profile: str | None) -> Iterator[Check]:
    """Ask who we are; with wrong credentials all else would say the same in other words."""
    target = target_of(environment)
    try:
        root = Root(environment).path
        who = caller_identity(target, profile, region_of(root) or "us-east-1")
    except AwaBatchError as error:
        yield Check("credentials", "BAD", error.problem, _elsewhere(error.remedy))
        return
    yield Check("credentials", "ok", f"{who.arn}{f' (profile {who.profile})' if who.profile else ''}")
    allowed = allowed_accounts(root)
    if allowed and who.account not in allowed:
        yield Check(
            "account",
            "BAD",
            f"credentials are of account {who.account}; ENV={environment} is in {' or '.join(allowed)}",
            "Set AWS_PROFILE to a profile of that account.",
        )
    else:
        named = "allowed_account_ids of its root" if allowed else "its root allows any (no allowed_account_ids)"
        yield Check("account", "ok", f"{who.account}; {named}")


def _environment(environment: str, profile: str | None) -> Check:
    contract = load_contract(environment, profile=profile)
    found = f"{len(contract.queues)} queues, {len(contract.job_definitions)} job definitions, {contract.region}"
    if not contract.job_definitions:
        return Check("", "note", found, ("No image is released: run ", contract.target.release_step, ", then apply."))
    return Check("", "ok", found)


def _aws(environment: str, profile: str | None) -> Check:
    """Ask whether the environment's account is that of the credentials, and its queues are enabled and valid."""
    contract = load_contract(environment, profile=profile)
    clients = Clients(contract, profile=profile)
    account = caller_account(clients)
    if account != contract.account_id:
        return Check(
            "",
            "BAD",
            f"credentials are of account {account}; ENV={environment} is in {contract.account_id}",
            "Set AWS_PROFILE to one of that account.",
        )
    names = [queue.name for queue in contract.queues.values()]
    queues = describe_queues(clients.batch, names).values()
    usable = {
        queue["jobQueueName"] for queue in queues if queue["state"] == "ENABLED" and queue.get("status") == "VALID"
    }
    if lost := [name for name in names if name not in usable]:
        return Check(
            "", "BAD", f"not ENABLED and VALID: {', '.join(lost)}", ("Run ", Step("plan", environment=environment), ".")
        )
    return Check("", "ok", f"account {account}, {len(usable)} queues ENABLED and VALID")
