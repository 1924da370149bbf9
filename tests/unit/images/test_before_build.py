"""What an image's before_build.py refuses and gives, and how images are built on each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from awa_batch.errors import AwsError, ToolError, UsageError
from awa_batch.images.before_build import Prepared, before_build
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.dockerfiles import base_image, dockerfile, image_chain, image_names, image_sources
from awa_batch.images.labels import REPOSITORIES, image_labels
from awa_batch.images.tags import image_tag
from tests.repositories import commit, git, repository
from tests.unit.images.conftest import FakeDocker
from tests.unit.images.test_build import BUILDS

ROOT = Path(__file__).resolve().parents[3]
COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    files = {
        "container/latest/Dockerfile": "ARG PYTHON_IMAGE=python:3\nARG IMAGE_VERSION=0.0.1\n",
        "container/latest/requirements.lock": "boto3==1.42.1 \\\n",
        "container/runtime/awa_runtime/__init__.py": "",
        "jobs/mine/run_batch.py": "print(3)\n",
        "container/pipelines/Dockerfile": "ARG BASE_IMAGE=awa-batch/latest\nARG IMAGE_VERSION=1.0.0\nARG IMAGE_NAME=x\n"
        "ARG IMAGE_REPOSITORIES={}\n",
        "container/pipelines/requirements.lock": "polars==1.2.3 \\\n",
        "container/deep/one/Dockerfile": "ARG BASE_IMAGE=debian:trixie\n",
    }
    repository(root, files)
    return root


def script(root: Path, text: str) -> None:
    (root / "container/pipelines/before_build.py").write_text(text)


# ------------------------------------------------------------------ images that are built on each other


def test_an_image_is_a_folder_with_a_dockerfile(clone: Path) -> None:
    assert image_names(clone) == ["deep/one", "latest", "pipelines"]
    for name in ("runtime", "../jobs", "deep", "deep/one/two", "", ".", "LATEST", "latest/"):
        with pytest.raises(UsageError, match="There is no image") as caught:
            dockerfile(clone, name)
        assert "deep/one, latest, pipelines" in caught.value.fix


def test_an_image_is_made_of_what_it_is_built_on_too(clone: Path) -> None:
    assert base_image(clone, "pipelines") == "latest"
    assert base_image(clone, "deep/one") is None
    assert image_chain(clone, "pipelines") == ["latest", "pipelines"]
    below = ("container/latest", "container/runtime", "jobs")
    assert image_sources(clone, "pipelines") == (*below, "container/pipelines")
    assert image_sources(clone, "deep/one") == ("container/deep/one",)
    labels = image_labels(clone, "pipelines", {"scoring": COMMIT})
    assert labels["awa-batch.packages"] == "boto3==1.42.1 polars==1.2.3"
    assert labels[REPOSITORIES] == f'{{"scoring":"{COMMIT}"}}'
    assert REPOSITORIES not in image_labels(clone, "latest")


def test_a_circle_is_refused(clone: Path) -> None:
    (clone / "container/latest/Dockerfile").write_text("ARG BASE_IMAGE=awa-batch/pipelines\n")
    with pytest.raises(UsageError, match="pipelines on latest on pipelines"):
        image_sources(clone, "pipelines")


def test_a_job_that_changes_gives_the_image_above_another_tag(clone: Path) -> None:
    before = image_tag(clone, "pipelines")
    assert re.fullmatch(r"1\.0\.0-[0-9a-f]{12}", before)
    (clone / "jobs/mine/run_batch.py").write_text("print(4)\n")
    dirty = image_tag(clone, "pipelines")
    assert dirty.startswith(f"{before}-dirty-")
    (clone / "container/latest/Dockerfile").write_text("ARG IMAGE_VERSION=0.0.2\n")
    assert image_tag(clone, "pipelines") not in (before, dirty)


def test_a_submodule_at_another_commit_gives_another_tag_and_its_files_are_not_listed(
    clone: Path, tmp_path: Path
) -> None:
    first = repository(tmp_path / "other", {"a.py": "1\n"})
    where = "container/pipelines/repositories/other"
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "other"), where)
    commit(clone)
    before = image_tag(clone, "pipelines")
    assert "dirty" not in before
    (tmp_path / "other/a.py").write_text("2\n")
    second = commit(tmp_path / "other")
    git(clone / where, "fetch", "--quiet")
    tags = {before}
    for wanted in (second, first):
        git(clone / where, "checkout", "--quiet", wanted)
        (clone / "jobs/mine/run_batch.py").write_text("print(4)\n")
        git(clone, "add", where)
        tags.add(image_tag(clone, "pipelines"))
    assert len(tags) == 3
    assert where not in image_labels(clone, "pipelines")["awa-batch.code"]


# ------------------------------------------------------------------ the script's answer


def test_an_image_without_a_script_needs_nothing(clone: Path) -> None:
    assert before_build(clone, "latest") == Prepared()


def test_what_a_script_gives_goes_into_the_build(
    clone: Path, docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    answer = {"repositories": {"scoring": COMMIT}, "ssh": "default", "secrets": {"a_b": "hunter2"}}
    script(clone, f"import os\nassert os.path.isdir('jobs')\nprint({json.dumps(answer)!r})")
    image = build_image("pipelines", root=clone, engine=find_engine(), state_dir=tmp_path / "state", say=print)
    below, own = (call for call in calls() if "buildx build" in call)
    assert "--tag awa-batch/latest:" in below
    assert "--secret" not in below
    reference = re.search(r"--tag (awa-batch/latest:\S+)", below)
    assert reference is not None
    assert f"--build-arg BASE_IMAGE={reference[1]} " in own
    assert "--build-arg IMAGE_NAME=pipelines " in own
    assert f'--build-arg IMAGE_REPOSITORIES={{"scoring":"{COMMIT}"}} ' in own
    assert f'--label awa-batch.repositories={{"scoring":"{COMMIT}"}} ' in own
    assert "--ssh default " in own
    assert "--secret id=a_b,src=" in own
    assert "hunter2" not in own
    assert (tmp_path / "id=a_b").read_text() == "hunter2"
    assert image.reference.startswith("awa-batch/pipelines:")


def test_what_a_script_refuses_is_wrong_usage_and_nothing_is_built(
    clone: Path, docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    script(clone, "import sys\nsys.exit(print('It is wrong.\\n  Correct it.', file=sys.stderr) or 2)")
    with pytest.raises(UsageError) as caught:
        build_image("pipelines", root=clone, engine=find_engine(), state_dir=tmp_path / "state", say=print)
    assert (caught.value.what, caught.value.fix) == ("It is wrong.", "Correct it.")
    script(clone, "import sys\nsys.exit(print('AWS says no.\\n  Ask for it.', file=sys.stderr) or 3)")
    with pytest.raises(AwsError, match="AWS says no"):
        build_image("pipelines", root=clone, engine=find_engine(), state_dir=tmp_path / "state", say=print)
    assert not [call for call in calls() if "buildx build" in call]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("raise KeyError('x')", r"before_build.py failed \(exit code 1\): KeyError: 'x'"),
        ("print('hello')", "printed no answer that can be used"),
        ("print('[]')", "not a JSON object"),
        ("""print('{"labels": {}}')""", "it has labels"),
        ("""print('{"repositories": {"scoring": "main"}}')""", "the repositories scoring have no whole commit id"),
        ("""print('{"secrets": {"a": 1}}')""", "secrets is not an object of texts"),
        ("""print('{"secrets": {"a,src=/etc/passwd": ""}}')""", "is no id of a secret"),
        ("""print('{"ssh": true}')""", "ssh is not a text"),
    ],
)
def test_a_script_that_fails_or_answers_nonsense_is_told(clone: Path, text: str, problem: str) -> None:
    script(clone, text)
    with pytest.raises(ToolError, match=problem):
        before_build(clone, "pipelines")
