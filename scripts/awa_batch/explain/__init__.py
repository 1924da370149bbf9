"""Say in plain words why a job is as it is, and what to do next."""

from awa_batch.explain.gather import explain
from awa_batch.explain.model import Explanation, Finding, Group, Try

__all__ = ["Explanation", "Finding", "Group", "Try", "explain"]
