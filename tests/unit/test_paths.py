"""Which clone is worked on, and where its state lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from awa_batch.errors import NoCloneError, UsageError
from awa_batch.paths import project_root, state_dir


def clone(folder: Path) -> Path:
    for mark in ("terraform/modules/platform", "scripts/awa_batch"):
        (folder / mark).mkdir(parents=True)
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)


def test_the_clone_above_the_working_directory_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = clone(tmp_path / "one")
    monkeypatch.chdir(root / "terraform/modules")
    assert project_root() == root


def test_the_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone(tmp_path / "one"))
    monkeypatch.setenv("AWA_BATCH_ROOT", str(clone(tmp_path / "two")))
    assert project_root() == tmp_path / "two"


def test_elsewhere_the_installed_clone_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert project_root() == Path(__file__).resolve().parents[2]


def test_a_variable_that_names_no_clone_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_ROOT", str(tmp_path))
    with pytest.raises(UsageError, match=r"^AWA_BATCH_ROOT=.* is not an awa-batch project"):
        project_root()


def test_no_clone_at_all_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("awa_batch.paths.__file__", str(tmp_path / "lib/python3/site-packages/awa_batch/paths.py"))
    with pytest.raises(UsageError, match="No awa-batch project found") as caught:
        project_root()
    assert "AWA_BATCH_ROOT" in caught.value.fix


@pytest.fixture
def no_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AWA_BATCH_STATE_DIR", raising=False)
    monkeypatch.setattr("awa_batch.paths.__file__", str(tmp_path / "lib/python3/site-packages/awa_batch/paths.py"))
    return tmp_path


def test_without_a_clone_each_contract_has_a_state(no_clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for contract in ("c.json", str(no_clone / "c.json"), "other.json", "s3://bucket/contract.json"):
        monkeypatch.setenv("AWA_BATCH_CONTRACT", contract)
        found.append(state_dir())
    assert found[0] == found[1]
    assert len(set(found)) == 3
    assert all(folder.parent == no_clone / "home/.local/state/awa-batch" for folder in found)


def test_without_a_clone_and_a_contract_there_is_no_state(no_clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWA_BATCH_CONTRACT", raising=False)
    with pytest.raises(NoCloneError, match="this needs a clone") as caught:
        state_dir()
    assert "AWA_BATCH_CONTRACT" in caught.value.fix


def test_two_clones_of_one_name_have_two_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for folder in ("a", "b"):
        monkeypatch.setenv("AWA_BATCH_ROOT", str(clone(tmp_path / folder / "awa-batch")))
        project_root.cache_clear()
        found.append(state_dir())
        assert state_dir() == found[-1]
    assert found[0] != found[1]
    assert all(path.parent == tmp_path / "home/.local/state/awa-batch" for path in found)
    assert all(path.name.startswith("awa-batch-") for path in found)
    assert not any(path.exists() for path in found)


def test_the_states_place_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_ROOT", str(clone(tmp_path / "one")))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state_dir().parent == tmp_path / "xdg/awa-batch"
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", "~/mine")
    assert state_dir() == tmp_path / "home/mine"
