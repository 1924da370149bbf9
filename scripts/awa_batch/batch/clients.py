"""boto3 clients for one environment. ENV=local gets the local AWS and made-up credentials, never a real account."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from awa_batch.contract.model import Contract
from awa_batch.errors import AwsError, NotAppliedError

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def local_endpoint() -> str:
    """Return the local AWS's address: ``AWS_ENDPOINT_URL``, else the running server of this clone.

    Raises NotAppliedError where neither is there.
    """
    if named := os.environ.get("AWS_ENDPOINT_URL"):
        return named
    from awa_batch.environment.server import server_status
    from awa_batch.paths import state_dir

    info = server_status(state_dir())
    if info is None:
        raise NotAppliedError("The local AWS is not running.", fix="Run `make up` first (or `awa-batch local up`).")
    return info.endpoint_url


REAL_ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
"""What must not be set beside the local AWS's variables: it would win over them, or be sent along."""


def local_environment(endpoint_url: str, region: str) -> dict[str, str]:
    """Return the variables that make any AWS client (boto3, aws, terraform) talk to the local AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        **LOCAL_CREDENTIALS,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def _local_session() -> Session:
    """Return a session with made-up credentials; AWS_PROFILE, perhaps of a real account, is not read."""
    import botocore.session

    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.set_credentials(LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"], LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    return session


@dataclass(frozen=True)
class Clients:
    """The clients of one environment, each made when first used. Standard AWS settings are honoured."""

    contract: Contract
    profile: str | None = None
    endpoint_url: str | None = None  # of the local AWS, where the caller knows it; else `local_endpoint` is asked

    def make(self, service: str, config: Config | None = None) -> Any:
        """Return a client of ``service`` as boto3 has it; ``config`` is merged over our defaults."""
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        defaults = Config(
            retries={"mode": "standard", "total_max_attempts": 8},
            connect_timeout=5,
            read_timeout=60,
            user_agent_extra="awa-batch",
        )
        if config:
            defaults = defaults.merge(config)
        try:
            if self.contract.environment == "local":
                return _local_session().create_client(
                    service,
                    region_name=self.contract.region,
                    endpoint_url=self.endpoint_url or local_endpoint(),
                    config=defaults.merge(Config(proxies={})),  # a company's HTTP_PROXY is not asked for loopback
                )
            # boto3's clients are botocore's. boto3 itself would add s3transfer, a tenth of a second at each start.
            session = botocore.session.Session(profile=self.profile)
            return session.create_client(service, region_name=self.contract.region, config=defaults)
        except BotoCoreError as error:
            raise AwsError(
                f"No AWS client for {service}: {error}", fix="Check AWS_PROFILE and ~/.aws/config."
            ) from None

    @cached_property
    def batch(self) -> BatchClient:
        """For every call but SubmitJob."""
        return self.make("batch")  # type: ignore[no-any-return]

    @cached_property
    def batch_submit(self) -> BatchClient:
        """For SubmitJob: one try per call, since SubmitJob has no idempotency token and a retry makes a second job."""
        from botocore.config import Config

        return self.make("batch", Config(retries={"mode": "standard", "total_max_attempts": 1}))  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return self.make("logs")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> S3Client:
        """S3; the local AWS has no bucket host names, so paths there."""
        from botocore.config import Config

        if self.contract.environment != "local":
            return self.make("s3")  # type: ignore[no-any-return]
        return self.make("s3", Config(s3={"addressing_style": "path"}))  # type: ignore[no-any-return]


def refused(error: Exception, doing: str) -> AwsError:
    """Turn a botocore error into ours: one line of what AWS said while ``doing``, one of what to do."""
    from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        code, message = detail.get("Code", "Unknown"), detail.get("Message", "")
        fix = {
            "AccessDeniedException": "The credentials lack this permission: use the submitter role of the iam module.",
            "AccessDenied": "The credentials lack this permission: use the submitter role of the iam module.",
            "ExpiredTokenException": "Sign in again (`aws sso login`).",
            "UnrecognizedClientException": "Check the credentials with `aws sts get-caller-identity`.",
        }.get(code, "Run `awa-batch doctor` to check the environment.")
        return AwsError(f"AWS refused {doing}: {code}: {message}", fix=fix)
    if isinstance(error, NoCredentialsError | ProfileNotFound):
        return AwsError(f"No AWS credentials while {doing}: {error}", fix="Set AWS_PROFILE, or run `aws sso login`.")
    if isinstance(error, EndpointConnectionError):
        return AwsError(f"AWS cannot be reached while {doing}: {error}", fix="Check AWS_ENDPOINT_URL and the network.")
    return AwsError(f"AWS did not answer while {doing}: {error}", fix="Run `awa-batch doctor` to check the way to AWS.")
