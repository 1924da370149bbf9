"""Hold an image's scan against what is asked of it, before it is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.ecr_images import scan_findings
from awa_batch.batch.scanning import Scan, at_least
from awa_batch.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from awa_batch.text import Say


def check_scan(client: ECRClient, reference: str, scan: Scan, say: Say) -> None:
    """Refuse an image (``repository url@digest``) in which the scanner finds ``scan.severity`` or worse.

    Raises ToolError for findings, AwsError where nothing is known of it in time.
    """
    url, _, digest = reference.partition("@")
    counts = scan_findings(client, url.partition("/")[2], digest, scan.seconds, waiting=say)
    told = ", ".join(f"{count} {name.lower()}" for name, count in counts.items()) or "nothing"
    say(f"scan: {told} found in {digest[:19]}")
    if bad := at_least(counts, scan.severity):
        worst = ", ".join(f"{count} {name}" for name, count in bad.items())
        raise ToolError(
            f"The scan of {reference} found {worst}: it is not released.",
            fix="Correct them (a newer base image, newer packages), or push with another severity.",
        )
