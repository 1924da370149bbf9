"""Say what of a Mermaid diagram a code host could not draw: what is checked here is what breaks most, not the grammar.

Mermaid itself is a program for browsers, which `make lint` does not need: kinds of diagrams, quotes, brackets and
groups that do not close, and labels whose brackets would be read as a shape because they stand in no quotes.
"""

from __future__ import annotations

import re

KINDS = {"flowchart": re.compile(r"flowchart( (LR|RL|TB|TD|BT))?"), "stateDiagram-v2": re.compile(r"stateDiagram-v2")}
"""Kinds of diagrams that the documents have, each with the whole of its first line."""

_CLOSES = {"[": "]", "(": ")", "{": "}"}
_QUOTED = re.compile(r'"[^"]*"')
_LABEL = re.compile(r"\w(?:\[\(|\[\[|\(\[|\(\(|\{\{|\[|\(|\{)([^\[\](){}]*)")


def diagram_faults(diagram: str) -> list[str]:
    """Return what is wrong with a diagram's text, a sentence each with the line that it is about."""
    first, *lines = [line.strip() for line in diagram.splitlines() if line.strip()] or [""]
    kind = first.split(" ")[0]
    if kind not in KINDS or not KINDS[kind].fullmatch(first):
        return [f"a diagram begins with {first!r}; known are {', '.join(sorted(KINDS))}"]
    found = [f"{line}: {why}" for line in lines if (why := _fault(line, kind))]
    groups = sum(line.startswith("subgraph ") for line in lines) - lines.count("end")
    return [*found, *([f"{abs(groups)} subgraph or end without the other"] if groups else [])]


def _fault(line: str, kind: str) -> str | None:
    if line.count('"') % 2:
        return "a quote is not closed"
    if kind != "flowchart":
        return None
    bare = _QUOTED.sub('""', line)
    if not _closes(bare):
        return "a bracket is not closed, or closes another"
    return "a label is not in quotes" if any(label not in ("", '""') for label in _LABEL.findall(bare)) else None


def _closes(text: str) -> bool:
    opened: list[str] = []
    for sign in text:
        if sign in _CLOSES:
            opened.append(_CLOSES[sign])
        elif sign in _CLOSES.values() and (not opened or opened.pop() != sign):
            return False
    return not opened
