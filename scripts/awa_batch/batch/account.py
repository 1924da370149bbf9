"""Whose account is asked: where something is not there, the credentials may be of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from awa_batch.batch.failures import CallError, calling
from awa_batch.errors import AwsError
from awa_batch.text import Field, Text

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from awa_batch.batch.clients import Clients
    from awa_batch.target import Target


def caller_account(clients: Clients) -> str:
    """Return the account of the credentials in use, twelve digits. Raises CallError."""
    with calling("asking whose credentials these are"):
        return str(clients.make("sts").get_caller_identity()["Account"])


class Caller(NamedTuple):
    """Who calls: the account (twelve digits), the ARN, and the profile that the credentials come from, if any."""

    account: str
    arn: str
    profile: str | None


def caller_identity(target: Target, profile: str | None, region: str) -> Caller:
    """Return whose credentials are in use where there is no contract yet. Raises CallError."""
    from botocore.config import Config

    from awa_batch.batch.credentials import tell_origin

    with calling("asking whose credentials these are"):
        config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})
        session = target.session(profile, region)
        client: STSClient = session.create_client("sts", region_name=region, config=config)  # type: ignore[assignment]
        tell_origin(client, session, region, has_account=target.has_account)
        found = client.get_caller_identity()
        return Caller(str(found["Account"]), str(found["Arn"]), session.profile)


def account_of(target: Target, profile: str | None, region: str) -> str:
    """Return the account of the credentials in use where there is no contract yet, twelve digits. Raises CallError."""
    return caller_identity(target, profile, region).account


def other_account(clients: Clients) -> Text:
    """Return what is to be said where the credentials are of another account than the environment; else ().

    () too where that is not known: of the local AWS, of a contract without an account, and where STS does not answer.
    """
    contract = clients.contract
    if not (contract.account_id and contract.target.is_lasting):
        return ()
    try:
        account = caller_account(clients)
    except (CallError, AwsError):
        return ()
    if account == contract.account_id:
        return ()
    return (
        f"The credentials are of account {account}, and environment {contract.environment} is in account "
        f"{contract.account_id}: name a profile of that account with ",
        Field("profile"),
        " or AWS_PROFILE.",
    )
