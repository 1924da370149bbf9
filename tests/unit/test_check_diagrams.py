"""What `make lint` says of diagrams. Each text that it refuses was refused by Mermaid 11 too, when it was written."""

from __future__ import annotations

import pytest

import check_documents
from check_diagrams import diagram_faults


@pytest.mark.parametrize(
    "body",
    [
        'a["submit (once)"] --> b{"room?"}\n  b -->|yes| c(("internet"))\n  b -->|"no (yet)"| d[("S3: out/")]',
        'subgraph account["an environment"]\n  a\n  end\n  a -.->|"SubmitJob"| b\n  a -. "steps" .-> c',
        'root["values<br>in one call"] -->|apply| platform["AWS"]\n  root --> image',
    ],
)
def test_what_mermaid_draws_passes(body: str) -> None:
    assert diagram_faults(f"flowchart LR\n  {body}\n") == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("a[submit (once)] --> b", "a label is not in quotes"),
        ('a["submit] --> b', "a quote is not closed"),
        ('a["submit" --> b', "a bracket is not closed"),
        ('a["submit") --> b', "closes another"),
        ('subgraph vpc["VPC"]\n  a', "1 subgraph or end without the other"),
    ],
)
def test_what_mermaid_does_not_draw_is_told(body: str, why: str) -> None:
    (said,) = diagram_faults(f"flowchart LR\n  {body}\n")
    assert why in said


@pytest.mark.parametrize("first", ["", "flowchart XX", "flow LR", "stateDiagram-v3"])
def test_a_diagram_of_no_known_kind_is_told(first: str) -> None:
    (said,) = diagram_faults(f"{first}\n  a --> b\n")
    assert repr(first or "a --> b") in said


def test_states_have_texts_without_quotes() -> None:
    assert diagram_faults("stateDiagram-v2\n  [*] --> blue: up (the first release)\n") == []


def test_the_diagrams_of_the_documents_are_looked_at() -> None:
    """In every document, as `make lint` does; a page that gets one has it looked at too."""
    pages = [page for page in check_documents.documents() if "```mermaid" in page.read_text(encoding="utf-8")]
    assert len(pages) > 8
    assert [fault for page in pages for fault in check_documents.faults(page)] == []
