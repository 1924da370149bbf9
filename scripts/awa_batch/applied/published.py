"""The contract as Terraform publishes it in the data bucket, for who may submit but may not read the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from awa_batch.json_text import read_json
from awa_batch.terraform import hcl
from awa_batch.terraform.allowed_accounts import allowed_accounts, region_of

if TYPE_CHECKING:
    from awa_batch.terraform.root import Root

KEY = "contract/contract.json"
"""Where modules/platform puts it in the data bucket."""


def published_contract(root: Root, profile: str | None) -> tuple[str, object] | None:
    """Return where an environment's contract is published and what it says; None where it cannot be read there.

    The bucket's name is made of what main.tf and the credentials say, as Terraform makes it:
    ``<project>-<environment>-data-<account>``.
    """
    from awa_batch.batch.account import account_of
    from awa_batch.batch.failures import CallError, calling

    names = _names(root)
    region = region_of(root.path)
    if names is None or region is None:
        return None
    try:
        account = next(iter(allowed_accounts(root.path)), None) or account_of(root.target, profile, region)
        bucket = f"{names[0]}-{names[1]}-data-{account}"
        with calling("reading the published contract"):
            client: Any = root.target.session(profile, region).create_client("s3", region_name=region)
            text = client.get_object(Bucket=bucket, Key=KEY, ExpectedBucketOwner=account)["Body"].read().decode()
        return f"s3://{bucket}/{KEY}", read_json(text)
    except (CallError, ValueError):
        return None


def _names(root: Root) -> tuple[str, str] | None:
    """Return project and environment of the root's platform module; None where they are not written out."""
    for file in sorted(root.path.glob("*.tf")):
        try:
            content = hcl.read_file(file)
        except hcl.UnreadableError:
            return None
        for block in content.inner("module", "platform"):
            project, environment = block.attribute("project"), block.attribute("environment")
            if environment is None or not isinstance(environment.value, hcl.String):
                return None
            if project is None:
                return "awa-batch", environment.value.text  # the variable's default
            return (project.value.text, environment.value.text) if isinstance(project.value, hcl.String) else None
    return None
