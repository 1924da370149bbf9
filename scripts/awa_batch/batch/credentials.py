"""What is wrong with somebody's credentials, in one line, and the command that puts it right, in another.

AWS has several codes for each, by service and protocol: JSON services (AWS Batch, CloudWatch Logs), query services
(STS, IAM), EC2 and S3 have their own. Sources: "Common errors" of the services' API references, Amazon S3's "Error
responses", and botocore's exceptions, which name what is wrong before anything is sent.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    InfiniteLoopConfigError,
    InvalidConfigError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
)

from awa_batch.assumed_roles import MfaNeededError
from awa_batch.text import Step, Text

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
UNKNOWN_KEY_CODES = frozenset(
    {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"}
)
SKEW_CODES = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
SIGNATURE_CODES = frozenset({"IncompleteSignature", "InvalidSignatureException", "SignatureDoesNotMatch"})
_SKEW_WORDS = ("signature expired", "signature not yet current", "is now earlier than", "is still later than")

_OURS = "local-aws"
"""The method of keys that the toolkit itself has for the local AWS."""

_SSO_EXPIRED = "ForbiddenException", "UnauthorizedException"
"""Codes of the SSO portal's GetRoleCredentials for a session that is over, or an account or role that is not given."""


@dataclass(frozen=True)
class Origin:
    """Where a client's credentials come from.

    ``profile`` is named or in the variables (None: neither), ``method`` botocore's word for what found them, ``sso``
    the profile that signs in with SSO behind it, ``partition`` what the profile is of by its region and role, and
    ``region_partition`` that of the ``region`` that is asked; "" where not known.
    """

    profile: str | None = None
    method: str = ""
    sso: str | None = None
    region: str = ""
    partition: str = ""
    region_partition: str = ""


def tell_origin(client: BaseClient, session: Session, region: str, *, has_account: bool) -> None:
    """Let every error of a client carry where its credentials come from; of the local AWS it is the toolkit itself."""

    def origin() -> Origin:
        return _origin(session, region) if has_account else Origin(method=_OURS)

    def on_answer(parsed: Any, **_: Any) -> None:
        if isinstance(parsed, dict) and "Error" in parsed:
            parsed["Origin"] = origin()

    def on_error(exception: Exception, **_: Any) -> None:
        exception.origin = origin()  # type: ignore[attr-defined]

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"after-call.{service}", on_answer)
    client.meta.events.register(f"after-call-error.{service}", on_error)


def _origin(session: Session, region: str) -> Origin:
    """Never raises: it is asked for while something else is wrong."""
    profile = session.profile
    try:
        profiles = session.full_config.get("profiles", {})
        chain = _chain(profiles, profile or "default")
        found = getattr(session, "_credentials", None)  # as far as they were found: looking again may ask the network
        own = next((value for entry in chain for value in (_partition_of(entry, session),) if value), "")
        sso = next((str(entry["name"]) for entry in chain if {"sso_session", "sso_start_url"} & entry.keys()), None)
        return Origin(profile, str(getattr(found, "method", "") or ""), sso, region, own, _partition(session, region))
    except (BotoCoreError, AttributeError, KeyError, TypeError, ValueError):
        return Origin(profile, region=region)


def _chain(profiles: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a profile and those that it takes its credentials from, each with its ``name``."""
    found: list[dict[str, Any]] = []
    while name in profiles and name not in [entry["name"] for entry in found]:
        found.append({**profiles[name], "name": name})
        name = profiles[name].get("source_profile", "")
    return found


def terraform_lacks(session: Session) -> bool:
    """Whether the credentials are of a kind that only this program and the `aws` command can get.

    A role that needs an MFA code (Terraform's AWS provider, "Assuming an IAM role": MFA is not supported), and a
    sign-in of `aws login`.
    """
    chain = _chain(session.full_config.get("profiles", {}), session.profile or "default")
    of_a_person = any({"mfa_serial", "login_session"} & entry.keys() for entry in chain)
    return of_a_person and not os.environ.get("AWS_ACCESS_KEY_ID")


def _partition_of(profile: dict[str, Any], session: Session) -> str:
    arn = str(profile.get("role_arn", "")).split(":")
    if len(arn) > 2:
        return arn[1]
    region = profile.get("region") or profile.get("sso_region")
    return _partition(session, str(region)) if region else ""


def _partition(session: Session, region: str) -> str:
    try:
        return str(session.get_partition_for_region(region))
    except BotoCoreError:
        return ""


def origin_of(error: Exception) -> Origin:
    """Return where the credentials of a call come from that failed with ``error``."""
    found = error.response.get("Origin") if isinstance(error, ClientError) else None
    found = found or getattr(error, "origin", None)
    return found if isinstance(found, Origin) else Origin()


def trouble(error: Exception, doing: str = "") -> tuple[str, Text] | None:
    """Return what is wrong with the credentials, and what to do; None where it is not they.

    The problem has no full stop, and AWS's or the SDK's own words at its end where it says no more itself. ``doing`` is
    what the call was for.
    """
    origin = origin_of(error)
    if isinstance(error, ClientError):
        found = _answered(error, origin)
        answer = error.response.get("Error", {})
        said = f"{answer.get('Code', '')}: {answer.get('Message', '')}"
    else:
        found = next((told(error, origin) for kinds, told in _TOLD if isinstance(error, kinds)), None)
        said = " ".join(str(error).split())
    if found is None:
        return None
    what, _, more = found[0].partition(": ")
    return f"{what}{f' while {doing}' if doing else ''}: {more or said}", found[1]


def _answered(error: ClientError, origin: Origin) -> tuple[str, Text] | None:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    if error.operation_name == "GetRoleCredentials" and code in _SSO_EXPIRED:
        return "SSO gives no credentials for this account and role, or the session is over", (
            f"Sign in again: `{_sign_in(origin)}`; check sso_account_id and sso_role_name of the profile.",
        )
    if error.operation_name == "AssumeRole" and "multifactorauthentication" in message.lower():
        return "The MFA code is not right", ("Try again with a new code: each one is taken once.",)
    if error.operation_name == "AssumeRole" and code in ("AccessDenied", "AccessDeniedException"):
        return f"The role of {_profile(origin)} may not be assumed", (
            "The role's trust policy must name the caller, who needs sts:AssumeRole; with a condition on MFA the "
            "profile needs mfa_serial.",
        )
    if code in SKEW_CODES or (code in SIGNATURE_CODES and any(word in message.lower() for word in _SKEW_WORDS)):
        return "The clock of this machine is wrong by more than AWS allows", (
            "Set the clock (`timedatectl set-ntp true`; WSL: `sudo hwclock --hctosys`), then try again.",
        )
    if code in EXPIRED_CODES:
        return "The credentials have expired", _renew(origin)
    if code in SIGNATURE_CODES:
        return "The secret access key does not belong to the access key", _check(origin)
    if code in UNKNOWN_KEY_CODES:
        if origin.partition and origin.region_partition and origin.partition != origin.region_partition:
            return (
                f"The access key is of another partition: {_profile(origin)} is of {origin.partition}, and "
                f"{origin.region} is in {origin.region_partition}"
            ), ("Set AWS_PROFILE to a profile of that partition (`aws configure list-profiles`).",)
        return "AWS does not know the access key", _check(origin)
    return None


def _renew(origin: Origin) -> Text:
    if origin.method == "env":
        return (
            "The variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN hold them: set new ones, or "
            "unset all three and set AWS_PROFILE.",
        )
    if origin.method in ("shared-credentials-file", "config-file"):
        return (f"Renew the keys of {_profile(origin)} in the file that holds them, or sign in: `{_sign_in(origin)}`.",)
    if origin.method == "custom-process":
        return (f"Sign in with the program that {_profile(origin)} names as credential_process.",)
    if origin.method in ("iam-role", "container-role"):
        return ("This machine's role should renew them by itself: try again in a minute.",)
    return (f"Sign in again: `{_sign_in(origin)}`.",)


def _check(origin: Origin) -> Text:
    if origin.method == _OURS:
        return (
            "The local AWS is another clone's, or not this toolkit's: unset AWS_ENDPOINT_URL, or bring up this clone's "
            "own: ", Step("up"), ".",
        )  # fmt: skip
    if origin.method == "env":
        where = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
    else:
        where = f"the keys of {_profile(origin)} (and AWS_PROFILE)"
    return (
        f"Check {where} with `aws sts get-caller-identity`: deleted or deactivated, a temporary key without its "
        "session token, or of another partition (aws, aws-cn and aws-us-gov have keys of their own).",
    )


def _profile(origin: Origin) -> str:
    return f"profile {origin.profile}" if origin.profile else "the default profile"


def _sign_in(origin: Origin) -> str:
    """Return the `aws` command that signs in, with the profile that it is for."""
    profile = origin.sso or origin.profile
    command = ["aws", "login"] if origin.method == "login" else ["aws", "sso", "login"]
    return shlex.join([*command, *(("--profile", profile) if profile else ())])


def _no_credentials(_error: Any, origin: Origin) -> tuple[str, Text]:
    if origin.profile:
        keys = shlex.join(["aws", "configure", "--profile", origin.profile])
        return f"No AWS credentials: profile {origin.profile} has none", (
            f"Sign in with `{_sign_in(origin)}`, or give it keys with `{keys}`.",
        )
    return "No AWS credentials: no profile is named, and no variable holds a key", (
        "Set AWS_PROFILE to a profile (`aws configure list-profiles` shows them), or make one with `aws configure "
        "sso`; then `aws sso login`.",
    )


def _no_profile(error: Any, _origin: Origin) -> tuple[str, Text]:
    name = error.kwargs.get("profile")
    return f"No AWS credentials: there is no profile {name}", (
        "`aws configure list-profiles` shows those that are there: set AWS_PROFILE to one, or make it with `aws "
        "configure sso`.",
    )


def _partial(error: Any, _origin: Origin) -> tuple[str, Text]:
    missing = error.kwargs.get("cred_var")
    return f"The AWS credentials are not whole: {missing} is missing ({error.kwargs.get('provider')})", (
        "Set all of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN of a temporary key), or unset them "
        "and set AWS_PROFILE.",
    )


def _sso(error: Any, origin: Origin) -> tuple[str, Text]:
    never = "does not exist" in str(error)
    return "Nobody is signed in with SSO yet" if never else "The sign-in with SSO has expired", (
        f"Sign in: `{_sign_in(origin)}`.",
    )


def _login(_error: Any, origin: Origin) -> tuple[str, Text]:
    profile = ("--profile", origin.profile) if origin.profile else ()
    return "The sign-in of `aws login` has expired", (f"Sign in: `{shlex.join(['aws', 'login', *profile])}`.",)


def _mfa(_error: Any, origin: Origin) -> tuple[str, Text]:
    profile = ("--profile", origin.profile) if origin.profile else ()
    command = shlex.join(["aws", "sts", "get-caller-identity", *profile])
    return f"{_profile(origin).capitalize()} needs an MFA code, and there is no terminal to ask for it", (
        f"Give it at a terminal: `{command}`. The role's credentials then lie in ~/.aws/cli/cache until they expire.",
    )


def _mfa_again(_error: Any, origin: Origin) -> tuple[str, Text]:
    return "The credentials of the role have expired, and a new MFA code is needed", (
        f"Run the command again at a terminal: {_profile(origin)} asks for a code then.",
    )


def _configuration(_error: Any, _origin: Origin) -> tuple[str, Text]:
    return "The AWS configuration is not right", ("Correct ~/.aws/config and ~/.aws/credentials as it says.",)


def _retrieval(_error: Any, origin: Origin) -> tuple[str, Text]:
    if origin.method in ("iam-role", "container-role"):
        return "The credentials of this machine could not be had", ("Try again in a minute.",)
    return "The credentials could not be had", (
        f"See what {_profile(origin)} says in ~/.aws/config, and try `aws sts get-caller-identity`.",
    )


_TOLD: tuple[tuple[tuple[type[Exception], ...], Callable[[Any, Origin], tuple[str, Text]]], ...] = (
    ((MfaNeededError,), _mfa),
    ((RefreshWithMFAUnsupportedError,), _mfa_again),
    ((SSOError, TokenRetrievalError), _sso),
    ((LoginError,), _login),
    ((NoCredentialsError,), _no_credentials),
    ((ProfileNotFound,), _no_profile),
    ((PartialCredentialsError,), _partial),
    ((InvalidConfigError, InfiniteLoopConfigError, ConfigParseError), _configuration),
    ((CredentialRetrievalError, MetadataRetrievalError), _retrieval),
)
"""What botocore raises before anything is sent."""
