"""container/multi_repo: what is refused before other repositories go into an image."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from awa_batch.errors import AwsError, UsageError
from awa_batch.images.before_build import before_build
from tests.private_index import private_index
from tests.repositories import commit, git, repository

ROOT = Path(__file__).resolve().parents[3]
COMMIT = "0123456789abcdef" * 2 + "01234567"
GOOD = {"name": "scoring", "url": "https://github.com/acme/scoring.git", "commit": COMMIT}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SCORING_TOKEN", "GIT_SSH_KEY", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    shutil.copytree(
        ROOT / "container/multi_repo", root / "container/multi_repo", ignore=shutil.ignore_patterns("__pycache__")
    )
    repository(root, {})
    return root


def write(root: Path, *entries: dict[str, object], hosts: str = "") -> None:
    lines = []
    for entry in entries:
        lines += ["[[repository]]", *(f"{name} = {json.dumps(value)}" for name, value in entry.items())]
    (root / "container/multi_repo/clone/repositories.toml").write_text("\n".join(lines))
    (root / "container/multi_repo/clone/known_hosts").write_text(hosts)


# ------------------------------------------------------------------ clone


@pytest.mark.parametrize("length", [40, 64])
def test_a_whole_commit_is_taken(clone: Path, length: int) -> None:
    wanted = (COMMIT + COMMIT)[:length]
    write(clone, {**GOOD, "commit": wanted})
    prepared = before_build(clone, "multi_repo/clone")
    assert (prepared.repositories, prepared.secrets, prepared.ssh) == ({"scoring": wanted}, {}, "")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"commit": "main"}, "commit 'main' is no whole commit id"),
        ({"commit": COMMIT[:12]}, "is no whole commit id"),
        ({"commit": "v1.2.0"}, "is no whole commit id"),
        ({"commit": COMMIT.upper()}, "is no whole commit id"),
        ({"commit": COMMIT + "\n"}, "is no whole commit id"),
        ({"commit": None}, "commit '' is no whole commit id"),
        ({"branch": "main"}, "branch 'main' may be another commit tomorrow"),
        ({"tag": "v1", "commit": None}, "tag 'v1' may be another commit tomorrow"),
        ({"commit": 7}, "commit 7 is no str"),
        ({"name": "../x"}, "name '../x' is no folder's name"),
        ({"name": None}, "name None is no folder's name"),
        ({"paths": "x"}, "there is no field paths"),
        ({"url": None}, "url '' is neither https nor ssh"),
        ({"url": "http://github.com/acme/scoring.git"}, "is neither https nor ssh"),
        ({"url": "git://github.com/acme/scoring.git"}, "is neither https nor ssh"),
        ({"url": "/srv/scoring"}, "is neither https nor ssh"),
        ({"url": "ext::sh -c x"}, "is neither https nor ssh"),
        ({"url": "--upload-pack=x@y:z"}, "is neither https nor ssh"),
        ({"url": "https://user:hunter2@github.com/acme/scoring.git"}, "its url holds a user or a password"),
        ({"token": "SCORING_TOKEN"}, "the variable SCORING_TOKEN is not set"),
        ({"url": "git@github.com:acme/scoring.git"}, "known_hosts has no key of github.com"),
        ({"url": "ssh://git@git.example:2222/x"}, r"known_hosts has no key of \[git.example\]:2222"),
        ({"url": "git@github.com:acme/scoring.git", "token": "X"}, "token is for https"),
    ],
)
def test_it_is_refused_and_told(clone: Path, change: dict[str, object], problem: str) -> None:
    entry = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    write(clone, entry)
    with pytest.raises(UsageError, match=problem) as caught:
        before_build(clone, "multi_repo/clone")
    assert "\n" not in caught.value.what
    assert caught.value.fix
    assert "container/multi_repo/clone/repositories.toml" in caught.value.what or "variable" in caught.value.what
    assert str(clone) not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_list_that_is_none_is_refused(clone: Path) -> None:
    file = clone / "container/multi_repo/clone/repositories.toml"
    for text, problem in (
        ((ROOT / "container/multi_repo/clone/repositories.toml").read_text(), "names no repository"),
        ("x", "cannot be read: "),
        ("repository = 1", "is no list of repositories"),
        ("[repository]\nname = 'x'", "is no list of repositories"),
        ("[[repositories]]\nname = 'x'", "is no list of repositories"),
    ):
        file.write_text(text)
        with pytest.raises(UsageError, match=problem):
            before_build(clone, "multi_repo/clone")
    write(clone, GOOD, GOOD)
    with pytest.raises(UsageError, match="two repositories have the name scoring"):
        before_build(clone, "multi_repo/clone")


def test_a_token_is_for_its_repository_alone(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORING_TOKEN", "a/b c\n")
    write(clone, {**GOOD, "token": "SCORING_TOKEN"}, {**GOOD, "name": "other", "url": "https://github.com/acme/x.git"})
    prepared = before_build(clone, "multi_repo/clone")
    assert prepared.secrets == {"git_credentials": "https://x-access-token:a%2Fb%20c@github.com/acme/scoring.git\n"}
    assert "a%2Fb" not in repr(prepared)


def test_ssh_needs_an_agent_or_a_key(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        clone, {**GOOD, "url": "git@github.com:acme/scoring.git"}, hosts="# x\ngitlab.com,github.com ssh-ed25519 AA\n"
    )
    with pytest.raises(UsageError, match="there is no ssh agent"):
        before_build(clone, "multi_repo/clone")
    monkeypatch.setenv("GIT_SSH_KEY", str(tmp_path / "key"))
    with pytest.raises(UsageError, match="there is no such file"):
        before_build(clone, "multi_repo/clone")
    (tmp_path / "key").touch()
    assert before_build(clone, "multi_repo/clone").ssh == f"default={tmp_path / 'key'}"
    monkeypatch.delenv("GIT_SSH_KEY")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/x")
    assert before_build(clone, "multi_repo/clone").ssh == "default"


# ------------------------------------------------------------------ submodules


FOLDER = "container/multi_repo/submodules/repositories"


@pytest.fixture
def with_submodule(clone: Path, tmp_path: Path) -> Path:
    repository(tmp_path / "inner", {"inner.py": ""})
    repository(tmp_path / "scoring", {"scoring.py": ""})
    git(tmp_path / "scoring", "submodule", "--quiet", "add", str(tmp_path / "inner"), "inner")
    commit(tmp_path / "scoring")
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "scoring"), f"{FOLDER}/scoring")
    git(clone, "submodule", "--quiet", "update", "--init", "--recursive")
    commit(clone)
    return clone


def refused(root: Path) -> str:
    with pytest.raises(UsageError) as caught:
        before_build(root, "multi_repo/submodules")
    assert caught.value.fix
    assert str(root) not in str(caught.value)
    return caught.value.what


def test_submodules_at_their_commits_are_taken(with_submodule: Path, tmp_path: Path) -> None:
    wanted = git(tmp_path / "scoring", "rev-parse", "HEAD")
    assert before_build(with_submodule, "multi_repo/submodules").repositories == {"scoring": wanted}


def test_without_a_submodule_there_is_nothing_to_build(clone: Path) -> None:
    assert refused(clone) == f"{FOLDER} holds no submodule."


def test_one_that_is_not_initialised_is_refused(with_submodule: Path) -> None:
    git(with_submodule / FOLDER / "scoring", "submodule", "--quiet", "deinit", "--force", "--all")
    assert refused(with_submodule) == f"The submodule {FOLDER}/scoring/inner is not initialised."
    git(with_submodule, "submodule", "--quiet", "deinit", "--force", "--all")
    assert refused(with_submodule) == f"The submodule {FOLDER}/scoring is not initialised."


def test_one_at_another_commit_is_refused(with_submodule: Path) -> None:
    commit(with_submodule / FOLDER / "scoring")
    assert "is at another commit than this repository has of it" in refused(with_submodule)


def test_one_with_changes_is_refused(with_submodule: Path) -> None:
    (with_submodule / FOLDER / "scoring/new.py").write_text("")
    assert "has changes that are not committed" in refused(with_submodule)


def test_a_folder_that_is_no_submodule_is_refused(with_submodule: Path) -> None:
    (with_submodule / FOLDER / "copied").mkdir()
    assert refused(with_submodule).startswith(f"{FOLDER}/copied is no submodule")


def test_outside_git_it_is_refused(clone: Path) -> None:
    (clone / FOLDER / "scoring").mkdir(parents=True)
    shutil.rmtree(clone / ".git")
    assert refused(clone).startswith(f"git cannot tell of {FOLDER}: ")


# ------------------------------------------------------------------ a private index

PRIVATE = "container/multi_repo/codeartifact"
HASH = f"    --hash=sha256:{'ab' * 32}"
ARTIFACT = '[codeartifact]\ndomain = "acme"\nowner = "123456789012"\nrepository = "python"\nregion = "eu-west-1"\n'
OTHER = '[index]\nurl = "https://packages.example.com/simple/"\nuser = "ci"\ntoken = "INDEX_TOKEN"\n'


@pytest.fixture
def private(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (clone / "container/latest").mkdir()
    (clone / "container/latest/requirements.lock").write_text(f"boto3==1.42.1 \\\n{HASH}\n")
    (clone / PRIVATE / "requirements.lock").write_text(f"acme-scoring==1.4.0 \\\n{HASH}\nboto3==1.42.1 \\\n{HASH}\n")
    (clone / PRIVATE / "index.toml").write_text(OTHER)
    monkeypatch.setenv("INDEX_TOKEN", "hunter2")
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    return clone


def secrets(root: Path) -> dict[str, str]:
    prepared = before_build(root, "multi_repo/codeartifact")
    assert (prepared.repositories, prepared.ssh) == ({}, "")
    return prepared.secrets


def test_any_index_by_https_is_read_with_its_token(private: Path) -> None:
    assert secrets(private) == {
        "private_index": "https://packages.example.com/simple/",
        "private_index_user": "ci",
        "private_index_token": "hunter2",
    }


def test_codeartifact_gives_address_and_token(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (private / PRIVATE / "index.toml").write_text(ARTIFACT)
    with private_index("127.0.0.1") as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CODEARTIFACT", served.url)
        assert secrets(private) == {
            "private_index": f"{served.url}/pypi/python/simple/",
            "private_index_user": "aws",
            "private_index_token": served.token,
        }
        where = {"domain": "acme", "domain-owner": "123456789012"}
        assert served.given == [
            {"operation": "GetRepositoryEndpoint", **where, "repository": "python", "format": "pypi"},
            {"operation": "GetAuthorizationToken", **where, "duration": "900"},
        ]
        served.denied = True
        with pytest.raises(AwsError, match="CodeArtifact gives no access to acme/python in eu-west-1: ") as caught:
            secrets(private)
        assert "sts:GetServiceBearerToken" in caught.value.fix
    with pytest.raises(AwsError, match="CodeArtifact cannot be asked for a token: Could not connect"):
        secrets(private)


@pytest.mark.parametrize(
    ("lock", "problem"),
    [
        ("", "names no package"),
        ("# nothing\n", "names no package"),
        ("acme-scoring==1.4.0\n", "'acme-scoring==1.4.0' is not pinned to a version with its hash"),
        (f"acme-scoring>=1.4.0 \\\n{HASH}\n", "'acme-scoring>=1.4.0' is not pinned"),
        (f"acme-scoring==1.* \\\n{HASH}\n", "'acme-scoring==1.\\*' is not pinned"),
        ("acme-scoring==1.4.0 \\\n    --hash=md5:ab\n", "is not pinned"),
        (f"acme @ https://u:hunter2@x/y.whl \\\n{HASH}\n", "'acme @ https://…@x/y.whl' is not pinned"),
        ("--index-url https://aws:hunter2@x/simple\n", "is not pinned"),
        ("-e ../scoring\n", "'-e ../scoring' is not pinned"),
        (f"Boto3==1.43.0 \\\n{HASH}\n", "has boto3 1.43.0, and container/latest has 1.42.1: there is one environment"),
    ],
)
def test_a_lock_that_pins_not_all_is_refused(private: Path, lock: str, problem: str) -> None:
    (private / PRIVATE / "requirements.lock").write_text(lock)
    with pytest.raises(UsageError, match=problem) as caught:
        secrets(private)
    assert f".venv/bin/python {PRIVATE}/lock.py" in caught.value.fix
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "index.toml cannot be read"),
        ("", "index.toml names no index"),
        (ARTIFACT + OTHER, "names codeartifact and index"),
        ("codeartifact = 1", "names codeartifact"),
        ("[devpi]\n", "names devpi"),
        (ARTIFACT.replace("domain", "# domain"), r"\[codeartifact\] has no domain"),
        (ARTIFACT + 'token = "x"\n', r"\[codeartifact\] has no field token"),
        (OTHER.replace("INDEX_TOKEN", "NO_SUCH"), "the variable NO_SUCH is not set"),
        (OTHER.replace("https", "http"), "the url is not https"),
        (OTHER.replace("//", "//u:hunter2@"), "the url is not https"),
    ],
)
def test_an_index_that_is_none_is_refused(private: Path, text: str, problem: str) -> None:
    (private / PRIVATE / "index.toml").write_text(text)
    with pytest.raises(UsageError, match=problem) as caught:
        secrets(private)
    assert "hunter2" not in str(caught.value)


def test_as_it_is_nothing_is_built(clone: Path) -> None:
    (clone / "container/latest").mkdir()
    (clone / "container/latest/requirements.lock").write_text("")
    with pytest.raises(UsageError, match=rf"{PRIVATE}/requirements\.lock names no package") as caught:
        secrets(clone)
    assert f"{PRIVATE}/pyproject.toml" in caught.value.fix
