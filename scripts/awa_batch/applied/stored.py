"""The contract at an address in S3, for who has neither a clone nor Terraform."""

from __future__ import annotations

import os
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.files import MAX_GIVEN
from awa_batch.target import ACCOUNT_REGION, standard_session

SCHEME = "s3://"


def read_stored(address: str, named: str, profile: str | None) -> str:
    """Return the text of the object at ``s3://bucket/key``; ``named`` is what said it.

    With credentials of ``profile``, else as AWS's own settings say, whatever the environment is: what the contract says
    tells that. Any region will do, as S3 leads to the bucket's. Raises UsageError for what is no such address or text,
    CallError.
    """
    from awa_batch.batch.credentials import tell_origin
    from awa_batch.batch.failures import calling

    bucket, _, key = address.removeprefix(SCHEME).partition("/")
    if not bucket or not key:
        raise UsageError(f"{named} is no object in S3.", fix=f"Name one, like {SCHEME}BUCKET/contract/contract.json.")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ACCOUNT_REGION
    with calling(f"reading the contract at {address}"):
        session = standard_session(profile, region)
        client: Any = session.create_client("s3", region_name=region)
        tell_origin(client, session, region, has_account=True)
        body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_GIVEN)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{named} is not UTF-8 text: {error.reason} at byte {error.start}.", fix="Name the contract's object."
        ) from None
