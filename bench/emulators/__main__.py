"""``python -m bench.emulators`` (`make compare-emulators`): ask every emulator, and write the page of the comparison.

usage: python -m bench.emulators [--only TITLE …] [--rows ROW …]     what is not named keeps what the page says of it
"""

from __future__ import annotations

import argparse
import sys

from awa_batch.images.base_names import base_names
from bench.emulators import page, peers
from bench.emulators.behaviours import load
from bench.peers import ROOT


def main() -> None:
    """Ask, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="columns of the page")
    parser.add_argument("--rows", nargs="*", default=[], help="rows of the page")
    asked = parser.parse_args()
    refuse_unknown("--only", asked.only, [*peers.OURS, *(peer.title for peer in peers.PEERS)])
    refuse_unknown("--rows", asked.rows, [row.name for row in load()])
    image = base_names(ROOT)["PYTHON_IMAGE"].tagged
    for title in peers.OURS:
        if asked.only and title not in asked.only:
            continue
        with peers.ours("docker" if title == peers.OURS[0] else "process") as (url, own_image, keys):
            note(title, peers.ask(url, own_image or image, keys, asked.rows))
    for peer in peers.PEERS:
        if asked.only and peer.title not in asked.only:
            continue
        with peers.started(peer) as url:
            note(peer.title, peers.ask(url, image, {}, asked.rows))


def refuse_unknown(flag: str, asked: list[str], known: list[str]) -> None:
    """End with exit code 2 where something is named that the page does not have, before anything is asked."""
    if strange := [one for one in asked if one not in known]:
        sys.stderr.write(f"{flag}: the page has no {strange[0]!r}.\n  It has: {'; '.join(known)}\n")
        raise SystemExit(2)


def note(title: str, found: dict[str, str]) -> None:
    """Write an emulator's answers into the page, beside those that are known; say how many are as documented."""
    answers = page.read()
    answers[title] = answers.get(title, {}) | found
    page.write(answers)
    sys.stderr.write(f"{title}: {sum(one == 'yes' for one in found.values())} of {len(found)}\n")


if __name__ == "__main__":
    main()
