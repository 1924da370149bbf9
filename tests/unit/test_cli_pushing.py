"""How far a push is, as it is shown: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from awa_batch.cli.pushing import pushing_shown
from awa_batch.images.push_progress import LayerProgress

if TYPE_CHECKING:
    import pytest

EVENTS = [
    LayerProgress("tiny", "pushing", 10, 20),
    LayerProgress("tiny", "pushed"),
    LayerProgress("base", "known"),
    LayerProgress("venv", "pushing", 1_000_000, 40_000_000),
    LayerProgress("venv", "pushing", 41_000_000, 40_000_000),  # engines count a layer's tar headers too
    LayerProgress("venv", "retrying"),
    LayerProgress("venv", "retrying"),
    LayerProgress("venv", "pushing", 2_000_000, 40_000_000),
    LayerProgress("venv", "pushed"),
]


def test_lines_are_few_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    with pushing_shown() as pushing:
        for event in EVENTS:
            pushing(event)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "  layer venv: 1.0 of 40.0 MB",
        "  layer venv: the registry did not take it; the engine tries again",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_a_bar_for_each_layer_that_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with pushing_shown() as pushing:
        pushing(LayerProgress("base", "known"))
        assert terminal.getvalue() == ""  # what is there already has no bar
        for event in EVENTS[:-1]:
            pushing(event)
        assert "tiny" in terminal.getvalue()
        pushing(EVENTS[-1])
        shown = terminal.getvalue()
        assert "base" not in shown
        assert "venv" in shown
        assert "40.0" in shown
        pushing(LayerProgress("next", "pushing", 1, 2))  # another image of the same command
    assert "next" in terminal.getvalue()
    assert terminal.getvalue().endswith(("\x1b[2K", "\x1b[?25h"))  # the bars are gone, the cursor is back
