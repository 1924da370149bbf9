"""What the guides say that one sees is what the toolkit says: its messages and its verdicts."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("first-account.md", "operations.md")
NOT_OURS = {"DISABLED", "ENABLED INVALID"}
"""States of AWS that `queues` shows as they are."""


@cache
def said() -> str:
    """Return every text of the toolkit, an f-string with `…` for each of its values."""
    found = []
    for file in (ROOT / "scripts" / "awa_batch").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(one.value if isinstance(one, ast.Constant) else "…" for one in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(" ".join(text.split()) for text in found)


def seen(guide: str) -> list[str]:
    """Return what stands as code in the columns `what you see` of a guide."""
    found: list[str] = []
    column = None
    for line in (ROOT / "docs" / guide).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]] if line.startswith("|") else []
        if not cells:
            column = None
        elif "what you see" in cells:
            column = cells.index("what you see")
        elif column is not None:
            found += re.findall(r"`([^`]+)`", cells[column])
    return found


def unknown(text: str) -> bool:
    """Tell whether a piece of a text, between its `…`, is nowhere in the toolkit."""
    if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", text):
        return f"\n{text}\n" not in said()
    return any(piece not in said() for piece in re.split(r"\s*…\s*", text) if len(piece) > 3)


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_says_that_one_sees_is_what_the_toolkit_says(guide: str) -> None:
    texts = [
        text
        for text in seen(guide)
        if text not in NOT_OURS and (" " in text or re.fullmatch(r"[A-Z]+(_[A-Z]+)+", text))
    ]
    assert len(texts) > 8
    assert [text for text in texts if unknown(text)] == []


def test_another_wording_is_noticed() -> None:
    assert not unknown("IMAGE_NETWORK")
    assert unknown("IMAGE_NETWORKS")
    assert unknown("The sign-in with SSO is over")


def test_each_verdict_of_a_pull_and_a_start_stands_in_operations() -> None:
    from awa_batch.explain.blocked import REASONS
    from awa_batch.explain.pull import PULL

    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    verdicts = {rule.verdict for rule in (*PULL, *REASONS)} - {"IMAGE_PULL", "IMAGE_NAME"}
    assert len(verdicts) > 10
    assert [one for one in sorted(verdicts) if f"`{one}`" not in text] == []
