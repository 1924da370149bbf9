"""The repository itself: line ends in every clone, and one list of linters."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(*words: str, cwd: Path) -> str:
    """Run git without the settings of whoever runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_clone_with_crlf_switched_on_has_lf_in_every_text_file(tmp_path: Path) -> None:
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    origin = tmp_path / "origin"
    for name in filter(None, names):
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (origin / name).parent.mkdir(parents=True, exist_ok=True)
            (origin / name).write_bytes((ROOT / name).read_bytes())
    git("init", "-q", cwd=origin)
    git("add", "--force", ".", cwd=origin)
    git("-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "-qm", "all", cwd=origin)
    git("clone", "-q", "-c", "core.autocrlf=true", str(origin), "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    files = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.relative_to(clone).parts]
    assert len(files) > 400
    texts = [path for path in files if path.suffix != ".gz"]
    assert [str(path.relative_to(clone)) for path in texts if b"\r" in path.read_bytes()] == []
    # And not because Git took them for something else than text.
    ends = git("ls-files", "--eol", "Makefile", "scripts/*.sh", ".ci/run", "*.tf", "*Dockerfile", cwd=clone)
    assert {re.split(r"\s+", line)[2] for line in ends.splitlines()} == {"attr/text=auto"}
    assert all("eol=lf" in line for line in ends.splitlines())


def test_pre_commit_runs_what_make_lint_runs() -> None:
    lint = (ROOT / "scripts" / "lint.sh").read_text()
    (names,) = re.findall(r'^names="(.*)"$', lint, re.MULTILINE)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"entry: scripts/lint\.sh (\w+)", hooks) == names.split()
    assert hooks.count("repo: local") == hooks.count("repo: ") == 1
    for name in names.split():
        assert f"    {name})" in lint, f"scripts/lint.sh does not know its own {name}"


def test_a_linter_that_is_not_there_is_refused() -> None:
    done = subprocess.run([ROOT / "scripts/lint.sh", "flake"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("lint: there is no linter flake; there are: ruff ")


def test_every_test_file_has_a_name_of_its_own() -> None:
    """pytest imports test files by their bare name: of two with the same one, the second is not collected."""
    names = [Path(line).name for line in git("ls-files", "tests/**/test_*.py", "jobs/**/test_*.py", cwd=ROOT).split()]
    assert [name for name in set(names) if names.count(name) > 1] == []
