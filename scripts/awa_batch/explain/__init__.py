"""Say in plain words why a job is as it is, and what to do next."""

from awa_batch.explain.gather import explain
from awa_batch.explain.many import Cause, causes_of
from awa_batch.explain.model import Explanation, Finding, Group, Try

__all__ = ["Cause", "Explanation", "Finding", "Group", "Try", "causes_of", "explain"]
