"""Keys of jobs' roles, from this server's own STS: GetCallerIdentity in a job tells the role, as on ECS."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.services.moto_gate import MotoGate

SECONDS = 10 * 365 * 24 * 3600
"""How long keys are good for while their task runs: those in variables are never renewed."""
KEPT_SECONDS = 6 * 3600.0
"""How long after that: a URL that a job has signed is good for as long as its keys, on ECS some hours."""
KEPT = 1000
"""Of how many tasks that have ended keys are kept: moto looks through all of them for every request."""


@dataclass(frozen=True)
class RoleKeys:
    """Temporary keys of a role."""

    role_arn: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime

    def variables(self) -> dict[str, str]:
        """Return them as the environment variables that every AWS client reads."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


class RoleKeyIssuer:
    """Issues and takes back keys of roles that IAM here has; of others there are none. Waits for locks of services."""

    def __init__(self, gate: MotoGate, now: Callable[[], float] = time.monotonic) -> None:
        self._gate = gate
        self._now = now
        self._ended: deque[tuple[float, RoleKeys]] = deque()
        self._lock = threading.Lock()

    def issue(self, role_arn: str, region: str, session: str) -> RoleKeys | None:
        """Return keys of a role for a session; None where IAM has no such role."""
        with self._gate.backend("iam", "aws") as iam:
            # A stack may make roles meanwhile: moto does that under the lock of CloudFormation alone.
            if all(role.arn != role_arn for role in list(iam.roles.values())):
                return None
        with self._gate.backend("sts", "aws") as sts:
            made: Any = sts.assume_role(region, session, role_arn, None, SECONDS, None)
        return RoleKeys(role_arn, made.access_key_id, made.secret_access_key, made.session_token, made.expiration)

    def ended(self, keys: RoleKeys) -> None:
        """Take note that the task of keys has ended; take back those whose time is over."""
        over, now = [], self._now()
        with self._lock:
            self._ended.append((now, keys))
            while self._ended and (len(self._ended) > KEPT or now - self._ended[0][0] > KEPT_SECONDS):
                over.append(self._ended.popleft()[1])
        for one in over:
            self._take_back(one)

    def _take_back(self, keys: RoleKeys) -> None:
        with self._gate.backend("sts", "aws") as sts:
            sts.assumed_roles[:] = [one for one in sts.assumed_roles if one.access_key_id != keys.access_key_id]
        with self._gate.backend("iam", "aws") as iam:
            iam.access_keys.pop(keys.access_key_id, None)
