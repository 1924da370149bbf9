"""container/multi_repo: other repositories in an image, cloned in the build and as submodules."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.docker_engine import Engine
from awa_batch.images.downloads import ca_bundle
from tests.git_server import HttpsServer, SshServer, https_server, ssh_server
from tests.image.conftest import ROOT, Run
from tests.image.multi_repo import project
from tests.image.test_secrets import search
from tests.repositories import EPOCH, commit, git, repository

PARAMETERS = (ROOT / "jobs/version_test/parameters.json").read_text()
TOKEN = "token-of-the-scoring-repository/+"
IMPORTS = """
import json, os, subprocess
import scoring.model, reporting
from awa_runtime import image_version
listed = subprocess.run(["find", "/app/repositories"], capture_output=True, text=True, check=True).stdout.split()
there = [os.path.join(d, n) for root in ("/app", "/opt") for d, _, f in os.walk(root) for n in (".", *f)]
newest = max(os.lstat(path).st_mtime for path in there)
print(json.dumps({
    "newest": newest,
    "found": [scoring.model.VALUE, reporting.VALUE], "compiled": os.path.exists(scoring.model.__cached__),
    "version": str(image_version()), "repositories": dict(image_version().repositories), "files": listed,
}))
"""


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Two repositories of other teams, and the commits of them that a job wants; both have gone on since."""
    folder = tmp_path_factory.mktemp("others")
    commits = {
        "scoring": repository(folder / "scoring", {
            "src/scoring/__init__.py": "", "src/scoring/model.py": "VALUE = 'scored'\n", "README.md": "text\n",
            "test_old.py": "print 'of Python 2'\n",
        }),
        "reporting": repository(folder / "reporting", {"reporting.py": "VALUE = 'reported'\n"}),
    }  # fmt: skip
    for name in commits:
        (folder / name / "later.py").write_text("")
        commit(folder / name)
    return folder, commits


@pytest.fixture(scope="module")
def https(others: tuple[Path, dict[str, str]], host: str, ca: tuple[Path, Path]) -> Iterator[HttpsServer]:
    with https_server(others[0], host, ca[1]) as server:
        server.tokens["scoring"] = TOKEN
        yield server


@pytest.fixture(scope="module")
def ssh(
    others: tuple[Path, dict[str, str]], host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SshServer]:
    with ssh_server(others[0], host, tmp_path_factory.mktemp("keys")) as server:
        yield server


@pytest.fixture(scope="module")
def cloned(
    others: tuple[Path, dict[str, str]],
    https: HttpsServer,
    ssh: SshServer,
    ca: tuple[Path, Path],
    engine: Engine,
    state: Path,
    built: dict[str, BuiltImage],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BuiltImage]:
    """An image with a repository by https and a token, and one by ssh."""
    folder = tmp_path_factory.mktemp("clone")
    root = project(folder, "multi_repo/clone", "pipelines")
    own = root / "container/pipelines"
    (own / "repositories.toml").write_text(
        f'[[repository]]\nname = "scoring"\nurl = "{https.url}/scoring"\ncommit = "{others[1]["scoring"]}"\n'
        'token = "SCORING_TOKEN"\n'
        f'[[repository]]\nname = "reporting"\nurl = "{ssh.url}/reporting"\ncommit = "{others[1]["reporting"]}"\n'
    )
    (own / "known_hosts").write_text(ssh.known_hosts)
    usual, bundle = ca_bundle(), folder / "company.pem"
    bundle.write_text((usual.read_text() if usual else "") + ca[0].read_text())
    commit(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CA_BUNDLE", str(bundle))
        patch.setenv("SCORING_TOKEN", TOKEN)
        patch.setenv("GIT_SSH_KEY", str(ssh.key))
        image = build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    yield image
    subprocess.run([str(engine.command), "image", "rm", image.reference], capture_output=True, check=False)


def report(run: Run, image: BuiltImage) -> dict[str, object]:
    done = run(image.reference, "python", "-c", IMPORTS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_job_imports_what_was_cloned(cloned: BuiltImage, others: tuple[Path, dict[str, str]], run: Run) -> None:
    said = report(run, cloned)
    assert said["found"] == ["scored", "reported"]
    assert said["compiled"] is True
    assert said["newest"] == EPOCH  # so that building it again gives the same image
    assert said["repositories"] == others[1]
    version = f"pipelines 0.1.0 ({cloned.revision}) with "
    assert said["version"] == version + ", ".join(f"{name} {others[1][name][:12]}" for name in ("reporting", "scoring"))
    files = [str(name) for name in said["files"]]  # type: ignore[attr-defined]
    assert "/app/repositories/scoring/README.md" in files
    assert not [name for name in files if "later" in name or "/.git" in name]


def test_its_labels_name_the_commits(cloned: BuiltImage, others: tuple[Path, dict[str, str]], engine: Engine) -> None:
    done = subprocess.run(
        [str(engine.command), "image", "inspect", "--format", "{{json .Config}}", cloned.reference],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    config = json.loads(done.stdout)
    assert json.loads(config["Labels"]["awa-batch.repositories"]) == others[1]
    assert "boto3==" in config["Labels"]["awa-batch.packages"]
    assert config["User"] == "10001:10001"
    assert not config.get("Entrypoint")


def test_the_token_was_needed_and_is_in_no_layer(
    cloned: BuiltImage, https: HttpsServer, ssh: SshServer, engine: Engine, tmp_path: Path
) -> None:
    assert ("scoring", TOKEN) in https.asked
    assert {name for name, _ in https.asked} == {"scoring"}
    archive = tmp_path / "image.tar"
    subprocess.run([str(engine.command), "save", "-o", str(archive), cloned.reference], check=True)
    key = ssh.key.read_text().splitlines()[2]
    marks = {
        "token": TOKEN.encode(), "in the url": TOKEN.replace("/", "%2F").replace("+", "%2B").encode(),
        "encoded": base64.b64encode(f"x-access-token:{TOKEN}".encode()), "key": key.encode(), "visible": b"'scored'",
    }  # fmt: skip
    assert search(archive, marks) == {"visible"}


@pytest.mark.usefixtures("built")
def test_a_commit_that_is_not_there_fails_the_build(
    https: HttpsServer,
    ca: tuple[Path, Path],
    engine: Engine,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = project(tmp_path, "multi_repo/clone", "pipelines")
    (root / "container/pipelines/repositories.toml").write_text(
        f'[[repository]]\nname = "reporting"\nurl = "{https.url}/reporting"\ncommit = "{"0" * 39}1"\n'
    )
    usual, bundle = ca_bundle(), tmp_path / "company.pem"
    bundle.write_text((usual.read_text() if usual else "") + ca[0].read_text())
    monkeypatch.setenv("CA_BUNDLE", str(bundle))
    with pytest.raises(ToolError, match=f"reporting: {https.url}/reporting could not be cloned at 0{{39}}1: fatal: "):
        build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)


@pytest.mark.usefixtures("built")
def test_submodules_are_checked_and_go_in(
    others: tuple[Path, dict[str, str]], engine: Engine, state: Path, run: Run, tmp_path: Path
) -> None:
    root = project(tmp_path, "multi_repo/submodules", "pipelines")
    for name, wanted in others[1].items():
        where = f"container/pipelines/repositories/{name}"
        git(root, "submodule", "--quiet", "add", str(others[0] / name), where)
        git(root / where, "checkout", "--quiet", wanted)
    commit(root)
    image = build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    try:
        said = report(run, image)
        assert said["found"] == ["scored", "reported"]
        assert said["repositories"] == others[1]
        assert said["newest"] == EPOCH
        files = [str(name) for name in said["files"]]  # type: ignore[attr-defined]
        assert "/app/repositories/scoring/README.md" in files
        assert "/app/repositories/scoring/test_old.py" in files
        assert not [name for name in files if "later" in name or "/.git" in name]
    finally:
        subprocess.run([str(engine.command), "image", "rm", image.reference], capture_output=True, check=False)

    # As in a clone without --recurse-submodules: the check refuses, and so does the build by itself.
    git(root, "submodule", "--quiet", "deinit", "--all", "--force")
    with pytest.raises(UsageError, match=r"container/pipelines/repositories/reporting is not initialised"):
        build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    (root / "container/pipelines/before_build.py").unlink()
    with pytest.raises(ToolError, match=r"git submodule update --init --recursive"):
        build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)


def test_a_job_fetches_when_it_starts(
    others: tuple[Path, dict[str, str]],
    https: HttpsServer,
    ca: tuple[Path, Path],
    engine: Engine,
    state: Path,
    built: dict[str, BuiltImage],
    run: Run,
    tmp_path: Path,
) -> None:
    root = project(tmp_path, "multi_repo/runtime_download", "pipelines")
    own = root / "container/pipelines/repositories.toml"
    with pytest.raises(UsageError, match=r"container/pipelines/repositories\.toml is no list of repositories"):
        build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    own.write_text('[[repository]]\nname = "scoring"\nurl = "https://x.invalid/scoring"\nbranch = "main"\n')
    with pytest.raises(UsageError, match="branch 'main' may be other code tomorrow"):
        build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    own.write_text(
        f'[[repository]]\nname = "scoring"\nurl = "{https.url}/scoring"\ncommit = "{others[1]["scoring"]}"\n'
        'token = "SCORING_TOKEN"\n'
    )
    image = build_image("pipelines", root=root, engine=engine, state_dir=state, say=print)
    given = {"CONFIG_JSON": PARAMETERS, "SCORING_TOKEN": TOKEN, "SSL_CERT_FILE": "/ca.pem"}
    trusts = ("--volume", f"{ca[0]}:/ca.pem:ro")
    try:
        done = run(image.reference, "python", "run_batch.py", "version_test", options=trusts, **given)
        assert done.returncode == 0, done.stderr
        assert f"scoring {others[1]['scoring'][:12]}: fetched from {https.url}/scoring\n" in done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["repositories"] == {"scoring": others[1]["scoring"]}
        words = ("python", "-m", "awa_runtime", "python", "-c", "import scoring.model as m; print(m.VALUE)")
        assert run(image.reference, *words, options=trusts, **given).stdout == "scored\n"

        alone = ("--network", "none", *trusts)
        done = run(image.reference, "python", "run_batch.py", "version_test", options=alone, **given)
        assert (done.returncode, done.stdout) == (75, "")
        assert done.stderr.startswith(f"scoring: {https.url}/scoring does not answer (3 attempts): fatal: ")
        assert done.stderr.count("\n") == 2
    finally:
        subprocess.run([str(engine.command), "image", "rm", image.reference], capture_output=True, check=False)
