"""The page that says what every emulator answered: scripts/local_batch/docs/comparison.md, and its data beside this."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from bench.emulators import peers
from bench.emulators.behaviours import load
from bench.peers import ROOT

PAGE = ROOT / "scripts/local_batch/docs/comparison.md"
DATA = Path(__file__).with_name("answers.json")
BEGIN, END = "<!-- BEGIN: make compare-emulators writes what follows -->", "<!-- END -->"
NOT_ASKED = "not asked"
TAKEN = "it is taken"
Answers = dict[str, dict[str, str]]


def read() -> Answers:
    """Return what was answered last: column → row → answer."""
    return dict(json.loads(DATA.read_text(encoding="utf-8"))["answers"]) if DATA.is_file() else {}


def write(answers: Answers) -> None:
    """Write the data and the page's tables."""
    date = datetime.now(UTC).date().isoformat()
    titles = [*peers.OURS, *(peer.title for peer in peers.PEERS)]
    rows = [row.name for row in load()]
    ordered = {title: {row: answers[title].get(row, NOT_ASKED) for row in rows} for title in titles if title in answers}
    DATA.write_text(
        json.dumps({"date": date, "answers": ordered}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(ordered, date)}\n{END}{after}", encoding="utf-8")


def tables(answers: Answers, date: str) -> str:
    """Return the page's tables: how many of each, every row, and what came where another answer than AWS's did."""
    import local_batch

    versions = dict.fromkeys(peers.OURS, local_batch.__version__)
    versions |= {peer.title: peers.version(peer) for peer in peers.PEERS}
    lines = [f"Asked on {date}.", "", "| emulator | version | as documented | otherwise | operation not there |",
             "|---|---|---|---|---|"]  # fmt: skip
    for title, found in answers.items():
        yes = sum(one == "yes" for one in found.values())
        missing = sum(one.startswith("not there") for one in found.values())
        lines.append(f"| {title} | {versions[title]} | {yes} | {len(found) - yes - missing} | {missing} |")
    lines += [
        "",
        "`yes`: as AWS documents it; `taken`: not refused; `absent`: there is no such operation; a number: another "
        "answer, listed below.",
    ]
    notes: list[str] = []
    group = ""
    for row in load():
        if row.group != group:
            group = row.group
            lines += [
                "",
                f"## {group}",
                "",
                f"| row | what AWS documents | {' | '.join(answers)} |",
                "|---" * (len(answers) + 2) + "|",
            ]
        cells = []
        for found in answers.values():
            one = found[row.name]
            if one == "yes":
                cells.append("yes")
            elif one.startswith("not there"):
                cells.append("absent")
            elif one == TAKEN:
                cells.append("taken")
            else:
                if (told := _plain(one)) not in notes:
                    notes.append(told)
                cells.append(str(notes.index(told) + 1))
        lines.append(f"| `{row.name}` | [{row.expected}]({row.source}) | {' | '.join(cells)} |")
    lines += ["", "## The other answers", "", *(f"{n}. {note}" for n, note in enumerate(notes, 1)), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return an answer as Markdown that shows it as it is, without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]*|-[0-9a-f]{6,8}-[0-9]+|[0-9]{13}", "…", text)
    return f"`` {text} ``"
