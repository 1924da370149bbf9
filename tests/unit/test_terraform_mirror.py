"""Where a provider mirror is looked for, and when it is taken."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.terraform.mirror import candidate_dirs, find_mirror, holds, locked_providers, platform_name

AWS = "registry.terraform.io/hashicorp/aws"
LOCK = f"""# This file is maintained automatically
provider "{AWS}" {{
  version     = "5.100.0"
  constraints = "~> 5.100"
  hashes = [
    "h1:abc=",
  ]
}}

provider "registry.terraform.io/hashicorp/null" {{
  version = "3.2.4"
  hashes  = ["h1:def="]
}}
"""
PROVIDERS = {AWS: "5.100.0", "registry.terraform.io/hashicorp/null": "3.2.4"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / ".terraform.lock.hcl"
    file.write_text(LOCK)
    return file


@pytest.fixture(autouse=True)
def nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(candidate_dirs, "__defaults__", (tmp_path / "opt",))


def unpacked(mirror: Path, version: str = "5.100.0", target: str = "") -> Path:
    (mirror / AWS / version / (target or platform_name())).mkdir(parents=True)
    (mirror / "registry.terraform.io/hashicorp/null/3.2.4" / platform_name()).mkdir(parents=True)
    return mirror


def packed(mirror: Path) -> Path:
    for address, version in PROVIDERS.items():
        folder = mirror / address
        folder.mkdir(parents=True)
        kind = address.rsplit("/", 1)[1]
        (folder / f"terraform-provider-{kind}_{version}_{platform_name()}.zip").touch()
    return mirror


def test_the_lock_file_tells_versions(lock: Path, tmp_path: Path) -> None:
    assert locked_providers(lock) == PROVIDERS
    assert locked_providers(tmp_path / "missing") == {}


def test_our_own_lock_files_can_be_read() -> None:
    roots = Path(__file__).resolve().parents[2] / "terraform" / "environments"
    for file in roots.glob("*/.terraform.lock.hcl"):
        assert locked_providers(file)[AWS].startswith("5.")


@pytest.mark.parametrize("make", [unpacked, packed])
def test_a_mirror_one_level_under_opt_is_found(make: object, lock: Path, tmp_path: Path) -> None:
    assert find_mirror(lock) is None
    (tmp_path / "opt" / "other").mkdir(parents=True)
    mirror = make(tmp_path / "opt" / "mirror")  # type: ignore[operator]
    assert find_mirror(lock) == mirror


@pytest.mark.skipif(sys.platform == "darwin", reason="XDG directories are Linux's")
@pytest.mark.parametrize("place", ["home/.terraform.d/plugins", "home/.local/share/terraform/plugins"])
def test_implied_mirrors_come_before_opt(place: str, lock: Path, tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    implied = unpacked(tmp_path / place)
    assert find_mirror(lock) == implied


@pytest.mark.skipif(sys.platform == "darwin", reason="XDG directories are Linux's")
def test_xdg_directories_are_honoured(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = unpacked(tmp_path / "share" / "terraform/plugins")
    assert find_mirror(lock) == shared
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert tmp_path / "home/.local/share/terraform/plugins" not in candidate_dirs(tmp_path)
    assert find_mirror(lock) == shared
    own = unpacked(tmp_path / "data" / "terraform/plugins")
    assert find_mirror(lock) == own


def test_a_mirror_for_another_version_or_machine_is_none(lock: Path, tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "old", version="5.99.0")
    unpacked(tmp_path / "opt" / "other", target="plan9_mips")
    assert find_mirror(lock) is None


def test_a_mirror_must_hold_every_provider(lock: Path, tmp_path: Path) -> None:
    (tmp_path / "opt" / "half" / AWS / "5.100.0" / platform_name()).mkdir(parents=True)
    assert find_mirror(lock) is None


def test_without_a_lock_no_mirror_is_guessed(tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    assert find_mirror(tmp_path / "missing") is None
    assert not holds(tmp_path / "opt" / "mirror", {})


def test_tf_plugin_dir_wins(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    monkeypatch.setenv("TF_PLUGIN_DIR", str(packed(tmp_path / "named")))
    assert find_mirror(lock) == tmp_path / "named"


def test_a_tf_plugin_dir_that_cannot_serve_is_an_error(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    monkeypatch.setenv("TF_PLUGIN_DIR", str(tmp_path / "empty"))
    with pytest.raises(UsageError, match=r"^TF_PLUGIN_DIR=.*/empty does not hold .*hashicorp/aws 5\.100\.0") as caught:
        find_mirror(lock)
    assert "unset it" in caught.value.fix


def test_a_missing_tf_plugin_dir_is_an_error_also_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_PLUGIN_DIR", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="does not hold providers"):
        find_mirror(tmp_path / "no-lock")


def test_folders_that_we_may_not_look_into_are_passed_over(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = unpacked(tmp_path / "opt" / "mirror")
    (tmp_path / "opt" / "closed").mkdir()
    real = os.stat

    def stat(path: object, *args: object, **options: object) -> os.stat_result:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat)
    assert find_mirror(lock) == mirror
