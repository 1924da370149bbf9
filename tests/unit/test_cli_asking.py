"""Questions: a no is no interrupt, and an interrupt is no answer."""

from __future__ import annotations

import builtins
import io
import sys

import click
import pytest

from awa_batch.cli import asking


@pytest.mark.parametrize(("typed", "meant"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_an_answer(typed: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert asking.agreed("Go on?") is meant


def test_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("dev\n"))
    assert asking.answer("Which?") == "dev"
    assert asking.answer("Which?") == ""


@pytest.mark.parametrize("ask", [asking.agreed, asking.answer])
def test_an_interrupt_is_no_answer(ask: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_prompt: str = "") -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(builtins, "input", interrupted)
    monkeypatch.setattr("click.termui.visible_prompt_func", interrupted)
    with pytest.raises(click.Abort):
        ask("Go on?")  # type: ignore[operator]
