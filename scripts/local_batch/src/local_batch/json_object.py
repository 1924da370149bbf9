"""The type of requests, answers, entries of the journal and lines of a log."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
"""A JSON object; botocore's model of AWS Batch has the keys of those that the API knows."""
