"""Durations as people read them."""

from __future__ import annotations


def duration_text(seconds: float | None) -> str:
    """Render a duration in seconds: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min, from two days on 3 days 02 h; None: ``-``."""
    if seconds is None:
        return "-"
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400} days {whole % 86_400 // 3600:02d} h"
