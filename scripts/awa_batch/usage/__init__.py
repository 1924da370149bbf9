"""What jobs used against what they asked for, from the line that their runtime writes, and the size that would do."""

from awa_batch.usage.advice import Advice, advise
from awa_batch.usage.measured import Asked, Measured, measured_of, usage_of_jobs
from awa_batch.usage.spread import Spread, outliers, spread

__all__ = [
    "Advice",
    "Asked",
    "Measured",
    "Spread",
    "advise",
    "measured_of",
    "outliers",
    "spread",
    "usage_of_jobs",
]
