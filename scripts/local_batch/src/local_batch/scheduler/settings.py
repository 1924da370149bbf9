"""What the scheduler was told at start: how much runs at once, and how fast Batch's minutes pass."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_batch.host_access import HostAccess
from local_batch.rules import jobs as rules


@dataclass(slots=True)
class Settings:
    """The scheduler's settings. ``time_scale`` alone is ever changed, for what is planned from then on.

    ``max_vcpus`` bounds the vCPUs that run at once, over all environments. ``time_scale`` makes the minutes of Batch
    (attempt timeouts, state time limits, share decay, the visibility of ended jobs) pass that many times as fast.
    ``stop_seconds`` lie between SIGTERM and SIGKILL; ``keep_seconds`` is how long ended jobs stay visible.
    ``host_access`` is what of this machine a job may have: by itself nothing.
    """

    max_vcpus: float
    time_scale: float = 1.0
    stop_seconds: float = rules.STOP_SECONDS
    keep_seconds: float = rules.KEPT_SECONDS
    host_access: HostAccess = field(default_factory=HostAccess)

    def scaled(self, seconds: float) -> float:
        """Return how long a duration of Batch's takes here, in seconds."""
        return seconds / self.time_scale

    def share_of_machine(self, vcpus: float) -> float:
        """Return the vCPUs that a job takes of this machine: a job larger than the machine has all of it to itself."""
        return min(vcpus, self.max_vcpus)
