"""An environment as a whole: bring it up, release to it, rebuild the local one when its AWS is gone, take it down."""

from awa_batch.environment.account import AccountEnvironment
from awa_batch.environment.base import IMAGE, Environment
from awa_batch.environment.local import LocalEnvironment
from awa_batch.environment.runner import Runner
from awa_batch.target import AccountTarget, target_of

__all__ = ["IMAGE", "AccountEnvironment", "Environment", "LocalEnvironment", "Runner", "environment_of"]


def environment_of(name: str) -> Environment:
    """Return the environment of a name; whether there is one is seen when something is done with it."""
    target = target_of(name)
    return AccountEnvironment(target) if isinstance(target, AccountTarget) else LocalEnvironment()
