"""What an environment's name stands for: the local AWS of this clone, or an AWS account.

Whatever differs between the two is asked of the target, so that nothing else compares the name. What acts on an
environment as a whole (bring it up, build and release its image) is in `awa_batch.environment`.
"""

from __future__ import annotations

import abc
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awa_batch.errors import NotAppliedError, ToolError
from awa_batch.local_server import is_installed, keys_for, server_status
from awa_batch.paths import state_dir
from awa_batch.text import Command, Step, Text

if TYPE_CHECKING:
    from botocore.session import Session

_LOCAL = "local"
"""The name of the environment that needs no account. Elsewhere nothing compares it: a `Target` is asked."""

DEFAULT_ENVIRONMENT = _LOCAL
"""The environment that commands and steps work on where none is named."""

LOCAL_REGION = "ap-northeast-1"
ACCOUNT_REGION = "us-east-1"
"""Where S3 is asked when no region is set: it leads to that of a bucket."""
_NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What signs where no local AWS of ours is known: it lets nobody in there, and keeps a real account's keys out."""


@dataclass(frozen=True)
class WatchIntervals:
    """How an environment's jobs are watched, in seconds.

    Looks follow each other after ``first_tick``, later ``last_tick``; AWS may be silent for ``outage_bound``; a line of
    a log may show up ``settle`` after it was written.
    """

    first_tick: float
    last_tick: float
    outage_bound: float
    settle: float


ACCOUNT_INTERVALS = WatchIntervals(first_tick=2.0, last_tick=15.0, outage_bound=300.0, settle=3.0)


@dataclass(frozen=True)
class Target(abc.ABC):
    """An environment by its name; made by `target_of`."""

    name: str

    @property
    @abc.abstractmethod
    def watch_intervals(self) -> WatchIntervals:
        """How its jobs are watched."""

    @property
    @abc.abstractmethod
    def apply_step(self) -> Step:
        """What makes it what its sources and its release say."""

    @property
    def release_step(self) -> Step:
        """What builds its image and writes it into the release."""
        return Step("build-push", environment=self.name)

    @property
    def unset_variables(self) -> tuple[str, ...]:
        """Variables that programs working on it must not have."""
        return ()

    @property
    def has_account(self) -> bool:
        """Whether it lies in an AWS account; where not, nothing of it may ever be looked for, or done, in one."""
        return True

    @property
    def keeps_state_on_disk(self) -> bool:
        """Whether its Terraform state lies in its folder here, so that it has no use for a bucket of states."""
        return False

    @property
    def is_lasting(self) -> bool:
        """Whether its jobs outlive the processes of this machine."""
        return True

    def after_outage(self) -> Text | None:
        """Return what became of its jobs where it does not answer; None where they go on."""
        return None

    def not_applied(self, why: str) -> NotAppliedError:
        """Return the error for an environment that offers nothing yet; ``why`` is the reason, without a full stop."""
        return NotAppliedError(
            f"Environment {self.name!r} is not applied: {why}.", fix=("Run ", self.apply_step, " first.")
        )

    @abc.abstractmethod
    def session(self, profile: str | None, region: str) -> Session:
        """Return a botocore session for its clients in ``region``. Raises botocore's errors for a missing profile."""

    @abc.abstractmethod
    def connection(self, endpoint_url: str | None) -> dict[str, Any]:
        """Return the arguments of botocore's ``create_client`` that lead to it, ``endpoint_url`` where it is known.

        Raises NotAppliedError where there is nothing to lead to.
        """

    def client_variables(self) -> dict[str, str]:
        """Return variables that lead any AWS client to it; {} where AWS's own settings do.

        Raises NotAppliedError where there is nothing to lead to.
        """
        return {}

    @abc.abstractmethod
    def server_id(self, endpoint_url: str | None) -> str:
        """Return the id of the server whose jobs they are; "" where there is none, or it is another clone's."""


class AccountTarget(Target):
    """An environment in an AWS account. The standard settings of AWS clients are honoured."""

    @property
    def watch_intervals(self) -> WatchIntervals:
        """As AWS allows: calls are limited per account, and CloudWatch Logs shows a line some moments later."""
        return ACCOUNT_INTERVALS

    @property
    def apply_step(self) -> Step:
        """Plan and apply."""
        return Step("plan", "apply", environment=self.name)

    def session(self, profile: str | None, region: str) -> Session:
        """Return a session of ``profile``, or of AWS_PROFILE and the rest of AWS's settings."""
        return standard_session(profile, region)

    def connection(self, endpoint_url: str | None) -> dict[str, Any]:
        """Return nothing: AWS's own settings lead there."""
        del endpoint_url
        return {}

    def server_id(self, endpoint_url: str | None) -> str:
        """Return "": an account has no server of ours."""
        del endpoint_url
        return ""


class LocalTarget(Target):
    """ENV=local: an AWS in the memory of this machine, with access keys of its own, never a real account."""

    def __init__(self) -> None:
        super().__init__(_LOCAL)

    @property
    def watch_intervals(self) -> WatchIntervals:
        """Quick: its calls cost nothing. And once it is gone, it does not come back by itself."""
        return WatchIntervals(first_tick=0.3, last_tick=2.0, outage_bound=5.0, settle=0.0)

    @property
    def apply_step(self) -> Step:
        """Bring it up: that starts, applies and releases whatever is missing."""
        return Step("up", environment=_LOCAL)

    @property
    def has_account(self) -> bool:
        """No: its AWS is a process of this machine."""
        return False

    @property
    def keeps_state_on_disk(self) -> bool:
        """Yes: what the state describes does not outlive the server, so nobody else could use it."""
        return True

    @property
    def is_lasting(self) -> bool:
        """No: a server that is gone took its jobs with it."""
        return False

    def after_outage(self) -> Text | None:
        """Return that the jobs ended with the local AWS, where it is gone; None where its process is there."""
        if not is_installed():
            return None  # it is somebody else's
        try:
            gone = server_status(state_dir()) is None
        except NotAppliedError:
            gone = True
        except ToolError:  # it is there, and silent
            gone = False
        if not gone:
            return None
        return ("The local AWS is gone, and its jobs ended with it. Build it anew: ", self.apply_step, ".")

    @property
    def unset_variables(self) -> tuple[str, ...]:
        """What would win over the local AWS's variables, or be sent along.

        Of the addresses of single services, ``AWS_ENDPOINT_URL_S3`` and the like, those that are set: they win over
        ``AWS_ENDPOINT_URL``, and AWS_IGNORE_CONFIGURED_ENDPOINT_URLS over all of them
        (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
        """
        addresses = sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_"))
        names = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        return (*names, *addresses)

    def variables(self, endpoint_url: str, region: str = LOCAL_REGION) -> dict[str, str]:
        """Return the variables that make any AWS client (boto3, aws, terraform) talk to the local AWS."""
        return {
            "AWS_ENDPOINT_URL": endpoint_url,
            **_credentials(endpoint_url),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    def client_variables(self) -> dict[str, str]:
        """Return the running local AWS's address and keys."""
        return self.variables(self.endpoint())

    def session(self, profile: str | None, region: str) -> Session:
        """Return a session that reads no profile, perhaps of a real account; `connection` has the credentials."""
        import botocore.session

        del profile, region
        return botocore.session.Session(session_vars={"profile": (None, None, None, None)})

    def connection(self, endpoint_url: str | None) -> dict[str, Any]:
        """Return the way to ``endpoint_url``, else to the server that `endpoint` finds, and the keys that it takes."""
        from botocore.config import Config

        endpoint_url = endpoint_url or self.endpoint()
        credentials = _credentials(endpoint_url)
        return {
            "endpoint_url": endpoint_url,
            "aws_access_key_id": credentials["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": credentials["AWS_SECRET_ACCESS_KEY"],
            # A company's HTTP_PROXY is not asked for loopback, and no bucket has a host name here.
            "config": Config(proxies={}, s3={"addressing_style": "path"}),
        }

    def endpoint(self) -> str:
        """Return the local AWS's address: ``AWS_ENDPOINT_URL``, else the running server of this clone.

        Raises NotAppliedError where neither is there.
        """
        if named := os.environ.get("AWS_ENDPOINT_URL"):
            return named
        info = server_status(state_dir())
        if info is None:
            raise NotAppliedError(
                "The local AWS is not running.",
                fix=("Run ", self.apply_step, " first (or ", Command("local", "up"), ")."),
            )
        return info.endpoint_url

    def server_id(self, endpoint_url: str | None) -> str:
        """Return the id of this clone's running server, new at each start."""
        info = server_status(state_dir()) if is_installed() else None
        return info.server_id if info and endpoint_url in (None, info.endpoint_url) else ""


def standard_session(profile: str | None, region: str) -> Session:
    """Return a session as AWS's own settings say, with ``profile`` where one is named."""
    import botocore.session

    from awa_batch.assumed_roles import keep_assumed_roles

    # boto3's clients are botocore's. boto3 itself would add s3transfer, a tenth of a second at each start.
    return keep_assumed_roles(botocore.session.Session(profile=profile), region)


def _credentials(endpoint_url: str) -> dict[str, str]:
    """Return the variables with the access keys that the local AWS at an address takes."""
    return keys_for(state_dir(), endpoint_url) or _NO_CREDENTIALS


def target_of(environment: str) -> Target:
    """Return what the environment of this name is."""
    return LocalTarget() if environment == _LOCAL else AccountTarget(environment)
