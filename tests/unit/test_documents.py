"""What the documents name is there: files, make targets, and the packages with their layers."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
]
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:\.ci|bench|container|docs|jobs|scripts|terraform|tests)/[\w./-]*\w/?")
MADE = (
    "jobs/my_job",
    "jobs/hello",
    "jobs/JOB",
    "terraform/environments/staging",
    ".terraform",
    "release.auto",
    "backend.hcl",
)
"""What commands make, and examples of it."""


@pytest.mark.parametrize("document", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert "@@" not in text
    links = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text)]
    assert [link for link in links if link and not (document.parent / link).exists()] == []
    named = [word for code in CODE.findall(text) for word in [code.split()[0]] if PATH.fullmatch(word)]
    bases = (ROOT, document.parent, *document.parents)
    gone = [
        name
        for name in named
        if not any(part in name for part in MADE)
        and not any((base / name).exists() for base in bases)
        and not list(document.parent.glob(f"modules/*/{name}"))
    ]
    assert gone == []


def test_every_make_target_that_a_document_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    targets |= set(re.findall(r"^([a-z][\w-]*):", (ROOT / "terraform" / "Makefile").read_text(), re.MULTILINE))
    gone = []
    for document in MARKDOWN:
        text = document.read_text(encoding="utf-8")
        lines = [code for code in CODE.findall(text) if code.startswith("make ")]
        lines += re.findall(r"^make [^\n#]*", "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)), re.MULTILINE)
        for line in lines:
            words = line.split("#")[0].split()[1:]
            wrong = [word for word in words if re.fullmatch(r"[a-z][\w-]*", word) and word not in targets]
            gone += [(document.name, line, word) for word in wrong]
    assert gone == []


def test_the_drawing_of_the_packages_is_what_the_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["awa_batch"]]
    held = [{name.strip() for name in layer.split("|")} for layer in layers]
    table = (
        (ROOT / "docs" / "architecture.md").read_text().partition("| packages, from the top |")[2].partition("\n\n")[0]
    )
    drawn = [
        {name.rstrip("/") for name in CODE.findall(row.split("|")[1])}
        for row in table.splitlines()
        if row.startswith("| `")
    ]
    assert drawn == [layer - {"__main__"} for layer in held]


def test_every_command_stands_in_the_reference() -> None:
    from awa_batch.cli.main import COMMANDS

    rows = (ROOT / "docs" / "cli.md").read_text().partition("| command | what it does |")[2].partition("\n\n")[0]
    named = {code.split()[0] for row in rows.splitlines() if row for code in CODE.findall(row.split("|")[1])}
    assert set(COMMANDS) - named == set()


def test_every_test_that_the_security_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8")))
    defined = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"(?m)^def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 40
    assert named - defined == set()


READMES = ("README.md", "README.ja.md")


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readme_can_be_pasted(name: str) -> None:
    """From the clone's root, where nothing was activated: what runs is on PATH of any machine, or lies in the clone."""
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", (ROOT / name).read_text())
    lines = [
        line for block in blocks for line in block.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    known = {"git", "make", "$EDITOR", "eval", "seq"}
    wrong = [
        line
        for line in lines
        if (first := line.split()[0]) not in known and not (ROOT / first).parent.match(".venv/bin")
    ]
    assert not wrong
    assert len(lines) > 20


def test_both_readmes_have_the_same_sections_and_commands() -> None:
    def commands(name: str) -> list[list[str]]:
        text = (ROOT / name).read_text()
        blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", text)
        bare = [re.sub(r"(^|\s+)#.*", "", line).strip() for block in blocks for line in block.splitlines()]
        return [[line for line in bare if line and "git clone" not in line], re.findall(r"(?m)^## ", text)]

    assert commands("README.md") == commands("README.ja.md")
