"""How AWS's words lead to what they mean: rules as data, and the one way to look something up in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from awa_batch.explain.model import Finding
from awa_batch.text import Text

RETRY: Text = ("retry",)
"""Stands for the command that tries this job again."""

_NAMES = re.compile(r"sha256:[0-9a-f]+|\b[0-9]{12}\b")
"""Digests and account ids: their digits are no error codes."""


@dataclass(frozen=True)
class Rule:
    """What one of some words means.

    ``words`` are in small letters; one of them is in AWS's text, and none at all fits any text. ``worth_retry`` says
    whether the same job may go well with nothing changed: what passes by itself, or was this one machine's. Where it
    is, the command to retry comes last unless ``steps`` has it elsewhere.
    """

    words: tuple[str, ...]
    verdict: str
    what: str
    steps: tuple[Text, ...] = ()
    worth_retry: bool = False

    def finding(self, retry: Text, *more: Text) -> Finding:
        """Return what it means, with ``retry`` as the command that tries again, and ``more`` steps after the others."""
        steps = self.steps if RETRY in self.steps or not self.worth_retry else (*self.steps, RETRY)
        return Finding(
            self.verdict,
            self.what,
            next=(*(retry if step is RETRY else step for step in steps), *more),
            worth_retry=self.worth_retry,
        )


def first(rules: Sequence[Rule], text: str) -> Rule:
    """Return the first rule that fits a text; the last one of ``rules`` must fit any."""
    text = _NAMES.sub("", text.lower())
    return next(rule for rule in rules if not rule.words or any(word in text for word in rule.words))
