"""What the documents name is there: files, links, commands, and the packages with their layers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import check_documents

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = check_documents.documents()
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:\.ci|bench|container|docs|jobs|scripts|terraform|tests)/[\w./-]*\w/?")
MADE = (
    "jobs/my_job",
    "jobs/hello",
    "jobs/JOB",
    "container/pipelines",
    "container/base",
    "terraform/environments/staging",
    ".terraform",
    "release.auto",
    "backend.hcl",
    "deployers.auto",
)
"""What commands make, and examples of it."""


@pytest.mark.parametrize("document", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert "@@" not in text
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


@pytest.mark.parametrize("document", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_link_and_no_command_of_a_document_is_stale(document: Path) -> None:
    assert check_documents.faults(document) == []


def test_pictures_are_shown_in_both_languages_and_hold_no_address() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    for name in ("README.md", "README.ja.md"):
        shown = set(re.findall(r"!\[[^\]]+\]\(docs/pictures/([^)]+)\)", (ROOT / name).read_text(encoding="utf-8")))
        assert shown == {picture.name for picture in pictures}
    for picture in pictures:
        addresses = set(re.findall(r"https?://[^\s\"'<)]+", picture.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"url\((?!#)", picture.read_text(encoding="utf-8"))


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


def test_every_page_of_docs_is_linked_from_the_readme() -> None:
    """README.ja.md links the same: below."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"](docs/{page.name}" not in text] == []


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


def test_the_japanese_readme_links_the_japanese_page_where_there_is_one() -> None:
    """And the English one, where README.md does and there is no other."""

    def guides(name: str) -> set[str]:
        return {link.split("#")[0] for link in re.findall(r"\]\((docs/[^)\s]+)\)", (ROOT / name).read_text())}

    translated = {f"docs/{page.name}": f"docs/ja/{page.name}" for page in (ROOT / "docs" / "ja").glob("*.md")}
    assert translated
    assert guides("README.ja.md") == {translated.get(link, link) for link in guides("README.md")}


OURS = ("canary", "candidate", "contract", "generation", "ledger", "slot")
"""Words of the glossary that nobody knows in our sense from elsewhere."""
EXPLAINED_THERE = {"docs/blue-green.md", "docs/glossary.md"}


@pytest.mark.parametrize(
    "document", ["README.ja.md", "README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
)
def test_a_page_with_words_of_ours_leads_to_where_they_are_explained(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    bare = re.sub(r"(?ms)^```.*?^```|`[^`\n]+`|\]\([^)]*\)", "", text)
    used = {word for word in OURS if re.search(rf"(?i)\b{word}s?\b", bare)}
    assert not used or document in EXPLAINED_THERE or re.search(r"\]\((?:docs/)?(?:glossary|blue-green)\.md", text), (
        used
    )
    assert document.startswith("docs/") or re.search(r"\]\(docs/glossary\.md\)", text)


def test_the_glossary_explains_our_words_with_a_place_where_each_is_used() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| (?!word )\w", line)]
    assert [row[0] for row in rows if len(row) != 4 or not re.search(r"\]\([^)]+\)", row[3])] == []
    explained = {word for row in rows for word in re.split(r", (?:and )?", row[0])}
    assert explained >= {
        "contract", "slot", "release", "candidate", "canary", "generation", "roll", "pool", "profile", "queue", "share",
        "job", "job definition", "derived definition", "run", "row", "runner", "environment",
    }  # fmt: skip


def test_the_picture_of_the_platform_has_every_module_of_an_environment() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    called: set[str] = set()
    for module in ("platform", "resources_ec2", "resources_fargate"):
        for file in (ROOT / "terraform" / "modules" / module).glob("*.tf"):
            called |= set(re.findall(r'source += "\.\./(\w+)"', file.read_text(encoding="utf-8")))
    assert called > {"network", "job_queue"}
    part = page.partition("## The platform in AWS")[2].partition("\n## ")[0]
    assert set(re.findall(r"modules/(\w+)/README\.md", part)) == called


def test_a_job_that_cannot_do_without_a_configuration_is_given_one() -> None:
    """`version_test` without one ends with exit code 2: who follows a document word for word must not see that."""
    shown = [
        (document.relative_to(ROOT).as_posix(), line)
        for document in MARKDOWN
        for line in document.read_text(encoding="utf-8").splitlines()
        if re.match(r"(\$ )?(\.venv/bin/)?awa-batch submit\b.* run_batch\.py version_test\b", line)
    ]
    assert len(shown) > 3
    assert [one for one in shown if not re.search(r"--config |--each |CONFIG_JSON=|--param_json ", one[1])] == []


def test_the_versions_of_clients_are_those_that_the_tests_install() -> None:
    table = (
        (ROOT / "docs" / "local-batch.md").read_text().partition("## Clients that were tried")[2].partition("## ")[0]
    )
    cells = re.findall(r"^\| [^|]+ \| ([0-9., ]+) \|", table, re.MULTILINE)
    named = {version for cell in cells for version in cell.split(", ")}
    clients = ROOT / "tests" / "clients"
    installed = {re.search(r'JAVASCRIPT_SDK = "@.+@(.+)"', (clients / "test_clients.py").read_text())[1]}  # type: ignore[index]
    for file in clients.glob("*.in"):
        # boto3 is what some leave to their users to install.
        for package in {line.partition("[")[0] for line in file.read_text().split()} - {"boto3"}:
            installed |= set(re.findall(rf"^{package}==([0-9.]+)", file.with_suffix(".lock").read_text(), re.MULTILINE))
    assert named == installed
