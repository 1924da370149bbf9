"""Building: what is passed to the builder, base images, and how failures read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images import base_images, build
from awa_batch.images.base_images import BaseImageUnavailableError
from awa_batch.images.base_names import base_names
from awa_batch.images.build import build_image
from awa_batch.images.buildkit import BuildFailedError
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.dockerfiles import argument_default, image_names
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.text import PLAIN, Part, Text
from tests.unit.images.conftest import FakeDocker

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = ROOT / "container" / "latest" / "Dockerfile"

# A builder that writes the image's id where it is told to, and keeps the secrets' files beside the log.
BUILDS = """
  out=""; previous=""
  for argument in "$@"; do
    [ "$previous" = --iidfile ] && echo sha256:abc >"$argument"
    case "$argument" in id=*,src=*) cp "${argument##*src=}" "$(dirname "$0")/../${argument%%,*}" ;; esac
    previous=$argument
  done
  echo '#1 [internal] load build definition from Dockerfile'
  echo '#4 [build 2/3] RUN one'
  echo '#5 [build 3/3] RUN   two'
  echo '#4 CACHED'
  echo '#5 0.123 working'
  echo '#5 DONE 0.2s'
"""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CA_BUNDLE", "SSL_CERT_FILE", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)


def run(tmp_path: Path, name: str = "latest") -> tuple[build.BuiltImage, list[str]]:
    said: list[str] = []
    image = build_image(name, root=ROOT, engine=find_engine(), state_dir=tmp_path / "state", say=said.append)
    return image, said


def test_steps_that_run_are_said_and_cached_ones_are_not(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    image, said = run(tmp_path)
    assert image.image_id == "sha256:abc"
    assert image.reference == f"awa-batch/latest:{image.revision}"
    assert "  [build 3/3] RUN two" in said
    assert not [line for line in said if "RUN one" in line or "internal" in line]
    assert "working" in (tmp_path / "state" / "build-latest.log").read_text()


def test_a_platform_is_passed_on(docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]]) -> None:
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    run(tmp_path)
    build_image(
        "test", root=ROOT, engine=find_engine(), state_dir=tmp_path / "state", say=print, platform="linux/amd64"
    )
    one, two = (call for call in calls() if "buildx build" in call)
    assert "--platform" not in one
    assert "--platform linux/amd64" in two


def test_bundle_and_index_go_in_as_secrets_only(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    bundle = tmp_path / "company.pem"
    bundle.write_text("the bundle")
    monkeypatch.setenv("CA_BUNDLE", str(bundle))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "the index, with its password hunter2")
    run(tmp_path)
    (command,) = (call for call in calls() if "buildx build" in call)
    assert f"--secret id=ca_bundle,src={bundle}" in command
    assert (tmp_path / "id=ca_bundle").read_text() == "the bundle"
    assert (tmp_path / "id=uv_default_index").read_text() == "the index, with its password hunter2"
    assert "hunter2" not in command
    arguments = set(re.findall(r"--build-arg (\w+)=", command))
    assert arguments == {"PYTHON_IMAGE", "UV_IMAGE", "IMAGE_REVISION", "SOURCE_DATE_EPOCH"}


def test_a_bundle_that_is_named_but_missing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CA_BUNDLE", str(tmp_path / "gone.pem"))
    with pytest.raises(UsageError, match="CA_BUNDLE="):
        ca_bundle()


def test_the_usual_variable_is_taken_if_its_file_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    assert ca_bundle() is None
    (tmp_path / "gone.pem").touch()
    assert ca_bundle() == tmp_path / "gone.pem"
    (tmp_path / "own.pem").touch()
    monkeypatch.setenv("CA_BUNDLE", str(tmp_path / "own.pem"))
    assert ca_bundle() == tmp_path / "own.pem"


def test_uvs_own_index_variable_comes_before_pips(monkeypatch: pytest.MonkeyPatch) -> None:
    assert package_index() is None
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip")
    assert package_index() == "https://pip"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv")
    assert package_index() == "https://uv"


def test_a_build_that_fails_shows_its_last_lines(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true", inspect="exit 0", other="echo '#9 ERROR: no such file'; exit 17")
    with pytest.raises(BuildFailedError) as caught:
        run(tmp_path)
    assert "exit code 17" in caught.value.what
    assert "#9 ERROR: no such file" in caught.value.what
    assert str(tmp_path / "state" / "build-latest.log") in caught.value.fix


OFFLINE = "echo 'Error response from daemon: Get \"https://registry.example/v2/\": dial tcp: no such host' >&2; exit 1"


def test_a_base_image_that_cannot_be_had_is_an_error_of_its_own(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true", pull=OFFLINE)
    with pytest.raises(BaseImageUnavailableError) as caught:
        run(tmp_path)
    assert 'cannot be pulled: Get "https://registry.example/v2/": dial tcp: no such host' in caught.value.what
    assert "PYTHON_IMAGE" in caught.value.fix
    assert "make-base-images.sh" in caught.value.fix


def test_a_named_base_image_is_used(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", pull="exit 0", other=BUILDS)
    monkeypatch.setenv("PYTHON_IMAGE", "mirror.example/python:3.13")
    monkeypatch.setenv("UV_IMAGE", "mirror.example/uv:1")
    run(tmp_path)
    assert "a pull --quiet mirror.example/python:3.13" in calls()
    (command,) = (call for call in calls() if "buildx build" in call)
    assert "PYTHON_IMAGE=mirror.example/python:3.13" in command
    assert "UV_IMAGE=mirror.example/uv:1" in command


ONLY_PYTHON = 'case "$*" in *python:*) exit 0 ;; *) exit 1 ;; esac'


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="stand-ins are made on Linux only")
def test_uv_that_cannot_be_pulled_is_taken_from_this_environment(
    docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect=ONLY_PYTHON, pull=OFFLINE, other=BUILDS)
    _, said = run(tmp_path)
    version = base_names(ROOT)["UV_IMAGE"].tag
    assert [line for line in said if "making a stand-in from the uv of this toolkit's environment" in line]
    assert [call for call in calls() if f"--tag awa-batch.local/uv:{version}" in call]
    assert [call for call in calls() if f"UV_IMAGE=awa-batch.local/uv:{version}" in call]


@pytest.mark.parametrize(("uv_image", "part"), [(None, "is not on this engine"), ("mirror/uv:1", "UV_IMAGE=mirror")])
def test_no_uv_at_all_is_an_error(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv_image: str | None, part: str
) -> None:
    docker("a", buildx="true", inspect=ONLY_PYTHON, pull=OFFLINE, other=BUILDS)
    monkeypatch.setattr(base_images, "_uv_program", lambda _version: None)
    if uv_image:
        monkeypatch.setenv("UV_IMAGE", uv_image)
    with pytest.raises(ToolError, match=part):
        run(tmp_path)


def test_an_image_that_is_not_ours_is_refused(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true")
    with pytest.raises(UsageError, match="no image 'runtime' to build"):
        run(tmp_path, "runtime")


# ------------------------------------------------------------------ the files themselves


def test_the_images_uv_is_that_of_the_toolkits_lock() -> None:
    """Else hosts without a container registry could not make the stand-in."""
    version = base_names(ROOT)["UV_IMAGE"].tag
    assert f"\nuv=={version} " in (ROOT / "requirements.lock").read_text()


def test_the_images_version_is_the_projects() -> None:
    import tomllib

    project = tomllib.loads((DOCKERFILE.parent / "pyproject.toml").read_text())["project"]
    assert argument_default(DOCKERFILE, "IMAGE_VERSION") == project["version"]


def test_the_lock_has_hashes_for_all_and_names_no_index() -> None:
    lock = (DOCKERFILE.parent / "requirements.lock").read_text()
    pins = re.findall(r"^[a-z0-9.-]+==.*$", lock, re.MULTILINE)
    assert len(pins) >= 10
    assert len(re.findall(r"^[a-z0-9.-]+==\S+(?: ; [^\\]+)? \\\n    --hash=sha256:", lock, re.MULTILINE)) == len(pins)
    assert "://" not in lock
    assert "--index" not in lock


@pytest.mark.parametrize("name", image_names(ROOT))
def test_no_entry_point_and_no_frontend_line(name: str) -> None:
    lines = (ROOT / "container" / name / "Dockerfile").read_text().splitlines()
    assert not [line for line in lines if line.startswith("# syntax")]
    if name == "aws-batch-local":  # no image of jobs: what stands behind its name are the server's options
        assert lines[-1].startswith('ENTRYPOINT ["aws-batch-local", "serve"')
    else:
        assert not [line for line in lines if line.startswith("ENTRYPOINT")]
        assert lines[-1].startswith("CMD [")
    assert "USER 10001:10001" in lines


# ------------------------------------------------------------------ digests

PINNED = f"python:3.13-slim-trixie@sha256:{'1' * 64}"
STAND_IN_ONLY = 'case "$*" in *--format*index*trixie) echo yes ;; *@sha256:*) exit 1 ;; *) exit 0 ;; esac'


def pinned(tmp_path: Path) -> Path:
    """Return a clone whose base images have digests."""
    root = tmp_path / "clone"
    (root / "container/test").mkdir(parents=True)
    for name in ("container/test/Dockerfile", "container/test/check.py"):
        (root / name).write_text((ROOT / name).read_text())
    (root / "container/base_images.env").write_text(f"PYTHON_IMAGE={PINNED}\n")
    return root


@pytest.mark.parametrize("there", [True, False])
def test_a_digest_is_what_is_built_on(
    docker: FakeDocker, tmp_path: Path, there: bool, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect="exit 0" if there else "exit 1", pull="exit 0", other=BUILDS)
    said: list[object] = []
    build_image("test", root=pinned(tmp_path), engine=find_engine(), state_dir=tmp_path / "s", say=said.append)
    (command,) = (call for call in calls() if "buildx build" in call)
    assert f"--build-arg PYTHON_IMAGE={PINNED}" in command
    assert (f"a pull --quiet {PINNED}" in calls()) == (not there)
    assert not [line for line in said if "y tag" in str(line)]


def test_where_no_registry_is_reached_a_stand_in_goes_by_its_tag_and_that_is_said(
    docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect=STAND_IN_ONLY, pull=OFFLINE, other=BUILDS)
    said: list[object] = []
    build_image("test", root=pinned(tmp_path), engine=find_engine(), state_dir=tmp_path / "s", say=said.append)
    (command,) = (call for call in calls() if "buildx build" in call)
    assert "--build-arg PYTHON_IMAGE=python:3.13-slim-trixie " in command
    assert [line for line in said if "building on the stand-in python:3.13-slim-trixie, by its tag" in str(line)]


def test_another_image_with_that_tag_stands_in_for_nothing(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true", inspect='case "$*" in *@sha256:*) exit 1 ;; *) exit 0 ;; esac', pull=OFFLINE)
    with pytest.raises(BaseImageUnavailableError, match="@sha256:1111"):
        build_image("test", root=pinned(tmp_path), engine=find_engine(), state_dir=tmp_path / "s", say=print)


def test_a_build_says_what_goes_by_a_tag(docker: FakeDocker, tmp_path: Path) -> None:
    docker("a", buildx="true", inspect="exit 0", other=BUILDS)
    root = pinned(tmp_path)
    (root / "container/base_images.env").write_text("PYTHON_IMAGE=python:3\n")
    said: list[Part | Text] = []
    build_image("test", root=root, engine=find_engine(), state_dir=tmp_path / "s", say=said.append)
    told = [PLAIN.say(line) for line in said]
    assert "By tag, not by digest: python:3. Where a registry can be reached: `make pin`." in told


def test_the_environment_is_a_layer_of_the_lock_alone() -> None:
    """Else a changed job would install all packages again."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    stage = next(one for one in re.split(r"(?m)^FROM ", text) if " AS environment" in one.splitlines()[0])
    assert "uv pip sync" in stage
    assert set(re.findall(r"source=([^,\s]+)", stage)) == {
        "/uv",
        "container/latest/requirements.lock",
        "container/runtime",
    }
    assert not re.findall(r"(?m)^(?:COPY|ADD|ARG) ", stage)
