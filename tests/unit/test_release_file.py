"""The release file: digests only, one slot at a time, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.release import release_path, write_release

A = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa/latest@sha256:" + "a" * 64
B = "process.awa-batch.local/latest@sha256:" + "b" * 64


def test_the_file_is_what_terraform_takes(tmp_path: Path) -> None:
    assert write_release(tmp_path, "latest", A)
    assert release_path(tmp_path).name == "release.auto.tfvars.json"
    assert json.loads(release_path(tmp_path).read_text()) == {
        "release": {"images": {"latest": {"blue": A, "green": None}}}
    }
    assert release_path(tmp_path).read_text().endswith("}\n")


def test_other_slots_images_and_fields_are_left(tmp_path: Path) -> None:
    release_path(tmp_path).write_text(
        json.dumps({"release": {"images": {"latest": {"blue": A, "green": B}, "test": {"blue": A}}}, "more": 1})
    )
    assert write_release(tmp_path, "latest", B)
    assert write_release(tmp_path, "test", B, slot="green")
    assert json.loads(release_path(tmp_path).read_text()) == {
        "more": 1,
        "release": {"images": {"latest": {"blue": B, "green": B}, "test": {"blue": A, "green": B}}},
    }


def test_the_same_digest_changes_nothing(tmp_path: Path) -> None:
    write_release(tmp_path, "latest", A)
    release_path(tmp_path).chmod(0o444)
    before = release_path(tmp_path).stat()
    assert not write_release(tmp_path, "latest", A)
    assert release_path(tmp_path).stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "awa/latest",
        "awa/latest:1.0",
        "a@sha256:" + "a" * 63,
        "a@sha256:" + "A" * 64,
        "@sha256:" + "a" * 64,
        A + "\n",
    ],
)
def test_a_tag_is_refused(reference: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not an image by digest"):
        write_release(tmp_path, "latest", reference)
    assert not release_path(tmp_path).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"release": []}',
        '{"release": {"images": []}}',
        '{"release": {"images": {"latest": null}}}',
        "[" * 100_000,
        '{"release": {"images": {}}, "release": {"images": {}}}',
    ],
)
def test_a_malformed_file_is_named_and_left(text: str, tmp_path: Path) -> None:
    release_path(tmp_path).write_text(text)
    with pytest.raises(UsageError, match=r"release\.auto\.tfvars\.json is not a release file: ") as caught:
        write_release(tmp_path, "latest", A)
    assert "git" in caught.value.fix
    assert release_path(tmp_path).read_text() == text


def test_a_write_that_is_cut_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_release(tmp_path, "latest", A)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", cut)
    with pytest.raises(KeyboardInterrupt):
        write_release(tmp_path, "latest", B)
    assert json.loads(release_path(tmp_path).read_text())["release"]["images"]["latest"]["blue"] == A
    # What is left lying does not end in .auto.tfvars.json: Terraform would read it.
    assert [file.name for file in tmp_path.glob("*.auto.tfvars.json")] == ["release.auto.tfvars.json"]
