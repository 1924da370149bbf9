"""Write docs/pictures: what commands really print on a terminal, as SVG without an address in it.

    python scripts/pictures.py NAME WIDTH COMMAND…    # docs/pictures/NAME.svg

Each COMMAND is a line of shell, shown with its output below; one that ends in ``| tail -N`` is shown without that. Run
where ENV=local is up with jobs worth showing: it is a picture of one moment, made by hand, and looked at.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
_ADDRESSES = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->", re.DOTALL)
_TAIL = re.compile(r"\s*(2>&1)?\s*\|\s*tail\b.*")


def printed(command: str, width: int) -> str:
    """Return what a command prints on a terminal of ``width`` columns, with its colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width), "PAGER": "cat"}
    process = subprocess.Popen(["bash", "-c", command], stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=env)
    os.close(theirs)
    found = b""
    try:
        while chunk := os.read(ours, 65536):
            found += chunk
    except OSError:  # the terminal is gone with its last process
        pass
    finally:
        os.close(ours)
    process.wait()
    return found.decode(errors="replace").replace("\r\n", "\n").rstrip()


def picture(name: str, width: int, commands: list[str]) -> Path:
    """Write the picture of commands and return its file."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number, command in enumerate(commands):
        if number:
            console.print()
        console.print(Text.assemble(("$ ", "bold green"), (_TAIL.sub("", command), "bold")), soft_wrap=True)
        console.print(Text.from_ansi(printed(command, width)), soft_wrap=False)
    svg = console.export_svg(title="awa-batch", theme=SVG_EXPORT_THEME, unique_id=name)
    # The fonts would be fetched from another host: whoever looks has a font of one width.
    svg = _ADDRESSES.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas")
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.svg"
    file.write_text(svg + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(picture(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
