"""AWS's rules for multi-node parallel jobs (``nodeProperties``), and how many nodes there are here."""

from __future__ import annotations

import re

RANGE = re.compile(r"(?P<first>[0-9]*)(?P<colon>:)?(?P<last>[0-9]*)")
"""A range of nodes: ``0:3``, ``:3``, ``4:`` or one node's index (model: NodeRangeProperty.targetNodes)."""

MOST_GROUPS = 5
"""Entries of nodeRangeProperties (guide, "Node groups": five distinct ones)."""

MOST_NODES = 8
"""Nodes of one job on this machine. AWS has no such limit but an account's vCPUs."""
