"""Credentials: each thing that can be wrong has a line of its own and the command that helps; roles are kept."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, PartialCredentialsError, ReadTimeoutError, RefreshWithMFAUnsupportedError
from botocore.stub import Stubber

from awa_batch import assumed_roles
from awa_batch.assumed_roles import MfaNeededError, RoleCache, keep_assumed_roles
from awa_batch.batch.clients import Clients
from awa_batch.batch.credentials import EXPIRED_CODES, SKEW_CODES, UNKNOWN_KEY_CODES, trouble
from awa_batch.batch.failures import CallError, calling
from awa_batch.contract import Contract
from awa_batch.doctor import _disk, _try
from awa_batch.errors import AwsError

CONFIG = """
[profile keys]
aws_access_key_id = AKIAKEYS
aws_secret_access_key = s
region = ap-northeast-1

[profile china]
aws_access_key_id = AKIACHINA
aws_secret_access_key = s
region = cn-north-1

[profile empty]
region = ap-northeast-1

[profile half]
aws_access_key_id = AKIAHALF

[profile "my sso"]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = dev
region = ap-northeast-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1

[profile role]
role_arn = arn:aws:iam::111122223333:role/submitter
source_profile = keys
region = ap-northeast-1

[profile mfa]
role_arn = arn:aws:iam::111122223333:role/submitter
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/ada
region = ap-northeast-1

[profile role-over-sso]
role_arn = arn:aws:iam::111122223333:role/submitter
source_profile = my sso
"""


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contract: Contract) -> Iterator[Contract]:
    """A contract in an account, with profiles and a home of its own."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(assumed_roles, "_caches", {})
    return replace(contract, environment="dev")


def told(clients: Clients, code: str = "", message: str = "m") -> CallError:
    """Return what a call says; with a ``code`` AWS answers it."""
    batch = clients.batch
    with contextlib.ExitStack() as stack:
        if code:
            stub = stack.enter_context(Stubber(batch))
            stub.add_client_error("describe_job_queues", code, message, http_status_code=403)
        with pytest.raises(CallError) as caught, calling("describing queues"):
            batch.describe_job_queues()
    assert not caught.value.is_passing
    assert "\n" not in caught.value.what
    return caught.value


def test_no_credentials_at_all(account: Contract) -> None:
    error = told(Clients(account))
    assert error.what == (
        "No AWS credentials while describing queues: no profile is named, and no variable holds a key"
    )
    assert "AWS_PROFILE" in error.fix
    error = told(Clients(account, profile="empty"))
    assert error.what == "No AWS credentials while describing queues: profile empty has none"
    assert "`aws sso login --profile empty`" in error.fix


def test_half_a_key(account: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsError, match="The AWS credentials are not whole: aws_secret_access_key is missing") as caught:
        _ = Clients(account, profile="half").batch
    assert "AWS_SECRET_ACCESS_KEY" in caught.value.fix
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHALF")
    with pytest.raises(AwsError, match="not whole: AWS_SECRET_ACCESS_KEY is missing"):
        _ = Clients(account).batch


def test_sso_never_signed_in(account: Contract) -> None:
    error = told(Clients(account, profile="my sso"))
    assert error.what.startswith("Nobody is signed in with SSO yet while describing queues: ")
    assert error.fix == "Sign in: `aws sso login --profile 'my sso'`."


def test_sso_behind_a_role(account: Contract) -> None:
    assert told(Clients(account, profile="role-over-sso")).fix == "Sign in: `aws sso login --profile 'my sso'`."


def test_sso_expired(account: Contract, tmp_path: Path) -> None:
    tokens = tmp_path / ".aws" / "sso" / "cache"
    tokens.mkdir(parents=True)
    code = (
        "import hashlib, json, pathlib;"
        "pathlib.Path.home().joinpath('.aws/sso/cache', hashlib.sha1(b'corp').hexdigest() + '.json').write_text("
        "json.dumps({'accessToken': 'x', 'expiresAt': '2020-01-01T00:00:00Z'}));"
        "from awa_batch.batch.failures import refused; from awa_batch.target import AccountTarget;"
        "client = AccountTarget('dev').session('my sso', 'ap-northeast-1').create_client('batch', 'ap-northeast-1')\n"
        "try:\n    client.describe_job_queues()\nexcept Exception as error:\n    print(refused(error, 'asking').what)"
    )  # a process of its own: botocore settles where the home is when it is imported
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("The sign-in with SSO has expired while asking: "), done.stdout + done.stderr


@pytest.mark.parametrize("code", sorted(EXPIRED_CODES))
def test_an_expired_session(account: Contract, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    error = told(Clients(account, profile="keys"), code)
    assert error.what == f"The credentials have expired while describing queues: {code}: m"
    assert "Renew the keys of profile keys" in error.fix
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "x")
    assert told(Clients(account), code).fix.startswith("The variables AWS_ACCESS_KEY_ID, ")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        *((code, "m") for code in sorted(SKEW_CODES)),
        ("SignatureDoesNotMatch", "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z"),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20201002T065532Z is still later than 20201002T062118Z",
        ),
    ],
)
def test_a_wrong_clock(account: Contract, code: str, message: str) -> None:
    error = told(Clients(account, profile="keys"), code, message)
    assert error.what.startswith("The clock of this machine is wrong")
    assert "timedatectl" in error.fix


def test_a_wrong_secret(account: Contract) -> None:
    error = told(Clients(account, profile="keys"), "InvalidSignatureException", "The request signature we calculated")
    assert error.what.startswith("The secret access key does not belong to the access key while")
    assert "profile keys" in error.fix


@pytest.mark.parametrize("code", sorted(UNKNOWN_KEY_CODES))
def test_an_unknown_key_and_one_of_another_partition(account: Contract, code: str) -> None:
    error = told(Clients(account, profile="keys"), code)
    assert error.what == f"AWS does not know the access key while describing queues: {code}: m"
    assert "the keys of profile keys" in error.fix
    error = told(Clients(account, profile="china"), code)
    assert error.what == (
        "The access key is of another partition while describing queues: profile china is of aws-cn, and "
        "ap-northeast-1 is in aws"
    )
    assert "`aws configure list-profiles`" in error.fix


def test_a_key_that_the_local_aws_does_not_know(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    error = told(Clients(contract), "UnrecognizedClientException")
    assert "unset AWS_ENDPOINT_URL" in error.fix


def test_mfa_without_a_terminal(account: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(path: str, flags: int) -> int:
        assert path == "/dev/tty"
        raise OSError(6, "No such device or address")

    monkeypatch.setattr("awa_batch.assumed_roles.os.open", no_terminal)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: pytest.fail("stdin is not asked"))
    error = told(Clients(account, profile="mfa"))
    assert error.what.startswith("Profile mfa needs an MFA code, and there is no terminal to ask for it while")
    assert "`aws sts get-caller-identity --profile mfa`" in error.fix


def test_no_code_at_the_terminal_ends_the_command(account: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_d(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("awa_batch.assumed_roles.os.open", lambda *_: os.dup(0))
    monkeypatch.setattr("getpass.getpass", ctrl_d)
    with pytest.raises(KeyboardInterrupt), calling("describing queues"):
        Clients(account, profile="mfa").batch.describe_job_queues()


def test_what_else_is_said_of_roles() -> None:
    def of_role(code: str, message: str) -> str:
        found = trouble(ClientError({"Error": {"Code": code, "Message": message}}, "AssumeRole"))
        assert found is not None
        return found[0]

    said = "User: x is not authorized to perform: sts:AssumeRole"
    assert of_role("AccessDenied", said).startswith(
        "The role of the default profile may not be assumed: AccessDenied: "
    )
    said = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    assert of_role("AccessDenied", said).startswith("The MFA code is not right: ")
    assert trouble(RefreshWithMFAUnsupportedError()) is not None
    assert trouble(PartialCredentialsError(provider="env", cred_var="X")) is not None
    assert trouble(ReadTimeoutError(endpoint_url="u")) is None
    assert trouble(ClientError({"Error": {"Code": "AccessDenied"}}, "SubmitJob")) is None


# ------------------------------------------------------------ roles kept on disk
def assumed(account: Contract, monkeypatch: pytest.MonkeyPatch, codes: list[str]) -> str:
    """Return the access key that profile mfa signs with, where a terminal gives ``codes``."""
    calls: list[dict[str, Any]] = []

    def assume_role(_self: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert operation == "AssumeRole"
        calls.append(arguments)
        until = datetime.now(UTC) + timedelta(hours=1)
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{len(calls)}", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": until
            }
        }  # fmt: skip

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", assume_role)
    monkeypatch.setattr("awa_batch.assumed_roles._ask", lambda _prompt: codes.pop())
    session = account.target.session("mfa", account.region)
    credentials = session.get_credentials()
    assert credentials is not None
    return str(credentials.get_frozen_credentials().access_key)


def test_mfa_is_asked_once_for_all_clients_and_commands(
    account: Contract, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    codes = ["123456"]
    assert assumed(account, monkeypatch, codes) == "ASIA1"
    assert codes == []
    monkeypatch.setattr(assumed_roles, "_caches", {})  # as in another process
    assert assumed(account, monkeypatch, codes) == "ASIA1"
    (file,) = (tmp_path / ".aws" / "cli" / "cache").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["Credentials"]["AccessKeyId"] == "ASIA1"


@pytest.mark.parametrize("home", ["/nonexistent", "file", None])
def test_without_a_home_the_process_alone_keeps_it(
    account: Contract, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    if home is None:  # an unknown user id, as in a container
        monkeypatch.delenv("HOME")
        monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    else:
        monkeypatch.setenv("HOME", str(tmp_path / home))
    codes = ["123456"]
    assert assumed(account, monkeypatch, codes) == "ASIA1"
    assert assumed(account, monkeypatch, codes) == "ASIA1"
    assert not (tmp_path / "~").exists()
    assert not (tmp_path / ".aws").exists()


def test_a_home_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = RoleCache(tmp_path / "file" / "cache")
    cache["key"] = {"a": 1}
    assert cache["key"] == {"a": 1}
    assert "key" in cache
    assert "other" not in cache
    with pytest.raises(KeyError):
        cache["other"]


def test_a_disk_that_is_full_does_not_give_back_what_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = RoleCache(tmp_path / "cache")
    cache["key"] = "old"

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    cache["key"] = "new"
    assert cache["key"] == "new"
    assert RoleCache(tmp_path / "cache")["key"] == "old"


def test_the_sdk_still_takes_the_prompter() -> None:
    session = keep_assumed_roles(botocore.session.Session(), None)
    provider = session.get_component("credential_provider").get_provider("assume-role")
    assert provider._prompter is assumed_roles._ask


def test_the_doctor_sends_nobody_to_the_doctor() -> None:
    def fails() -> Any:
        with calling("asking"):
            raise ClientError({"Error": {"Code": "Strange", "Message": "m"}}, "X")

    check = _try("AWS", fails)
    assert check.verdict == "BAD"
    assert "doctor" not in str(check.fix)
    assert "aws sts get-caller-identity" in str(check.fix)
    assert issubclass(MfaNeededError, Exception)


@pytest.mark.parametrize(("free", "verdict"), [(1 << 20, "BAD"), (1 << 30, "note"), (50 << 30, "ok")])
def test_the_doctor_looks_at_the_disk(free: int, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=free))
    check = _disk()
    assert check.verdict == verdict
    assert "GiB free at" in str(check.found)
    assert bool(check.fix) is (verdict != "ok")
