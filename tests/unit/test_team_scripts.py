"""What workflows run beside the toolkit: a plan as a comment, a pull request, and the newest versions in all locks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from toolkit_support import write_program

ROOT = Path(__file__).resolve().parents[2]
GH = """#!/bin/sh
[ -z "${GH_LOG:-}" ] || echo "$@" >>"$GH_LOG"
case "$*" in
  *--paginate*) printf '%s' "${GH_COMMENTS:-}" ;;
  "pr list"*) printf '%s' "${GH_OPEN:-}" ;;
  "pr create"*) echo made ;;
  "api --method"*)
    for word; do case $word in body=@*) cat "${word#body=@}" >"$GH_LOG.body" ;; esac; done
    echo commented
    ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a remote, a program gh that notes its calls, and an awa-batch that prints a page."""
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    for name in ("plan-comment.sh", "propose.sh"):
        shutil.copy(ROOT / "scripts" / name, folder / "scripts" / name)
    (tmp_path / "bin").mkdir()
    write_program(tmp_path / "bin/gh", GH)
    write_program(tmp_path / "awa", '#!/bin/sh\necho "<!-- awa-batch, plan of $3 -->"\necho "asked: $*"\n')
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(folder, "remote", "add", "origin", str(tmp_path / "remote.git"))
    (folder / "lock").write_text("old\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "start")
    git(folder, "push", "--quiet", "origin", "main")
    return folder


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *names, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(clone: Path, script: str, *words: str, code: int = 0, **variables: str) -> tuple[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_", "PR", "BASE"))}
    env = {
        **kept,
        "PATH": f"{clone.parent / 'bin'}:{kept['PATH']}",
        "AWA": str(clone.parent / "awa"),
        "GH_LOG": str(clone.parent / "log"),
        **variables,
    }
    done = subprocess.run(
        [str(clone / "scripts" / script), *words], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def calls(clone: Path) -> list[str]:
    log = clone.parent / "log"
    return log.read_text().splitlines() if log.exists() else []


UV = """#!/bin/sh
echo "$@" >>"$UV_LOG"
while [ "$1" != -o ]; do shift; done
echo 'uv==9.9.9 \\' >"$2"
"""


@pytest.mark.parametrize(("words", "tag"), [(["upgrade"], "9.9.9"), ([], "0.1.0@sha256:" + "a" * 64)])
def test_an_update_takes_the_newest_everywhere_and_moves_the_images_uv(
    words: list[str], tag: str, tmp_path: Path
) -> None:
    for name in ("container/latest", "container/aws-batch-local", "scripts", ".venv", "jobs", "bench"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("checkov", "cfn_lint"):
        (tmp_path / "tests/terraform" / name).mkdir(parents=True)
    shutil.copy(ROOT / "scripts/lock.sh", tmp_path / "scripts/lock.sh")
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / "container/latest" / name).touch()
    (tmp_path / "container/aws-batch-local/requirements.lock").touch()
    images = tmp_path / "container/base_images.env"
    python = f"PYTHON_IMAGE=python:3.13-slim-trixie@sha256:{'b' * 64}"
    images.write_text(f"# words\n{python}\nUV_IMAGE=ghcr.io/astral-sh/uv:0.1.0@sha256:{'a' * 64}\n")
    log = tmp_path / "log"
    subprocess.run(
        [str(tmp_path / "scripts/lock.sh"), *words],
        env={**os.environ, "UV": str(write_program(tmp_path / "uv", UV)), "UV_LOG": str(log)},
        check=True,
    )
    compiled = log.read_text().splitlines()
    assert len(compiled) >= 7
    assert all(("--upgrade" in line.split()) == bool(words) for line in compiled)
    assert images.read_text() == f"# words\n{python}\nUV_IMAGE=ghcr.io/astral-sh/uv:{tag}\n"


def test_without_a_pull_request_the_page_is_printed(clone: Path) -> None:
    out, _ = run(clone, "plan-comment.sh", "dev")
    assert out.splitlines() == ["<!-- awa-batch, plan of dev -->", "asked: plan -E dev -o markdown"]
    assert calls(clone) == []


def test_the_first_plan_is_a_comment_and_the_next_changes_it(clone: Path) -> None:
    out, _ = run(clone, "plan-comment.sh", "dev", PR="7", GITHUB_REPOSITORY="o/r")
    assert out == "commented\n"
    looked, made = calls(clone)
    assert "repos/o/r/issues/7/comments" in looked
    assert '.user.type == "Bot" and (.body | startswith("<!-- awa-batch, plan of dev -->"))' in looked
    assert made.startswith("api --method POST repos/o/r/issues/7/comments")
    assert (clone.parent / "log.body").read_text().startswith("<!-- awa-batch, plan of dev -->")
    run(clone, "plan-comment.sh", "dev", PR="7", GITHUB_REPOSITORY="o/r", GH_COMMENTS="41\n42\n")
    assert calls(clone)[-1].startswith("api --method PATCH repos/o/r/issues/comments/41 ")


def test_a_plan_that_fails_is_no_comment(clone: Path) -> None:
    write_program(clone.parent / "awa", "#!/bin/sh\nexit 3\n")
    run(clone, "plan-comment.sh", "dev", PR="7", GITHUB_REPOSITORY="o/r", code=3)
    assert calls(clone) == []


def test_what_has_changed_is_pushed_to_its_branch_and_proposed(clone: Path) -> None:
    (clone / "lock").write_text("new\n")
    (clone / "more").write_text("also\n")
    out, _ = run(clone, "propose.sh", "update/dependencies", "Update the dependencies")
    assert out == "made\n"
    assert git(clone, "ls-tree", "-r", "--name-only", "origin/update/dependencies").split()[:2] == ["lock", "more"]
    assert git(clone, "log", "-1", "--format=%s", "origin/update/dependencies").strip() == "Update the dependencies"
    assert calls(clone)[-1].startswith("pr create --base main --head update/dependencies --title Update the")


def test_a_second_proposal_of_a_branch_takes_the_place_of_the_first(clone: Path) -> None:
    (clone / "lock").write_text("new\n")
    run(clone, "propose.sh", "update/dependencies", "One")
    git(clone, "switch", "--quiet", "main")
    (clone / "lock").write_text("newer\n")
    out, _ = run(clone, "propose.sh", "update/dependencies", "Two", GH_OPEN="https://example.com/1\n")
    assert out == "https://example.com/1\n"
    assert git(clone, "show", "origin/update/dependencies:lock") == "newer\n"
    assert len([call for call in calls(clone) if call.startswith("pr create")]) == 1


def test_nothing_new_is_no_proposal(clone: Path) -> None:
    out, err = run(clone, "propose.sh", "update/dependencies", "Update")
    assert (out, err) == ("", "Nothing has changed: there is nothing to propose.\n")
    assert calls(clone) == []


@pytest.mark.parametrize("branch", ["", "main", "-x"])
def test_the_base_is_no_branch_for_a_proposal(clone: Path, branch: str) -> None:
    (clone / "lock").write_text("new\n")
    _, err = run(clone, "propose.sh", branch, "Update", code=2)
    assert len(err.splitlines()) == 2
    assert git(clone, "branch", "--show-current").strip() == "main"
