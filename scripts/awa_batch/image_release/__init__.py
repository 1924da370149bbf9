"""Release an image by steps: a candidate in green, jobs on it, then it is blue; and the way back."""

from awa_batch.image_release.canary import Canary, Verdict, run_canary
from awa_batch.image_release.comparison import Bounds
from awa_batch.image_release.history import Release, releases
from awa_batch.image_release.prune import deregister, prunable
from awa_batch.image_release.revisions import Revision
from awa_batch.image_release.session import Session, opened
from awa_batch.image_release.slots import Standing, standing
from awa_batch.image_release.steps import abort, promote, rollback, start

__all__ = [
    "Bounds",
    "Canary",
    "Release",
    "Revision",
    "Session",
    "Standing",
    "Verdict",
    "abort",
    "deregister",
    "opened",
    "promote",
    "prunable",
    "releases",
    "rollback",
    "run_canary",
    "standing",
    "start",
]
