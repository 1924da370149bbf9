"""A package for job code: pyproject, the locks and the environment change together, or nothing does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images import packages
from awa_batch.images.packages import CLONE_LOCKS, change_packages
from awa_batch.images.projects import (
    image_lock,
    image_of_job,
    image_project,
    locked_images,
    projects,
    requirement_names,
)

ROOT = Path(__file__).resolve().parents[3]
PROJECT, LOCKS = image_project("latest"), (image_lock("latest"), *CLONE_LOCKS)

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
    if "onlyold" in text and "onlynew" in text:
        sys.exit("error: No solution found\\n  Because you require onlyold and onlynew, unsatisfiable.")
    if "untool" in text and 'name = "awa-batch"' in text:
        sys.exit("error: No solution found\\n  Because you require untool, unsatisfiable.")
    names = re.findall(r'(?m)^  "([a-z0-9-]+)', text)
    out.write_text("".join(f"{{name}}==1.0 \\\\\\n    --hash=sha256:00\\n" for name in sorted(set(names))))
"""


MORE = ("container/latest/Dockerfile", "jobs/version_test/run_batch.py", "jobs/s3_concat/run_batch.py")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a b 日本"
    for name in (PROJECT, *LOCKS, "pyproject.toml", "scripts/local_batch/pyproject.toml", "scripts/lock.sh", *MORE):
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
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def gpu(root: Path, job: str) -> None:
    """Give the clone an image ``gpu``, and have ``job`` run in it."""
    (root / "container/gpu").mkdir()
    for name in ("Dockerfile", "pyproject.toml", "requirements.lock"):
        shutil.copyfile(root / "container/latest" / name, root / "container/gpu" / name)
    (root / f"jobs/{job}/pyproject.toml").write_text('dependencies = [\n]\n[tool.awa-batch]\nimage = "gpu"\n')


def test_a_package_is_added_locked_and_taken_out(clone: Path) -> None:
    assert "polars==1.0" in change_packages(clone, ["polars"], quiet).pins
    assert '"polars"' in (clone / PROJECT).read_text()
    for lock in LOCKS:  # the image, the clone's environment, and that with the development tools
        assert "polars==1.0" in (clone / lock).read_text()
    change_packages(clone, ["polars"], quiet, remove=True)
    assert "polars" not in "".join((clone / name).read_text() for name in (PROJECT, *LOCKS))


def test_a_jobs_own_package_is_in_its_project_and_in_every_lock(clone: Path) -> None:
    before = (clone / PROJECT).read_text()
    locked = change_packages(clone, ["polars"], quiet, job="version_test")
    assert (locked.lock, locked.project) == (LOCKS[0], "jobs/version_test/pyproject.toml")
    assert "polars==1.0" in locked.pins
    assert (clone / PROJECT).read_text() == before
    assert '"polars"' in (clone / locked.project).read_text()
    assert "JOB" not in (clone / locked.project).read_text().replace("JOB=", "")
    change_packages(clone, ["rows"], quiet, job="s3_concat")
    for lock in LOCKS:
        assert {"polars==1.0", "rows==1.0", "boto3==1.0"} <= packages._pins(clone / lock)
    change_packages(clone, ["polars"], quiet, job="version_test", remove=True)
    assert "polars" not in (clone / LOCKS[0]).read_text()
    assert "rows==1.0" in (clone / LOCKS[0]).read_text()


def test_what_was_changed_by_hand_is_locked(clone: Path) -> None:
    (clone / "jobs/s3_concat/pyproject.toml").write_text('dependencies = [\n  "polars",\n]\n')
    assert "polars==1.0" in change_packages(clone, (), quiet).pins
    assert "polars==1.0" in (clone / LOCKS[1]).read_text()


def test_jobs_with_nothing_in_common_are_named(clone: Path) -> None:
    change_packages(clone, ["onlyold"], quiet, job="s3_concat")
    before = texts(clone)
    with pytest.raises(UsageError) as caught:
        change_packages(clone, ["onlynew"], quiet, job="version_test")
    assert caught.value.what == (
        "package onlynew: jobs/s3_concat and jobs/version_test have no versions in common. "
        "Because you require onlyold and onlynew, unsatisfiable."
    )
    assert "make new-image" in caught.value.fix
    assert texts(clone) == before


def test_what_does_not_fit_the_toolkit_is_told_as_that(clone: Path) -> None:
    before = texts(clone)
    with pytest.raises(UsageError, match="no versions fit the toolkit's own"):
        change_packages(clone, ["untool"], quiet, job="version_test")
    assert texts(clone) == before


def test_a_job_of_another_image_is_locked_there_and_nowhere_else(clone: Path) -> None:
    gpu(clone, "version_test")
    change_packages(clone, ["onlyold"], quiet, job="s3_concat")
    others = {name: text for name, text in texts(clone).items() if not name.startswith(("container/gpu", "jobs/v"))}
    locked = change_packages(clone, ["onlynew"], quiet, job="version_test")
    assert locked.lock == "container/gpu/requirements.lock"
    assert "onlynew==1.0" in (clone / "container/gpu/requirements.lock").read_text()
    assert others == {name: text for name, text in texts(clone).items() if name in others}
    assert projects(clone, "latest") == [PROJECT, "jobs/s3_concat/pyproject.toml"]
    assert projects(clone, "gpu") == ["container/gpu/pyproject.toml", "jobs/version_test/pyproject.toml"]


def test_a_job_with_a_lock_of_its_own_is_locked_on_top_of_all_others(clone: Path) -> None:
    (clone / "jobs/s3_concat/requirements.lock").write_text("x==1\n")
    (clone / "jobs/s3_concat/pyproject.toml").write_text("dependencies = [\n]\n")
    before = {name: text for name, text in texts(clone).items() if not name.startswith("jobs/s3_concat")}
    locked = change_packages(clone, ["onlyold"], quiet, job="s3_concat")
    assert locked.lock == "jobs/s3_concat/requirements.lock"
    assert {"onlyold==1.0", "boto3==1.0"} <= packages._pins(clone / locked.lock)
    assert before == {name: text for name, text in texts(clone).items() if name in before}
    change_packages(clone, ["polars"], quiet, job="version_test")
    assert "polars==1.0" in (clone / locked.lock).read_text()  # what all jobs may import is below it
    assert "onlyold" not in (clone / LOCKS[0]).read_text()
    before = texts(clone)
    with pytest.raises(UsageError, match=r"no versions"):
        change_packages(clone, ["onlynew"], quiet, job="version_test")
    assert texts(clone) == before
    with pytest.raises(UsageError, match="jobs/s3_concat"):
        change_packages(clone, ["onlynew"], quiet, job="s3_concat")
    assert texts(clone) == before


def test_jobs_and_images_that_are_none_are_refused(clone: Path) -> None:
    with pytest.raises(UsageError, match="there is no such job") as caught:
        change_packages(clone, ["polars"], quiet, job="nope")
    assert caught.value.fix == "Jobs: s3_concat, version_test (jobs/<job>)."
    with pytest.raises(UsageError, match="has no packages of its own"):
        change_packages(clone, ["polars"], quiet, job="version_test", remove=True)
    (clone / "jobs/version_test/pyproject.toml").write_text('[tool.awa-batch]\nimage = "gpu"\n')
    with pytest.raises(UsageError, match="there is no image 'gpu'"):
        change_packages(clone, ["polars"], quiet)
    (clone / "jobs/version_test/pyproject.toml").write_text("[tool\n")
    with pytest.raises(UsageError, match="is not a project"):
        image_of_job(clone, "version_test")


@pytest.mark.parametrize(
    ("package", "error", "what"),
    [
        (
            "nosuch",
            UsageError,
            "no versions fit in container/latest. Because nosuch was not found in",
        ),
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
    image = packages._pins(ROOT / LOCKS[0])
    assert image
    assert image <= packages._pins(ROOT / LOCKS[1])
    assert image <= packages._pins(ROOT / LOCKS[2])


def test_every_lock_holds_what_its_projects_ask_for() -> None:
    for image in locked_images(ROOT):
        locked = {pin.split("==")[0] for pin in packages._pins(ROOT / image_lock(image))}
        for project in projects(ROOT, image):
            assert requirement_names((ROOT / project).read_text()) <= locked, f"lock again: {project}"
