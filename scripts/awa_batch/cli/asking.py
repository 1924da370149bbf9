"""Questions on a terminal: yes, no, and an interrupt, which is neither."""

from __future__ import annotations

import click


def agreed(question: str) -> bool:
    """Ask a question that is answered with yes or no. No answer (no terminal, end of input) means no.

    Raises click.Abort where it was interrupted.
    """
    try:
        return click.confirm(question, default=False, err=True)
    except click.Abort as ended:
        _raise_interrupt(ended)
        return False


def answer(question: str) -> str:
    """Ask for a word; "" where there is no answer. Raises click.Abort where it was interrupted."""
    try:
        return str(click.prompt(question, err=True, default="", show_default=False))
    except click.Abort as ended:
        _raise_interrupt(ended)
        return ""


def _raise_interrupt(ended: click.Abort) -> None:
    """Raise ``ended`` again unless it was the end of the input: Click makes the same of that and of Ctrl-C."""
    if not isinstance(ended.__context__, EOFError):
        raise ended
