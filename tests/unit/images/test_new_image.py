"""A new image: whole or not there, of latest's code in an environment of its own, with a repository in Terraform."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images import new_image as module
from awa_batch.images import packages
from awa_batch.images.dockerfiles import image_names, image_sources
from awa_batch.images.new_image import new_image
from awa_batch.images.packages import change_packages
from awa_batch.images.projects import locked_images
from awa_batch.images.tags import image_tag, image_version
from awa_batch.terraform.repositories import job_images, with_repository
from tests.repositories import commit, repository
from tests.unit.images.test_packages import FAKE_UV

ROOT = Path(__file__).resolve().parents[3]
FILES = (
    "container/latest/Dockerfile", "container/latest/pyproject.toml", "container/latest/requirements.lock",
    "container/latest/build_and_push.sh", "container/latest/run_batch.py", "container/runtime/pyproject.toml",
    "container/base_images.env", "jobs/version_test/run_batch.py", "scripts/lock.sh", "pyproject.toml",
    "scripts/local_batch/pyproject.toml", "requirements.lock", "requirements-dev.lock", ".dockerignore",
    "terraform/environments/dev/main.tf", "terraform/environments/prod/main.tf", "terraform/modules/platform/main.tf",
)  # fmt: skip
DEV = "terraform/environments/dev/main.tf"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a b 日本"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "scripts/awa_batch").mkdir()
    uv = tmp_path / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable))
    uv.chmod(0o755)
    monkeypatch.setattr(packages, "uv_program", lambda: str(uv))
    monkeypatch.setenv("AWA_BATCH_ROOT", str(root))
    return root


def quiet(_line: object) -> None:
    return None


def texts(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_new_image_is_whole(clone: Path) -> None:
    before = texts(clone)
    assert new_image(clone, "gpu", quiet, ["dev"]) == [clone / "container/gpu", clone / DEV]
    folder = clone / "container/gpu"
    assert {file.name for file in folder.iterdir()} == {
        "Dockerfile", "README.md", "build_and_push.sh", "pyproject.toml", "requirements.lock",
    }  # fmt: skip
    assert image_names(clone) == locked_images(clone) == ["gpu", "latest"]
    assert image_version(clone, "gpu") == "0.1.0"
    text = (folder / "Dockerfile").read_text()
    assert "source=container/gpu/requirements.lock" in text
    assert "IMAGE_NAME=gpu" in text
    assert 'title="awa-batch/gpu"' in text
    assert "latest" not in text.replace("container/latest/run_batch.py", "")
    for file in ("README.md", "pyproject.toml", "build_and_push.sh"):
        assert "IMAGE_NAME" not in (folder / file).read_text()
    assert (folder / "build_and_push.sh").stat().st_mode & 0o111
    assert "IMAGE=gpu" in (folder / "build_and_push.sh").read_text()
    assert "boto3==1.0" in (folder / "requirements.lock").read_text()
    after = {name: text for name, text in texts(clone).items() if not name.startswith("container/gpu/")}
    assert {name for name in before if before[name] != after[name]} == {DEV}


def test_hadolint_and_shellcheck_have_nothing_to_say(clone: Path) -> None:
    new_image(clone, "gpu", quiet)
    for words in (["hadolint", "container/gpu/Dockerfile"], ["shellcheck", "container/gpu/build_and_push.sh"]):
        done = subprocess.run(
            [str(ROOT / ".venv/bin" / words[0]), words[1]], cwd=clone, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "")


def test_its_tag_follows_the_code_and_its_own_lock(clone: Path) -> None:
    new_image(clone, "gpu", quiet)
    repository(clone, {})
    assert image_sources(clone, "gpu") == (
        "container/latest/run_batch.py", "container/runtime", "jobs", "container/gpu",
    )  # fmt: skip
    tags = {image_tag(clone, "gpu")}
    for name in ("jobs/version_test/run_batch.py", "container/latest/run_batch.py", "container/gpu/requirements.lock"):
        (clone / name).write_text("# another\n")
        commit(clone)
        tags.add(image_tag(clone, "gpu"))
    assert len(tags) == 4
    (clone / "container/latest/requirements.lock").write_text("# another\n")
    commit(clone)
    assert image_tag(clone, "gpu") in tags


def test_its_packages_are_its_own(clone: Path) -> None:
    new_image(clone, "gpu", quiet)
    before = {name: text for name, text in texts(clone).items() if not name.startswith("container/gpu/")}
    locked = change_packages(clone, ["polars"], quiet, image="gpu")
    assert (locked.lock, locked.project) == ("container/gpu/requirements.lock", "container/gpu/pyproject.toml")
    assert "polars==1.0" in (clone / "container/gpu/requirements.lock").read_text()
    assert before == {name: text for name, text in texts(clone).items() if name in before}
    with pytest.raises(UsageError, match="no such image with packages"):
        change_packages(clone, ["polars"], quiet, image="runtime")
    with pytest.raises(UsageError, match="in the image that the job runs in"):
        change_packages(clone, ["polars"], quiet, image="gpu", job="version_test")


@pytest.mark.parametrize(
    ("name", "fix"),
    [("latest", "Use another"), ("runtime", "Use another"), ("offline", "Use another"), ("GPU", "Use gpu."),
     ("a/b", "Use a-b."), ("..", "Use gpu."), ("x", "Use gpu."), ("a--b", "Use a-b."), ("-a", "Use gpu."),
     ("a" * 41, "Use aaa"), ("a\nb", "Use a-b.")],
)  # fmt: skip
def test_names_that_are_taken_or_bad_are_refused(clone: Path, name: str, fix: str) -> None:
    before = texts(clone)
    with pytest.raises(UsageError, match=r"^new_image ") as caught:
        new_image(clone, name, quiet, ["dev"])
    assert caught.value.fix.startswith(fix)
    assert texts(clone) == before


def test_what_cannot_be_locked_leaves_nothing(clone: Path) -> None:
    project = clone / "container/latest/pyproject.toml"
    project.write_text(project.read_text().replace("dependencies = [\n", 'dependencies = [\n  "silent",\n'))
    before = texts(clone)
    with pytest.raises(ToolError, match="could not lock"):
        new_image(clone, "gpu", quiet, ["dev"])
    assert texts(clone) == before


def test_an_environment_that_is_none_leaves_nothing(clone: Path) -> None:
    before = texts(clone)
    with pytest.raises(UsageError, match="nowhere"):
        new_image(clone, "gpu", quiet, ["dev", "nowhere"])
    assert texts(clone) == before


def test_a_disk_that_is_full_leaves_nothing(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = texts(clone)
    write, written = module.write_whole, []

    def full(path: Path, text: str) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device", str(path))
        write(path, text)

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        new_image(clone, "gpu", quiet, ["dev", "prod"])
    assert texts(clone) == before


# ------------------------------------------------------------------ Terraform


def main_tf(tmp_path: Path, text: str) -> Path:
    (tmp_path / "main.tf").write_text(f'module "platform" {{\n  source = "x"\n  release = var.release\n{text}}}\n')
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "  images = { repositories = { latest = {}, test = {}, gpu = {} } }\n"),
        (
            "  images = { repositories = { latest = {} } }\n",
            "  images = { repositories = { gpu = {}, latest = {} } }\n",
        ),
        (
            "  images = {\n    repositories = {\n      latest = {}\n    }\n  }\n",
            "  images = {\n    repositories = {\n      gpu = {}\n      latest = {}\n    }\n  }\n",
        ),
    ],
)
def test_a_repository_is_added(tmp_path: Path, before: str, after: str) -> None:
    root = main_tf(tmp_path, before)
    changed = with_repository(root, "gpu")
    assert changed is not None
    assert after in changed
    (root / "main.tf").write_text(changed)
    assert with_repository(root, "gpu") is None


@pytest.mark.parametrize(
    "text",
    ["  images = local.images\n", "  images = { encryption = {} }\n", "  images = { repositories = local.x }\n", "}{"],
)
def test_what_cannot_be_changed_for_sure_is_left_and_the_line_is_told(tmp_path: Path, text: str) -> None:
    root = main_tf(tmp_path, text)
    before = (root / "main.tf").read_text()
    with pytest.raises(UsageError) as caught:
        with_repository(root, "gpu")
    assert "gpu = {}" in caught.value.fix
    assert (root / "main.tf").read_text() == before


def test_the_images_of_jobs_are_read(tmp_path: Path) -> None:
    jobs = '  jobs = {\n    a = { image = "gpu" }\n    b = {}\n    c = null\n    d = { image = "test" }\n  }\n'
    assert job_images(main_tf(tmp_path, jobs)) == ["gpu", "test"]
    assert job_images(main_tf(tmp_path, "")) == []
    assert job_images(main_tf(tmp_path, "}{")) == []
    assert job_images(ROOT / "terraform/environments/dev") == []


def test_the_readme_keeps_the_sample_as_the_module_says(clone: Path) -> None:
    new_image(clone, "gpu", quiet)
    sample = re.search(r"sample = \{.*\}", (clone / "container/gpu/README.md").read_text())
    assert sample is not None
    assert f"Add {sample[0]} to keep it" in (ROOT / "terraform/modules/platform/variables.tf").read_text()
