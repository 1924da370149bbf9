"""A package for job code: pyproject, the locks and the environment change together, or nothing does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images import packages
from awa_batch.images.packages import LOCKS, PROJECT, change_packages

ROOT = Path(__file__).resolve().parents[3]

# `add` writes the package into the project that is named, `pip compile` locks whatever the projects depend on.
FAKE_UV = """#!{python}
import pathlib, re, sys
words = sys.argv[1:]
if words[0] in ("add", "remove"):
    file = pathlib.Path(words[words.index("--project") + 1]) / "pyproject.toml"
    text = file.read_text()
    for package in words[words.index("--project") + 2 :]:
        line = f'  "{{package}}",\\n'
        start = "dependencies = [\\n"
        text = text.replace(start, start + line) if words[0] == "add" else text.replace(line, "")
    file.write_text(text)
else:
    out = pathlib.Path(words[words.index("-o") + 1])
    text = "".join(pathlib.Path(word).read_text() for word in words if word.endswith("pyproject.toml"))
    if "nosuch" in text:
        sys.exit("error: No solution found\\n  Because nosuch was not found in the package registry, no.")
    if "silent" in text:
        sys.exit("error: error sending request for url")
    names = re.findall(r'(?m)^  "([a-z0-9-]+)', text)
    out.write_text("".join(f"{{name}}==1.0 \\\\\\n    --hash=sha256:00\\n" for name in sorted(set(names))))
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a b 日本"
    for name in (PROJECT, *LOCKS, "pyproject.toml", "scripts/local_batch/pyproject.toml", "scripts/lock.sh"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    uv = tmp_path / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable))
    uv.chmod(0o755)
    monkeypatch.setattr(packages, "uv_program", lambda: str(uv))
    return root


def quiet(_line: object) -> None:
    return None


def texts(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text() for name in (PROJECT, *LOCKS)}


def test_a_package_is_added_locked_and_taken_out(clone: Path) -> None:
    assert "polars==1.0" in change_packages(clone, ["polars"], quiet)
    assert '"polars"' in (clone / PROJECT).read_text()
    for lock in LOCKS:  # the image, the clone's environment, and that with the development tools
        assert "polars==1.0" in (clone / lock).read_text()
    change_packages(clone, ["polars"], quiet, remove=True)
    assert "polars" not in "".join(texts(clone).values())


@pytest.mark.parametrize(
    ("package", "error", "what"),
    [
        ("nosuch", UsageError, "no versions fit. Because nosuch was not found in the package registry"),
        ("silent", ToolError, "uv could not lock silent: error: error sending request"),
        ("a b", UsageError, "is not a package of the index"),
        ("./local", UsageError, "is not a package of the index"),
        ("git+https://x/y", UsageError, "is not a package of the index"),
        ("x @ https://x/y.whl", UsageError, "is not a package of the index"),
        ("--index-url=x", UsageError, "is not a package of the index"),
    ],
)
def test_what_cannot_be_had_changes_nothing(clone: Path, package: str, error: type[Exception], what: str) -> None:
    before = texts(clone)
    with pytest.raises(error) as caught:
        change_packages(clone, ["good", package], quiet)
    assert what.replace("silent: ", "good silent: ") in str(caught.value)
    assert texts(clone) == before


def test_a_disk_that_is_full_changes_nothing(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = texts(clone)
    write, written = packages.write_whole, []

    def full(path: Path, text: str) -> None:
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device", str(path))
        write(path, text)

    monkeypatch.setattr(packages, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        change_packages(clone, ["polars"], quiet)
    assert texts(clone) == before


def test_the_clones_environment_has_what_jobs_import() -> None:
    """Else a job that runs in the image does not run on a laptop, nor its test."""
    image = packages._locked(ROOT / LOCKS[0])
    assert image
    assert image <= packages._locked(ROOT / LOCKS[1])
    assert image <= packages._locked(ROOT / LOCKS[2])
