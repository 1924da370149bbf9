"""Compare a page of docs/ with its Japanese version: all that a language does not change has to be the same."""

from __future__ import annotations

import hashlib
import os.path
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NUMBER = re.compile(r"(?<![A-Za-z0-9._-])\d[\d,]*(?:\.\d+)*")
WORDS = {
    number: word
    for number, words in {
        "1": "one once first",
        "2": "two twice second both double",
        "3": "three third march",
        "4": "four fourth",
        "5": "five fifth",
        "6": "six",
        "7": "seven",
        "8": "eight",
        "9": "nine",
        "10": "ten",
        "12": "twelve",
        "15": "fifteen",
        "20": "twenty",
        "30": "thirty",
        "100": "hundred",
        "1000": "thousand",
    }.items()
    for word in [re.compile(rf"\b({words.replace(' ', '|')})s?\b", re.IGNORECASE)]
}
"""The numbers that English writes as words, and Japanese as digits."""
MINUTES = re.compile(r"half a minute")


@dataclass
class Section:
    """A heading with what stands below it, up to the next heading."""

    level: int
    title: str
    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each block's kind (`text`, `-`, `1.`, `table`, `code LANGUAGE`) with its lines."""

    @property
    def digest(self) -> str:
        """The words of the section, whatever its line breaks."""
        words = " ".join([self.title, *(word for _, lines in self.blocks for line in lines for word in line.split())])
        return hashlib.sha256(words.encode()).hexdigest()[:12]


def sections(text: str) -> list[Section]:
    """Return the sections of a page; what stands before its first heading has level 0."""
    found = [Section(0, "")]
    fence = ""
    for line in text.splitlines():
        blocks = found[-1].blocks
        if fence:
            if line == fence:
                fence = ""
            else:
                blocks[-1][1].append(line)
        elif match := re.match(r"(`{3,})(.*)", line):
            fence = match[1]
            blocks.append((f"code {match[2]}".strip(), []))
        elif match := re.match(r"(#+) (.+)", line):
            found.append(Section(len(match[1]), match[2].strip()))
        elif not line.strip():
            blocks.append(("", []))
        else:
            kind = "table" if line.startswith("|") else ""
            if match := re.match(r"\s*([-*]|\d+\.) ", line):
                kind = "1." if match[1][0].isdigit() else "-"
            elif not kind:
                kind = blocks[-1][0] if blocks and blocks[-1][0] in ("text", "-", "1.") else "text"
            if blocks and blocks[-1][0] == kind and (kind in ("table", "text") or not match):
                blocks[-1][1].append(line)
            else:
                blocks.append((kind, [line]))
    for section in found:
        section.blocks = [block for block in section.blocks if block[0]]
    return found


def anchors(text: str) -> list[str]:
    """Return the anchor that a code host gives each heading, in order."""
    made: list[str] = []
    for section in sections(text)[1:]:
        bare = re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-")
        made.append(bare if bare not in made else f"{bare}-{made.count(bare)}")
    return made


def cells(row: str) -> list[str]:
    """Return the cells of a table's row; a pipe within code or after a backslash ends none."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def bare(language: str, line: str) -> str:
    """Return a line of code without what may be translated: comment, `<placeholder>`, or the labels of a diagram."""
    if language == "mermaid":
        line = re.sub(r"\|[^|]*\|", "||", re.sub(r'"[^"]*"', '""', line))
        return re.sub(r"^(.* --> .*): .*", r"\1: …", line)
    if language in ("sh", "hcl", "python"):
        line = re.sub(r"(^|\s+)# .*", "", line)
    return re.sub(r"<\w[^<>]*>", "<…>", line) if language == "sh" else line


def code_of(lines: list[str], language: str) -> list[str]:
    """Return what has to be the same of a block of code."""
    kept = [bare(language, line).rstrip() for line in lines]
    if language == "mermaid":
        return [line for line in kept if not re.match(r"\s*state ", line)]  # names of states, for the reader alone
    if language in ("sh", "hcl", "python"):
        return [line for line in kept if line.strip()]
    return kept


def numbers(text: str) -> Counter[str]:
    """Return the numbers that are written as digits, those in code and in links left out."""
    plain = LINK.sub("]", CODE.sub("", text))
    return Counter(found.replace(",", "").rstrip(".") for found in NUMBER.findall(plain))


def numbers_differ(english: str, japanese: str) -> str:
    """Return what is wrong with the numbers of a text, an empty text where nothing is."""
    wanted, there = numbers(english), numbers(japanese)
    lost = wanted - there
    words = {number for number, word in WORDS.items() if word.search(english)} | {"1"}
    if MINUTES.search(english):
        words.add("30")
    more = [number for number in there - wanted if number not in words]
    said = [f"without {', '.join(sorted(lost))}"] if lost else []
    return "; ".join(said + ([f"with {', '.join(sorted(more))} of its own"] if more else []))


def counted(difference: Counter[str]) -> str:
    """Return what a counter holds, for a message."""
    return ", ".join(sorted(difference.elements()))


@dataclass(frozen=True)
class Page:
    """A page: its path in the repository, and its text."""

    path: str
    text: str


def same_target(link: str, english: Page, japanese: Page, read: Callable[[str], str | None]) -> str:
    """Return where the Japanese page has to link to where the English one links to `link`."""
    if re.match(r"[a-z]+:", link):
        return link
    path, _, anchor = link.partition("#")
    target = os.path.normpath(os.path.join(os.path.dirname(english.path), path)) if path else english.path
    folder, name = os.path.split(target)
    theirs = {"docs": f"docs/ja/{name}", "": name.replace(".md", ".ja.md")}.get(folder, "")
    there = read(theirs) if theirs and target.endswith(".md") else None
    if target == english.path:
        theirs, there = japanese.path, japanese.text
    if there is not None and anchor:
        names = anchors(read(target) or "")
        own = anchors(there)
        anchor = own[names.index(anchor)] if anchor in names and names.index(anchor) < len(own) else anchor
    shown = os.path.relpath(theirs if there is not None else target, os.path.dirname(japanese.path) or ".")
    return (shown if path else "") + (f"#{anchor}" if anchor else "")


def differences(english: Page, japanese: Page, read: Callable[[str], str | None]) -> list[str]:
    """Return a line for each thing that the Japanese page has otherwise than the English one, with its section.

    `read` returns the text of a file of the repository, None where there is none.
    """
    ours, theirs = sections(english.text), sections(japanese.text)
    if [section.level for section in ours] != [section.level for section in theirs]:
        return [f"{japanese.path}: {line}" for line in headings_differ(ours, theirs)]
    return [
        f"{japanese.path}, section {section.title or 'before the first heading'!r}"
        f" ({english.path}: {ours[place].title!r}): {line}"
        for place, section in enumerate(theirs)
        for line in section_differs(ours[place], section, lambda link: same_target(link, english, japanese, read))
    ]


def headings_differ(ours: list[Section], theirs: list[Section]) -> Iterator[str]:
    """Yield the first place where the headings differ: a later one says nothing new."""
    for place in range(max(len(ours), len(theirs))):
        pair = [
            f"{'#' * side[place].level} {side[place].title}" if place < len(side) else "nothing"
            for side in (ours, theirs)
        ]
        if pair[0].partition(" ")[0] != pair[1].partition(" ")[0]:
            yield f"heading {place}: {pair[0]!r} in English, {pair[1]!r} in Japanese"
            return


def section_differs(ours: Section, theirs: Section, target: Callable[[str], str]) -> Iterator[str]:
    """Yield what differs between two sections."""
    shapes = [[kind for kind, _ in side.blocks] for side in (ours, theirs)]
    if shapes[0] != shapes[1]:
        yield f"its blocks are {' '.join(shapes[1])}, in English {' '.join(shapes[0])}"
        return
    prose: list[list[str]] = [[ours.title], [theirs.title]]
    for (kind, english), (_, japanese) in zip(ours.blocks, theirs.blocks, strict=True):
        language = kind.removeprefix("code").strip()
        if kind.startswith("code"):
            wanted, there = code_of(english, language), code_of(japanese, language)
            if wanted != there:
                pairs = zip([*wanted, "(its end)"], [*there, "(its end)"], strict=False)
                yield "code: {1!r}, in English {0!r}".format(*next(pair for pair in pairs if pair[0] != pair[1]))
        elif kind == "table":
            yield from table_differs(english, japanese, target)
        else:
            prose[0].append(" ".join(english))
            prose[1].append(" ".join(japanese))
    yield from text_differs("\n".join(prose[0]), "\n".join(prose[1]), target)


def table_differs(ours: list[str], theirs: list[str], target: Callable[[str], str]) -> Iterator[str]:
    """Yield what differs between two tables."""
    wanted, there = ([cells(row) for row in side] for side in (ours, theirs))
    if [len(row) for row in wanted] != [len(row) for row in there]:
        sizes = [f"{len(side)} lines and {len(side[0])} columns" for side in (there, wanted)]
        yield f"a table of {sizes[0]}, in English {sizes[1]}"
        return
    for row, (english, japanese) in enumerate(zip(wanted, there, strict=True)):
        for column, (one, other) in enumerate(zip(english, japanese, strict=True)):
            if bool(one) != bool(other):
                yield f"table row {row} column {column}: {other!r}, in English {one!r}"
            for line in text_differs(one, other, target):
                yield f"table row {row} column {column}: {line}"


def text_differs(ours: str, theirs: str, target: Callable[[str], str]) -> Iterator[str]:
    """Yield what differs between two texts, of that which a language does not change."""
    language = re.compile(r"\[(English|\u65e5\u672c\u8a9e)\]\([^)]*\)\n?")
    ours, theirs = language.sub("", ours), language.sub("", theirs)
    for what, wanted, there in (
        ("code", Counter(CODE.findall(ours)), Counter(CODE.findall(theirs))),
        ("links", Counter(target(link) for link in LINK.findall(ours)), Counter(LINK.findall(theirs))),
    ):
        if lost := counted(wanted - there):
            yield f"without the {what} {lost}"
        if more := counted(there - wanted):
            yield f"with the {what} {more} of its own"
    if wrong := numbers_differ(ours, theirs):
        yield f"numbers: {wrong}"
