"""The clients of one environment, which its target leads to: an account, or the local AWS and never a real account."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from awa_batch.contract.model import Contract
from awa_batch.errors import AwsError

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

    from awa_batch.batch.patience import Waiting


@dataclass(frozen=True)
class Clients:
    """The clients of one environment, each made when first used. Standard AWS settings are honoured.

    ``endpoint_url`` is of the local AWS, where the caller knows it; else it is looked for. ``patience`` is for how many
    seconds AWS may be silent (None: what the environment's target says). With ``waiting`` every call that may be made
    twice waits through an outage by itself; without, that is the caller's.
    """

    contract: Contract
    profile: str | None = None
    endpoint_url: str | None = None
    patience: float | None = None
    waiting: Waiting | None = None

    @property
    def outage_bound(self) -> float:
        """For how many seconds AWS may be silent before a command ends."""
        return self.contract.target.watch_intervals.outage_bound if self.patience is None else self.patience

    def calls_fail_at_once(self) -> AbstractContextManager[None]:
        """Let no call wait for a while: for what waits through outages by itself."""
        return self.waiting.off() if self.waiting else nullcontext()

    def make(self, service: str, config: Config | None = None, region: str | None = None) -> Any:
        """Return a client of ``service`` as boto3 has it; ``config`` is merged over our defaults.

        ``region`` is for a service that does not stand in the environment's own.
        """
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        from awa_batch.batch.credentials import tell_origin, trouble

        defaults = Config(
            retries={"mode": "standard", "total_max_attempts": 8},
            connect_timeout=5,
            read_timeout=60,
            user_agent_extra="awa-batch",
        )
        if config:
            defaults = defaults.merge(config)
        target = self.contract.target
        try:
            session = target.session(self.profile, self.contract.region)
            connection = target.connection(self.endpoint_url)
            defaults = defaults.merge(connection.pop("config", None) or Config())
            client = session.create_client(
                service, region_name=region or self.contract.region, config=defaults, **connection
            )
        except BotoCoreError as error:
            problem, fix = trouble(error) or (str(error), ("Check AWS_PROFILE and ~/.aws/config.",))
            raise AwsError(f"No AWS client for {service}: {problem}.", fix=fix) from None
        tell_origin(client, session, self.contract.region, has_account=target.has_account)
        if self.waiting:
            self.waiting.let_wait(client)
        return client

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
    def scheduler(self) -> Any:
        """EventBridge Scheduler."""
        return self.make("scheduler")

    @cached_property
    def s3(self) -> S3Client:
        """S3."""
        return self.make("s3")  # type: ignore[no-any-return]
