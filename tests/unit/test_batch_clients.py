"""The clients of an environment: never a real account for ENV=local, never a second try for SubmitJob."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
)

from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import refused
from awa_batch.contract import Contract
from awa_batch.errors import AwsError

URL = "http://127.0.0.1:4566"


@pytest.fixture
def real_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who is signed in to a real account."""
    config = tmp_path / "config"
    config.write_text("[profile real]\naws_access_key_id = REAL\naws_secret_access_key = REAL\nregion = us-west-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "REAL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "REAL")


def credentials(client: object) -> tuple[str, str | None]:
    found = client._request_signer._credentials  # type: ignore[attr-defined]
    return found.access_key, found.token


def test_the_local_environment_never_uses_a_real_account(
    real_account: None, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", URL)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    client = Clients(contract, profile="real").batch
    assert credentials(client) == ("test", None)
    assert client.meta.endpoint_url == URL
    assert client.meta.region_name == contract.region
    assert client.meta.config.proxies == {}


def test_the_local_environment_needs_no_profile_that_exists(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", URL)
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert credentials(Clients(contract).batch) == ("test", None)


def test_an_account_uses_the_named_profile_and_the_contracts_region(real_account: None, contract: Contract) -> None:
    dev = replace(contract, environment="dev")
    client = Clients(dev, profile="real").batch
    assert credentials(client)[0] == "REAL"
    assert client.meta.region_name == "ap-northeast-1"
    assert client.meta.endpoint_url == "https://batch.ap-northeast-1.amazonaws.com"


def test_a_profile_that_is_not_there_is_told(real_account: None, contract: Contract) -> None:
    dev = replace(contract, environment="dev")
    with pytest.raises(
        AwsError, match="No AWS client for batch: No AWS credentials: there is no profile nobody"
    ) as caught:
        _ = Clients(dev, profile="nobody").batch
    assert "AWS_PROFILE" in caught.value.fix


@pytest.mark.parametrize("variables", [{}, {"AWS_MAX_ATTEMPTS": "7", "AWS_RETRY_MODE": "legacy"}])
def test_submit_job_is_tried_once_and_all_else_more_often(
    variables: dict[str, str], contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AWS_ENDPOINT_URL": URL, **variables}.items():
        monkeypatch.setenv(name, value)
    clients = Clients(contract)
    assert clients.batch_submit.meta.config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert clients.batch.meta.config.retries == {"mode": "standard", "total_max_attempts": 8}


@pytest.mark.parametrize(
    ("error", "what", "fix"),
    [
        (ClientError({"Error": {"Code": "A", "Message": "b"}}, "X"), "AWS refused doing: A: b", "awa-batch doctor"),
        (ClientError({}, "X"), "AWS refused doing: Unknown: ", "awa-batch doctor"),
        (
            ClientError({"Error": {"Code": "ExpiredTokenException"}}, "X"),
            "The credentials have expired while doing: Exp",
            "aws sso login",
        ),
        (NoCredentialsError(), "No AWS credentials while doing", "AWS_PROFILE"),
        (ProfileNotFound(profile="p"), "No AWS credentials while doing", "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url=URL), "AWS cannot be reached while doing", "AWS_ENDPOINT_URL"),
        (ConnectTimeoutError(endpoint_url=URL), "AWS did not answer while doing", "awa-batch doctor"),
    ],
)
def test_every_error_of_the_sdk_becomes_two_lines(error: Exception, what: str, fix: str) -> None:
    told = refused(error, "doing")
    assert told.what.startswith(what)
    assert fix in told.fix
    assert told.exit_code == 3
