"""The gate by itself: who signed a request, and the error in the format of its service."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from local_batch import keys, state
from local_batch.front.gate import Gate
from local_batch.services.signatures import Signature, signature_of

KEYS = keys.draw()
SCOPE = "KEY/20260101/eu-west-1/sqs/aws4_request"


def environ(path: str = "/", **more: Any) -> dict[str, Any]:
    return {"PATH_INFO": path, "REQUEST_METHOD": "POST", "HTTP_HOST": "localhost:1", **more}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, Signature()),
        ({"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"},
         Signature("KEY", "sqs", "eu-west-1")),
        ({"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 SignedHeaders=host,Credential={SCOPE},Signature=0"},
         Signature("KEY", "sqs", "eu-west-1")),
        ({"HTTP_AUTHORIZATION": "AWS4-ECDSA-P256-SHA256 Credential=KEY/20260101/s3/aws4_request, Signature=0"},
         Signature("KEY", "s3")),
        ({"HTTP_AUTHORIZATION": "AWS KEY:c2ln"}, Signature("KEY", "s3")),
        ({"HTTP_AUTHORIZATION": "Bearer KEY"}, Signature()),
        ({"HTTP_AUTHORIZATION": "Bearer x", "QUERY_STRING": f"X-Amz-Credential={SCOPE}"}, Signature()),
        ({"QUERY_STRING": f"X-Amz-Credential={SCOPE.replace('/', '%2F')}"}, Signature("KEY", "sqs", "eu-west-1")),
        ({"QUERY_STRING": "a=b&AWSAccessKeyId=KEY&Signature=x"}, Signature("KEY", "s3")),
        ({"CONTENT_TYPE": "multipart/form-data; boundary=x",
          "wsgi.input": io.BytesIO(b'--x\r\nContent-Disposition: form-data; name="X-Amz-Credential"\r\n\r\n' +
                                   SCOPE.encode() + b"\r\n--x--")}, Signature("KEY", "sqs", "eu-west-1")),
        ({"CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": io.BytesIO(b"")}, Signature()),
    ],
)  # fmt: skip
def test_who_signed(given: dict[str, Any], wanted: Signature) -> None:
    assert signature_of(environ(**given)) == wanted


def refused(**given: Any) -> tuple[str, dict[str, str], bytes]:
    answer = Gate(["localhost"], KEYS, lambda _: False).refusal(environ(**given))
    assert answer is not None
    return answer.status, dict(answer.headers), answer.body


def authorized(service: str, key: str = "other") -> str:
    return f"AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/{service}/aws4_request, Signature=0"


def test_the_known_key_is_let_in_and_a_key_that_was_issued() -> None:
    gate = Gate(["localhost"], KEYS, lambda key: key == "ISSUED")
    for key in (KEYS.access_key_id, "ISSUED"):
        assert gate.refusal(environ(HTTP_AUTHORIZATION=authorized("iam", key))) is None
    for key in ("", "other", "\xff", KEYS.secret_access_key):
        assert gate.refusal(environ(HTTP_AUTHORIZATION=authorized("iam", key))) is not None


def test_errors_have_the_form_of_the_service() -> None:
    status, headers, body = refused(HTTP_AUTHORIZATION=authorized("cloudwatch"), HTTP_SMITHY_PROTOCOL="rpc-v2-cbor")
    assert (status, headers["Content-Type"]) == ("403 Forbidden", "application/cbor")
    assert b"UnrecognizedClientException" in body
    _, headers, body = refused(HTTP_X_AMZ_TARGET="Logs.X", CONTENT_TYPE="application/x-amz-json-1.0")
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert json.loads(body)["__type"] == "UnrecognizedClientException"
    assert b"<Errors><Error><Code>AuthFailure<" in refused(HTTP_AUTHORIZATION=authorized("ec2"))[2]
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    assert b"<Code>InvalidClientTokenId<" in refused(HTTP_AUTHORIZATION=authorized("iam"), **form)[2]
    assert b"<Code>InvalidClientTokenId<" in refused(**form)[2]
    assert b"<Code>InvalidClientTokenId<" in refused(QUERY_STRING="Action=GetCallerIdentity")[2]
    assert b"<Code>InvalidClientTokenId<" in refused(HTTP_AUTHORIZATION=authorized("route53"))[2]
    assert b"<Code>InvalidAccessKeyId<" in refused(HTTP_AUTHORIZATION=authorized("s3"), **form)[2]
    assert b"<Code>InvalidAccessKeyId<" in refused()[2]
    for path, service in (("/v1/submitjob", ""), ("/_batch/health", ""), ("/2015-03-31/functions/", "lambda")):
        given = {"HTTP_AUTHORIZATION": authorized(service)} if service else {}
        _, headers, body = refused(PATH_INFO=path, **given)
        assert headers["x-amzn-ErrorType"] == "UnrecognizedClientException"
        assert "message" in json.loads(body)


def test_cbor_is_read_by_botocore() -> None:
    from botocore.parsers import RpcV2CBORParser

    _, _, body = refused(HTTP_SMITHY_PROTOCOL="rpc-v2-cbor")
    parsed = RpcV2CBORParser().parse({"status_code": 403, "headers": {}, "body": body}, None)
    assert parsed["Error"]["Code"] == "UnrecognizedClientException"


def test_keys_are_random_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    drawn = [keys.draw() for _ in range(50)]
    assert len({one.access_key_id for one in drawn} | {one.secret_access_key for one in drawn}) == 100
    assert {len(one.secret_access_key) for one in drawn} == {40}
    assert all(one.access_key_id.startswith(keys.PREFIX) and one.access_key_id.isalnum() for one in drawn)
    assert drawn[0].secret_access_key not in repr(drawn[0])
    file = tmp_path / "keys.json"
    file.write_text("old")
    file.chmod(0o644)
    keys.write(file, drawn[0])
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.read(file) == drawn[0]
    for damaged in (b"\xff", b"[]", b"{", b'{"access_key_id": "x"}', b""):
        file.write_bytes(damaged)
        assert keys.read(file) is None


def test_what_is_shown_of_a_server_has_no_keys(tmp_path: Path) -> None:
    info = state.ServerInfo(1, 2, "http://127.0.0.1:2", "id", "now", "process", "asked for", keys=KEYS)
    state.write(tmp_path, info)
    found = state.read(tmp_path)
    assert found is not None
    assert found == info
    assert found.keys == KEYS
    for shown in (repr(info), str(info.as_dict()), (tmp_path / state.SERVER).read_text()):
        assert KEYS.access_key_id not in shown
        assert KEYS.secret_access_key not in shown
    state.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []
