"""Each page of docs/ja, and README.ja.md, says what its English page says.

What a language does not change is compared: headings, code, tables, diagrams, links, numbers. For the sentences,
golden/documents_ja.json holds which English section each Japanese one was written from. After both have changed,
AWA_TEST_GOLDEN=write takes them over; it refuses a section of which the English alone has changed. Where the Japanese
is right as it is, remove the section's line from the file first.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from document_pairs import Page, anchors, differences, sections
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(__file__).parent / "golden" / "documents_ja.json"
TRANSLATED = sorted(page.name for page in (ROOT / "docs" / "ja").glob("*.md"))
PAGES = [*TRANSLATED, "README.md"]

Record = dict[str, dict[str, list[str]]]


def read(path: str) -> str | None:
    """Return the text of a file of the repository, None where there is none."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def page(path: str) -> Page:
    return Page(path, (ROOT / path).read_text(encoding="utf-8"))


def pair(name: str) -> tuple[Page, Page]:
    if name == "README.md":
        return page(name), page("README.ja.md")
    return page(f"docs/{name}"), page(f"docs/ja/{name}")


def stale(english: Page, japanese: Page, record: dict[str, list[str]]) -> list[str]:
    """Return the sections of which the English has changed, and the Japanese has not."""
    return [
        f"{english.path}, section {ours.title!r}, has changed; {japanese.path}, {theirs.title!r}, has not"
        for ours, theirs in zip(sections(english.text)[1:], sections(japanese.text)[1:], strict=True)
        if ours.title in record and record[ours.title][0] != ours.digest and record[ours.title][1] == theirs.digest
    ]


def digests(english: Page, japanese: Page) -> dict[str, list[str]]:
    both = zip(sections(english.text)[1:], sections(japanese.text)[1:], strict=True)
    return {ours.title: [ours.digest, theirs.digest] for ours, theirs in both}


def test_there_are_japanese_pages() -> None:
    assert TRANSLATED
    assert [name for name in TRANSLATED if not (ROOT / "docs" / name).is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_japanese_page_has_what_the_english_page_has(name: str) -> None:
    found = differences(*pair(name), read)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PAGES)
def test_no_section_changed_in_english_alone(name: str) -> None:
    english, japanese = pair(name)
    record: Record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    alone = stale(english, japanese, record.get(name, {}))
    assert not alone, "\n".join(alone)
    now = digests(english, japanese)
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        record[name] = now
        RECORD.write_text(json_of(record), encoding="utf-8")
    others = [title for title in {*now, *record.get(name, {})} if now.get(title) != record.get(name, {}).get(title)]
    assert not others, (
        f"{english.path} and {japanese.path}: {', '.join(sorted(others))} changed. Where both say the same:"
        " AWA_TEST_GOLDEN=write .venv/bin/python -m pytest -n 0 tests/unit/test_documents_ja.py"
    )


def json_of(record: Record) -> str:
    """Return the record with a line for each section, so that two changes meet on a line only where they meet."""
    files = [
        f"  {json.dumps(name)}: {{\n"
        + ",\n".join(f"    {json.dumps(title)}: {json.dumps(pair)}" for title, pair in record[name].items())
        + "\n  }"
        for name in sorted(record)
    ]
    return "{\n" + ",\n".join(files) + "\n}\n"


@pytest.mark.parametrize("name", PAGES)
def test_bold_text_is_bold(name: str) -> None:
    """Between two letters of Japanese, Markdown takes `**` for bold only where no punctuation stands beside it."""
    shown = MarkdownIt().enable("table").render(pair(name)[1].text)
    assert re.findall(r".*[*]{2}.*", re.sub(r"(?s)<code.*?</code>", "", shown)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_each_page_links_to_the_other_language_at_its_top(name: str) -> None:
    english, japanese = pair(name)
    assert f"[日本語](ja/{name})" in english.text.splitlines()[:4]
    assert f"[English](../{name})" in japanese.text.splitlines()[:4]


@pytest.mark.parametrize("name", PAGES)
def test_every_anchor_of_a_page_and_its_japanese_version_is_there(name: str) -> None:
    for document in pair(name):
        for path, anchor in re.findall(r"\]\((?![a-z]+:)([^)#\s]*)#([^)\s]+)\)", document.text):
            target = (ROOT / document.path).parent / path if path else ROOT / document.path
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{document.path}: {path}#{anchor}"


ENGLISH = """# Title

[日本語](ja/a.md)

Words with `code
--option`, 12 and [a link](b.md#second).

## Second

1. One of three
   goes on.
2. Two

```hcl
  max_vcpus = 16 # the ceiling
```

| a | b |
|---|---|
| `x` | 20 s |

```mermaid
flowchart LR
  a["one"] -->|"then"| b["two"]
```
"""
JAPANESE = """# 題

[English](../a.md)

`code --option` と 12 と[リンク](b.md#二番目)。

## 第二

1. 3 つのうちの 1 つ
2. 2 つ目

```hcl
  max_vcpus = 16 # 上限
```

| あ | い |
|---|---|
| `x` | 20 秒 |

```mermaid
flowchart LR
  a["一"] -->|"次に"| b["二"]
```
"""
FILES = {"docs/b.md": "# B\n\n## Second\n", "docs/ja/b.md": "# B\n\n## 二番目\n"}


def found_after(old: str, new: str, *, of: str = ENGLISH) -> list[str]:
    assert old in of
    english, japanese = (text.replace(old, new) if text is of else text for text in (ENGLISH, JAPANESE))
    return differences(Page("docs/a.md", english), Page("docs/ja/a.md", japanese), FILES.get)


def test_a_true_translation_has_no_differences() -> None:
    assert found_after("# Title", "# Title") == []


@pytest.mark.parametrize(
    ("old", "new", "section", "said"),
    [
        ("## Second", "### Second", "", "heading 2: '### Second' in English, '## 第二' in Japanese"),
        ("## Second", "## Second\n\n### Third", "", "heading 3: '### Third' in English, 'nothing' in Japanese"),
        ("`code\n", "`other\n", "題", "without the code other --option"),
        ("and [a link](b.md#second)", "and nothing", "題", "with the links b.md#二番目 of its own"),
        ("b.md#second", "c.md", "題", "without the links ../c.md"),
        ("12", "13", "題", "numbers: without 13; with 12 of its own"),
        ("of three", "of all", "第二", "numbers: with 3 of its own"),
        ("2. Two", "2. Two\n3. Three", "第二", "its blocks are 1. 1. code hcl table code mermaid, in English 1. 1. 1."),
        ("max_vcpus = 16", "max_vcpus = 32", "第二", "code: '  max_vcpus = 16', in English '  max_vcpus = 32'"),
        ("| 20 s |", "| 30 s |", "第二", "table row 2 column 1: numbers: without 30; with 20 of its own"),
        (
            "| `x` | 20 s |",
            "| `x` | 20 s |\n| y | 1 |",
            "第二",
            "a table of 3 lines and 2 columns, in English 4 ",
        ),
        ("| 20 s |", "| |", "第二", "table row 2 column 1: '20 秒', in English ''"),
        ('-->|"then"| b', '-.->|"then"| b', "第二", 'code: \'  a[""] -->|| b[""]\', in English'),
    ],
)
def test_each_change_of_the_english_is_found_with_its_section(old: str, new: str, section: str, said: str) -> None:
    found = found_after(old, new)
    assert any(said in line and (not section or f"section {section!r}" in line) for line in found), found


@pytest.mark.parametrize(("old", "new"), [("# the ceiling", "# the limit"), ('["one"]', '["first"]')])
def test_comments_and_labels_may_differ(old: str, new: str) -> None:
    assert found_after(old, new) == []


def test_a_sentence_that_changed_in_english_alone_is_told_with_its_section() -> None:
    english, japanese = Page("docs/a.md", ENGLISH), Page("docs/ja/a.md", JAPANESE)
    record = digests(english, japanese)
    assert stale(english, japanese, record) == []
    changed = Page("docs/a.md", ENGLISH.replace("goes on", "ends"))
    assert stale(changed, japanese, record) == [
        "docs/a.md, section 'Second', has changed; docs/ja/a.md, '第二', has not"
    ]
    both = Page("docs/ja/a.md", JAPANESE.replace("2 つ目", "2 番目"))
    assert stale(changed, both, record) == []
    rewrapped = Page("docs/a.md", ENGLISH.replace("three\n   goes", "three goes"))
    assert digests(rewrapped, japanese) == record
