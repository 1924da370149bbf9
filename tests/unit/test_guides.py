"""The guides in docs/: what they have for pasting passes the settings check; facts have sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.terraform import hcl
from awa_batch.terraform.settings import check_settings

ROOT = Path(__file__).resolve().parents[2]
GUIDES = (
    "first-account.md",
    "ec2-scaling.md",
    "fargate-scaling.md",
    "ec2-vs-fargate.md",
    "blue-green.md",
    "choosing-a-service.md",
    "parameters.md",
    "operations.md",
    "security.md",
)


def text_of(guide: str) -> str:
    return (ROOT / "docs" / guide).read_text(encoding="utf-8")


def blocks(guide: str, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text_of(guide))


PASTED = [(path.name, block) for path in sorted((ROOT / "docs").glob("*.md")) for block in blocks(path.name, "hcl")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty root beside the platform module, as an environment's is."""
    (tmp_path / "modules").symlink_to(ROOT / "terraform" / "modules")
    made = tmp_path / "environments" / "guide"
    made.mkdir(parents=True)
    return made


def paste(root: Path, block: str) -> hcl.Block:
    """Write a block into the platform's module block, and return that."""
    (root / "main.tf").write_text(
        f'module "platform" {{\n  source = "../../modules/platform"\n  environment = "guide"\n{block}}}\n'
    )
    return next(hcl.read_file(root / "main.tf").inner("module"))


@pytest.mark.parametrize(("guide", "block"), PASTED, ids=[f"{guide}-{n}" for n, (guide, _) in enumerate(PASTED)])
def test_what_a_guide_has_for_pasting_passes_the_settings_check(guide: str, block: str, root: Path) -> None:
    call = paste(root, block)
    assert len(call.attributes) > 2, f"{guide}: a block without a setting"
    assert check_settings(root) == []


def test_a_misspelt_setting_in_a_guide_is_found(root: Path) -> None:
    (block,) = [block for guide, block in PASTED if guide == "ec2-scaling.md" and "gpu = true" in block]
    paste(root, block.replace("max_vcpus", "max_vcpu", 1))
    with pytest.raises(UsageError, match="max_vcpu: there is no such setting"):
        check_settings(root)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_guide_says_when_and_where_its_facts_were_checked(guide: str) -> None:
    facts = text_of(guide).partition("\n## Sources\n")[2]
    assert re.search(r"checked on \d{4}-\d\d-\d\d", facts)
    assert len(re.findall(r"(?m)^\| ", facts)) > 5


NO_ADDRESS = {
    "Service Quotas examples using AWS CLI",
    "How can I determine why I was charged for EventBridge usage",
    "How do I determine throttling in my CloudWatch logs",
}
"""Pages that have moved about, which are found by their title."""


def sources(folder: str, heading: str) -> dict[str, set[str]]:
    """Return the titles that stand as sources in a folder's pages, each with its addresses ('' where it has none)."""
    found: dict[str, set[str]] = {}
    for page in sorted((ROOT / folder).glob("*.md")):
        table = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
        for row in re.findall(r"(?m)^\| .*$", table):
            for title, address in re.findall(r'\[?"([^"]+)"(?:\]\(([^)]+)\))?', row):
                found.setdefault(title, set()).add(address)
    return found


@pytest.mark.parametrize(("folder", "heading"), [("docs", "Sources"), ("docs/ja", "出典")])
def test_a_source_has_one_address_wherever_it_stands(folder: str, heading: str) -> None:
    found = sources(folder, heading)
    assert len(found) > 40
    english = sources("docs", "Sources")
    for title, addresses in found.items():
        assert addresses == english[title]
        if title not in NO_ADDRESS:
            (address,) = addresses
            assert re.fullmatch(r"https://(docs\.)?aws\.amazon\.com/\S+", address), title


@pytest.mark.parametrize(("readme", "folder"), [("README.md", "docs"), ("README.ja.md", "docs/ja")])
def test_every_guide_is_linked_from_the_readme(readme: str, folder: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    linked = [f"{folder}/{guide}" if (ROOT / folder / guide).is_file() else f"docs/{guide}" for guide in GUIDES]
    assert [link for link in linked if f"]({link})" not in text] == []
