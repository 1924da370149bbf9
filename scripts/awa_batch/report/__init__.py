"""What ran, as one page that people open: gathered from AWS Batch, put into a file that needs nothing else."""

from awa_batch.report.gather import Report, gather
from awa_batch.report.page import MARK, page

__all__ = ["MARK", "Report", "gather", "page"]
