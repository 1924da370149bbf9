"""awa_runtime: a child's row, the original index in a retry, configurations by address."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from pydantic import BaseModel

from awa_batch.request import Items
from awa_batch.request.each import manifest
from awa_runtime import (
    ConfigError,
    ManifestError,
    array_index,
    array_size,
    manifest_index,
    manifest_row,
    read_config,
    read_manifest_row,
)
from awa_runtime import remote as runtime_remote
from awa_runtime.index_map import parse_index_map

BUCKET = "the-bucket"
Variables = Callable[..., None]


class Row(BaseModel):
    name: str
    api_token: str = ""


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    """Return a function that sets just these variables."""
    for name in [name for name in os.environ if name.startswith(("AWS_BATCH", "AWA_BATCH"))]:
        monkeypatch.delenv(name)

    def set_them(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_them


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 and Systems Manager of moto, and a bucket."""
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "ap-northeast-1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    runtime_remote._client.cache_clear()
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        yield s3
    runtime_remote._client.cache_clear()


# -------------------------------------------------------------------- index map
def test_a_retrys_child_has_its_original_index(variables: Variables) -> None:
    variables(
        AWS_BATCH_JOB_ARRAY_INDEX="3", AWS_BATCH_JOB_ARRAY_SIZE="15", AWA_BATCH_INDEX_MAP="3,17,40-52",
        AWA_BATCH_ARRAY_SIZE="100",
    )  # fmt: skip
    assert (array_index(), array_size()) == (41, 100)


def test_a_retry_of_one_child_is_a_plain_job(variables: Variables) -> None:
    variables(AWA_BATCH_INDEX_MAP="17", AWA_BATCH_ARRAY_SIZE="100")
    assert (array_index(), array_size()) == (17, 100)


@pytest.mark.parametrize("text", ["", "a", "3,", "3--4", "5-4", "3, 4", "٣"])
def test_a_malformed_map_names_the_variable(text: str, variables: Variables) -> None:
    variables(AWA_BATCH_INDEX_MAP=text)
    with pytest.raises(ValueError, match=r"AWA_BATCH_INDEX_MAP: .* is neither an index nor a range"):
        array_index()


def test_a_map_that_is_too_short(variables: Variables) -> None:
    variables(AWA_BATCH_INDEX_MAP="4,5", AWS_BATCH_JOB_ARRAY_INDEX="2")
    with pytest.raises(ValueError, match="AWA_BATCH_INDEX_MAP has 2 indexes; this is child 2"):
        array_index()


@given(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 50)), min_size=1, max_size=20))
def test_every_place_of_a_map(parts: list[tuple[int, int]]) -> None:
    text = ",".join(f"{start}-{start + more}" if more else str(start) for start, more in parts)
    expected = [index for start, more in parts for index in range(start, start + more + 1)]
    found = parse_index_map(text)
    assert [found[place] for place in range(len(found))] == expected
    with pytest.raises(IndexError):
        found[len(found)]


def test_a_long_map_lies_in_s3(aws: Any, variables: Variables) -> None:
    aws.put_object(Bucket=BUCKET, Key="submit/map.txt", Body=b"5,7\n")
    variables(AWA_BATCH_INDEX_MAP=f"s3://{BUCKET}/submit/map.txt", AWS_BATCH_JOB_ARRAY_INDEX="1")
    assert array_index() == 7


# --------------------------------------------------------------------- manifest
def put_manifest(s3: Any, *rows: Any) -> str:
    lines = tuple(json.dumps(row, ensure_ascii=False) for row in rows)
    uploads = manifest(BUCKET, Items(Path("x"), lines))
    for upload in uploads:
        s3.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.body)
    return uploads[0].uri


def test_each_child_reads_its_row_with_two_small_reads(aws: Any, variables: Variables) -> None:
    uri = put_manifest(aws, *({"name": f"é{number}"} for number in range(1000)))
    variables(AWA_BATCH_MANIFEST=uri)
    asked: list[str] = []
    client = runtime_remote._client("s3")
    client.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: asked.append(params["headers"]["Range"])
    )
    for index in (0, 1, 999):
        variables(AWS_BATCH_JOB_ARRAY_INDEX=str(index))
        assert manifest_row(Row) == Row(name=f"é{index}")
        assert manifest_row() == {"name": f"é{index}"}
    assert len(asked) == 12
    assert asked[0] == "bytes=0-15"
    variables(AWS_BATCH_JOB_ARRAY_INDEX="1000")
    with pytest.raises(ManifestError, match="has no row 1000"):
        read_manifest_row()
    variables(AWS_BATCH_JOB_ARRAY_INDEX="5000")
    with pytest.raises(ManifestError, match="has no row 5000"):
        read_manifest_row()


def test_the_offset_and_the_map_go_together(aws: Any, variables: Variables) -> None:
    uri = put_manifest(aws, *({"name": str(number)} for number in range(50)))
    variables(AWA_BATCH_MANIFEST=uri, AWA_BATCH_MANIFEST_OFFSET="20")
    assert (manifest_index(), manifest_row()["name"]) == (20, "20")
    variables(AWS_BATCH_JOB_ARRAY_INDEX="1", AWA_BATCH_INDEX_MAP="2,5")
    assert (manifest_index(), manifest_row()["name"]) == (25, "25")


def test_on_a_laptop_a_file_does(tmp_path: Path, variables: Variables) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"name": "a"}\n\n{"name": "b"}\n')
    variables(AWA_BATCH_MANIFEST=str(file), AWS_BATCH_JOB_ARRAY_INDEX="1")
    assert manifest_row(Row).name == "b"
    variables(AWS_BATCH_JOB_ARRAY_INDEX="2")
    with pytest.raises(ManifestError, match="has no row 2"):
        read_manifest_row()


def test_a_row_that_does_not_fit_is_refused_without_its_secrets(
    tmp_path: Path, variables: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"name": 5, "api_token": ["hush"]}\nno json\n')
    variables(AWA_BATCH_MANIFEST=str(file))
    with pytest.raises(SystemExit) as left:
        manifest_row(Row)
    told = capsys.readouterr().err
    assert left.value.code == 2
    assert f"2 values in row 0 of {file} cannot be used (Row)" in told
    assert "hush" not in told
    variables(AWS_BATCH_JOB_ARRAY_INDEX="1")
    with pytest.raises(ManifestError, match=r"row 1 of .* is not JSON"):
        read_manifest_row()


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({}, "AWA_BATCH_MANIFEST is not set"),
        ({"AWA_BATCH_MANIFEST": "/no/such/file"}, "there is no such manifest"),
        ({"AWA_BATCH_MANIFEST": "x", "AWA_BATCH_MANIFEST_OFFSET": "-1"}, "AWA_BATCH_MANIFEST_OFFSET is '-1'"),
        ({"AWA_BATCH_MANIFEST": "x", "AWS_BATCH_JOB_ARRAY_INDEX": "y"}, "AWS_BATCH_JOB_ARRAY_INDEX is 'y'"),
    ],
)
def test_what_is_wrong_with_a_manifest(values: dict[str, str], what: str, variables: Variables) -> None:
    variables(**values)
    with pytest.raises(ManifestError, match=what):
        read_manifest_row()


def test_a_manifest_that_aged_out(aws: Any, variables: Variables) -> None:
    variables(AWA_BATCH_MANIFEST=f"s3://{BUCKET}/submit/gone.jsonl")
    with pytest.raises(ManifestError, match="It may have aged out"):
        read_manifest_row()


# ------------------------------------------------------- configurations by address
@pytest.mark.parametrize("how", ["variable", "flag"])
@pytest.mark.parametrize("uri", [f"s3://{BUCKET}/submit/c.json", "ssm:/demo/config", "ssm:///demo/config"])
def test_a_configuration_by_address(how: str, uri: str, aws: Any, variables: Variables) -> None:
    aws.put_object(Bucket=BUCKET, Key="submit/c.json", Body='{"name": "é"}'.encode())
    boto3.client("ssm").put_parameter(Name="/demo/config", Value='{"name": "é"}', Type="SecureString")
    if how == "variable":
        variables(CONFIG_JSON=uri)
    assert read_config(Row, ["--param_json", uri] if how == "flag" else []) == Row(name="é")


@pytest.mark.parametrize(
    ("uri", "what"),
    [
        (f"s3://{BUCKET}/none", "there is no such object"),
        ("s3://no-such-bucket/a", "cannot be read: .*\n  Check bucket and key."),
        (f"s3://{BUCKET}", "names no object"),
        (f"s3://{BUCKET}/empty", "is empty"),
        (f"s3://{BUCKET}/bytes", "is not UTF-8 text"),
        (f"s3://{BUCKET}/text", "is not valid JSON: line 1, column 1"),
        ("ssm:/none", "Check the parameter's name and the region."),
        ("ssm://", "names no parameter"),
    ],
)
def test_an_address_that_gives_nothing_names_itself(uri: str, what: str, aws: Any, variables: Variables) -> None:
    for key, body in (("empty", b" \n"), ("bytes", b"\xff"), ("text", b"hello")):
        aws.put_object(Bucket=BUCKET, Key=key, Body=body)
    variables(CONFIG_JSON=uri)
    with pytest.raises(ConfigError, match=what) as caught:
        read_config(Row, [])
    assert uri in str(caught.value)


def test_without_credentials_it_says_what_to_check(monkeypatch: pytest.MonkeyPatch, variables: Variables) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    runtime_remote._client.cache_clear()
    variables(CONFIG_JSON=f"s3://{BUCKET}/a")
    with pytest.raises(ConfigError, match="Check the network and the credentials"):
        read_config(Row, [])
    runtime_remote._client.cache_clear()
