"""Which AWS accounts an environment may lie in: what its files say, before terraform asks AWS for anything."""

from __future__ import annotations

from pathlib import Path

from awa_batch.terraform import hcl
from awa_batch.terraform.root import BACKEND_FILE


def allowed_accounts(root: Path) -> tuple[str, ...]:
    """Return the accounts that a root allows; () where it names none.

    ``allowed_account_ids`` stands in ``backend.hcl``, into which bootstrap writes it (an argument of Terraform's S3
    backend since 1.6), and may stand in ``provider "aws"``, which then counts. Both refuse other accounts by
    themselves, in Terraform's words. A value that is not written out is passed over: terraform knows it.
    """
    for file in [*sorted(root.glob("*.tf")), root / BACKEND_FILE]:
        if not file.is_file():
            continue
        try:
            content = hcl.read_text(file.read_text(encoding="utf-8"))
        except hcl.UnreadableError:
            continue  # terraform says what is wrong
        blocks = [content] if file.name == BACKEND_FILE else list(content.inner("provider", "aws"))
        for block in blocks:
            attribute = block.attribute("allowed_account_ids")
            if attribute is None or not isinstance(attribute.value, hcl.List):
                continue
            found = tuple(one.text for one in attribute.value.values if isinstance(one, hcl.String))
            if found and len(found) == len(attribute.value.values):
                return found
    return ()


def region_of(root: Path) -> str | None:
    """Return the region that a root's provider names; None where it is not written out."""
    for file in sorted(root.glob("*.tf")):
        try:
            content = hcl.read_text(file.read_text(encoding="utf-8"))
        except hcl.UnreadableError:
            continue
        for block in content.inner("provider", "aws"):
            attribute = block.attribute("region") if block.attribute("alias") is None else None
            if attribute is not None and isinstance(attribute.value, hcl.String):
                return attribute.value.text
    return None
