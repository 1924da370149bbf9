"""container/multi_repo/codeartifact: packages of a private index, whose token is in no layer and in no lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.docker_engine import Engine
from awa_batch.images.downloads import ca_bundle
from tests.image.conftest import Run
from tests.image.multi_repo import example, project
from tests.image.test_secrets import search
from tests.private_index import PrivateIndex, private_index, wheel
from tests.repositories import commit, git, repository

PACKAGE = "acme-scoring"


@pytest.fixture(scope="module")
def index(host: str, ca: tuple[Path, Path]) -> Iterator[PrivateIndex]:
    with private_index(host, ca[1]) as served:
        served.private = dict([wheel("acme_scoring", "1.4.0", "acme_scoring")])
        served.public = dict([wheel("acme_scoring", "99.0.0", "acme_scoring")])  # somebody else's, of the same name
        yield served


@pytest.fixture(scope="module")
def image(
    index: PrivateIndex,
    ca: tuple[Path, Path],
    engine: Engine,
    state: Path,
    built: dict[str, BuiltImage],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, BuiltImage]]:
    """The project in which it was locked and built, and the image: packages, and a submodule on top of them."""
    folder = tmp_path_factory.mktemp("private")
    root = project(folder, "multi_repo/codeartifact", "base")
    own = root / "container/base"
    (own / "index.toml").write_text(
        '[codeartifact]\ndomain = "acme"\nowner = "123456789012"\nrepository = "python"\nregion = "eu-west-1"\n'
    )
    text = (own / "pyproject.toml").read_text()
    (own / "pyproject.toml").write_text(text.replace("dependencies = []", f'dependencies = ["{PACKAGE}>=1"]'))
    usual, bundle = ca_bundle(), folder / "company.pem"
    bundle.write_text((usual.read_text() if usual else "") + ca[0].read_text())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "CA_BUNDLE": str(bundle), "AWS_CA_BUNDLE": str(bundle), "AWS_ENDPOINT_URL_CODEARTIFACT": index.url,
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        done = subprocess.run(
            [sys.executable, "container/base/lock.py"], cwd=root, capture_output=True, text=True, check=False,
            env={**os.environ, "UV_DEFAULT_INDEX": f"{index.url}/public/simple/", "UV_CACHE_DIR": str(folder / "uv")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        example(root, "multi_repo/submodules", "pipelines")
        built_on = root / "container/pipelines/Dockerfile"
        built_on.write_text(built_on.read_text().replace("awa-batch/latest", "awa-batch/base"))
        repository(folder / "scripts", {"src/steps_of_a_team.py": "import acme_scoring as a\nSTEPS = a.VALUE\n"})
        git(root, "submodule", "--quiet", "add", str(folder / "scripts"), "container/pipelines/repositories/scripts")
        commit(root)
        made = build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    yield root, made
    for name in (made.reference, f"awa-batch/base:{git(root, 'log', '-1', '--format=%h', '--abbrev=12')}"):
        subprocess.run([str(engine.command), "image", "rm", name], capture_output=True, check=False)


def test_the_lock_has_hashes_and_names_neither_index_nor_token(
    image: tuple[Path, BuiltImage], index: PrivateIndex
) -> None:
    lock = (image[0] / "container/base/requirements.lock").read_text()
    assert lock.startswith(f"{PACKAGE}==1.4.0 \\\n    --hash=sha256:")  # not 99.0.0 of the public index
    assert "://" not in lock
    assert index.token not in lock
    for call in index.given:
        assert (call["domain"], call["domain-owner"]) == ("acme", "123456789012")
    assert {call["duration"] for call in index.given if call["operation"] == "GetAuthorizationToken"} == {"900"}


def test_a_job_imports_the_package_and_what_lies_on_top(
    image: tuple[Path, BuiltImage], index: PrivateIndex, run: Run
) -> None:
    done = run(
        image[1].reference,
        "python",
        "-c",
        "import acme_scoring, boto3, steps_of_a_team as s; print(s.STEPS, acme_scoring.__cached__)",
    )
    assert done.returncode == 0, done.stderr
    value, cached = done.stdout.split()
    assert value == "1.4.0"
    assert run(image[1].reference, "ls", cached).returncode == 0
    assert index.asked[-1] == "/pypi/python/simple/acme-scoring/acme_scoring-1.4.0-py3-none-any.whl"


def test_the_token_is_in_no_layer(
    image: tuple[Path, BuiltImage], index: PrivateIndex, engine: Engine, state: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "image.tar"
    subprocess.run([str(engine.command), "save", "-o", str(archive), image[1].reference], check=True)
    marks = {"token": index.token.encode(), "address": index.url.encode(), "visible": b"VALUE = '1.4.0'"}
    assert search(archive, marks) == {"visible"}
    assert index.token not in (state / "build-base.log").read_text()
    done = subprocess.run(
        [str(engine.command), "image", "inspect", "--format", "{{json .Config.Labels}}", image[1].reference],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    labels = json.loads(done.stdout)
    packages = dict(pin.split("==") for pin in labels["awa-batch.packages"].split())
    assert packages[PACKAGE] == "1.4.0"
    assert "boto3" in packages
    assert json.loads(labels["awa-batch.repositories"]) == {
        "scripts": git(image[0].parent / "scripts", "rev-parse", "HEAD")
    }
