"""The Terraform root of an environment in an account: whose credentials it is given, and what is said of wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from awa_batch.batch.account import account_of
from awa_batch.batch.credentials import terraform_lacks
from awa_batch.batch.failures import CallError, calling
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.target import Target
from awa_batch.terraform.allowed_accounts import allowed_accounts, region_of
from awa_batch.terraform.root import Root, TerraformError


@dataclass(frozen=True)
class AccountRoot(Root):
    """A root whose failed commands are told as what is wrong with the credentials, where it is they."""

    def failed(self, error: TerraformError) -> AwaBatchError:
        """Ask AWS whose credentials these are: they may have expired since, or never have been right."""
        try:
            caller(self.target, self.path)
        except CallError as wrong:
            return error if wrong.is_passing else wrong
        return error


def caller(target: Target, root: Path) -> str:
    """Return the account of the credentials that terraform is to use. Raises CallError."""
    return account_of(target, None, _region(root))


def check_credentials(target: Target, root: Path) -> None:
    """Refuse missing, wrong or expired credentials, and those of an account that the environment does not name.

    Before terraform asks for anything: what it says of them is long, and names no command. Raises CallError,
    UsageError. Where AWS cannot be reached, terraform is left to try, unless the account has to be known.
    """
    allowed = allowed_accounts(root)
    try:
        account = caller(target, root)
    except CallError as error:
        if error.is_passing and not allowed:
            return
        raise
    if allowed and account not in allowed:
        raise UsageError(
            f"The credentials are of account {account}; environment {target.name} is in account "
            f"{' or '.join(allowed)} (allowed_account_ids of its root).",
            fix="Use credentials of that account: set AWS_PROFILE to a profile of it.",
        )


def open_root(environment: str) -> Root:
    """Return the root, its credentials checked and given to terraform in a form that it takes; not yet initialised.

    Raises NotAppliedError without a bucket of states, and as `check_credentials` does.
    """
    root = AccountRoot(environment)
    root.check_backend()
    check_credentials(root.target, root.path)
    given = keys_for_terraform(root.target, root.path)
    return AccountRoot(environment, extra_env=given, without_env=PROFILE_VARIABLES if given else ())


PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def keys_for_terraform(target: Target, root: Path) -> tuple[tuple[str, str], ...]:
    """Return variables with temporary keys, where terraform cannot get them by itself; else ().

    It asks for no MFA code, nor reads what was asked for before. The keys live as long as the role's session does.
    """
    with calling("getting credentials for terraform"):
        session = target.session(None, _region(root))
        found = session.get_credentials() if terraform_lacks(session) else None
        if found is None:
            return ()
        keys = found.get_frozen_credentials()
    return (
        ("AWS_ACCESS_KEY_ID", keys.access_key),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_key),
        *((("AWS_SESSION_TOKEN", keys.token),) if keys.token else ()),
    )


def _region(root: Path) -> str:
    return region_of(root) or "us-east-1"
