"""What `make lint` says of documents: links and anchors that lead nowhere, commands that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

import check_documents

ROOT = check_documents.ROOT


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page beside another, in a clone of their own whose make targets are this clone's."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "other.md").write_text("# One `--flag` of [it](x)\n\n## Two, twice\n\n## Two, twice\n\n## 三つ目\n")
    monkeypatch.setattr(check_documents, "ROOT", tmp_path)
    return tmp_path / "page.md"


def said(page: Path, text: str) -> list[str]:
    page.write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    return check_documents.faults(page)


@pytest.mark.parametrize(
    "link",
    [
        "other.md", "other.md#one---flag-of-it", "other.md#two-twice-1", "other.md#三つ目", "#page",
        "https://example.com/gone#gone", "mailto:a@example.com", "Makefile#L1",
    ],
)  # fmt: skip
def test_a_link_that_leads_somewhere_passes(page: Path, link: str) -> None:
    assert said(page, f"[a]({link})") == []


@pytest.mark.parametrize(
    "link", ["gone.md", "other.md#two", "other.md#two-twice-2", "#pages", "../outside.md", "other.md#Two-twice"]
)
@pytest.mark.parametrize("form", ["[a]({})", "[a]: {}", '<a href="{}">a</a>', "[![b](other.md)]({})"])
def test_a_link_that_leads_nowhere_is_told(page: Path, link: str, form: str) -> None:
    (page.parent.parent / "outside.md").write_text("# It\n")
    assert said(page, form.format(link)) == [f"{link}: the link leads nowhere"]


def test_a_diagram_that_does_not_close_is_told(page: Path) -> None:
    assert said(page, '```mermaid\nflowchart LR\n  a["b" --> c\n```') == [
        'a["b" --> c: a bracket is not closed, or closes another'
    ]


def test_no_link_is_looked_for_in_code(page: Path) -> None:
    assert said(page, "`[a](gone.md)`\n\n```python\nx[a](gone.md)\n```") == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("awa-batch quues", "no command quues"),
        ("awa-batch compute rol", "no command rol"),
        ("awa-batch submit ec2-sample --paralel 3", "No such option"),
        ("awa-batch status --run", "requires an argument"),
        ("$ .venv/bin/awa-batch quues", "no command quues"),
        ("AWS_PROFILE=dev awa-batch quues", "no command quues"),
        ("seq 3 | awa-batch quues", "no command quues"),
        ("cd x && make up && awa-batch quues  # why", "no command quues"),
        ('eval "$(.venv/bin/awa-batch local envs)"', "no command envs"),
        ("awa-batch submit \\\n  --paralel 3", "No such option"),
        ("aws-batch-local upp", "no command upp"),
        ("make demos", "no target demos"),
        ("make up applies", "no target applies"),
        ("make up ENVIRONMENT=dev", "no Makefile reads ENVIRONMENT"),
        ("make -C gone up-all", "no target up-all"),
    ],
)
def test_a_command_that_is_not_there_is_told(page: Path, line: str, why: str) -> None:
    for language in ("sh", "console", ""):
        (told,) = said(page, f"```{language}\n{line}\n```")
        assert why in told


@pytest.mark.parametrize(
    "line",
    [
        "awa-batch submit ec2-sample --follow -- python run.py --anything",
        "awa-batch submit … --paralel",
        'awa-batch submit ec2-sample -- echo "it is here"   # a comment with `make nothing`',
        "awa-batch-dev-ec2-sample:1  what a command printed",
        "awa-batch: --memory 900: Fargate has no such size.",
        "make plan apply ENV=prod YES=1",
        "make add PKG=polars JOB=my_job && make up",
        "it's no shell at all",
    ],
)
def test_what_is_there_or_no_command_of_ours_passes(page: Path, line: str) -> None:
    assert said(page, f"```sh\n{line}\n```") == []


def test_commands_of_sentences_are_looked_at_too(page: Path) -> None:
    assert (
        said(page, "With `awa-batch submit --code` and `make up`, `ENV=dev make up` or `awa-batch COMMAND --help`.")
        == []
    )
    assert said(page, "`awa-batch quues` and `make upp`") == [
        "awa-batch quues: there is no command quues",
        "make upp: there is no target upp",
    ]
    assert said(page, "```hcl\nx = 1 # awa-batch quues\n```") == []


def test_much_is_looked_at() -> None:
    texts = [document.read_text(encoding="utf-8") for document in check_documents.documents()]
    assert len(texts) > 45
    found = [words for text in texts for words in check_documents.commands(text) + check_documents.named(text)]
    assert {name: sum(words[0] == name for words in found) > least for name, least in
            {"awa-batch": 150, "make": 120, "aws-batch-local": 10}.items()} == {
        "awa-batch": True, "make": True, "aws-batch-local": True,
    }  # fmt: skip


def test_main_prints_what_is_wrong(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_documents, "documents", lambda: [page])
    page.write_text("# Page\n\n[a](gone.md)\n")
    assert check_documents.main() == 1
    assert capsys.readouterr().out == "page.md: gone.md: the link leads nowhere\n"
    page.write_text("# Page\n")
    assert (check_documents.main(), capsys.readouterr().out) == (0, "")
