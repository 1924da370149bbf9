"""Requests of those who do not own the local AWS: pages in a browser, other names, moto's own calls, other keys."""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from batch_support import READ_KEYS, REGION, LocalBatch, refused, signed
from botocore.exceptions import ClientError

from local_batch import state
from local_batch.keys import Keys


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: str


def ask(aws: LocalBatch, method: str, path: str, body: str = "", **headers: str) -> Reply:
    """Send a request as it is written here; a header's name has _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.server.port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        return Reply(reply.status, found, reply.read().decode(errors="replace"))
    finally:
        connection.close()


FORM = {"Content_Type": "application/x-www-form-urlencoded"}
JSON = {"Content_Type": "application/x-amz-json-1.1"}
REQUESTS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "batch": ("POST", "/v1/submitjob", '{"jobName": "x", "jobQueue": "q", "jobDefinition": "d"}', {}),
    "s3": ("GET", "/", "", {}),
    "iam": ("POST", "/", "Action=ListUsers&Version=2010-05-08", FORM),
    "sts": ("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", FORM),
    "ec2": ("POST", "/", "Action=DescribeVpcs&Version=2016-11-15", FORM),
    "secretsmanager": ("POST", "/", "{}", {**JSON, "X_Amz_Target": "secretsmanager.ListSecrets"}),
    "logs": ("POST", "/", "{}", {**JSON, "X_Amz_Target": "Logs_20140328.DescribeLogGroups"}),
    "lambda": ("GET", "/2015-03-31/functions/", "", {}),
}
"""A request for each kind of service; all but the one for Batch are answered with 200 where they are let in."""


@pytest.fixture
def hostile(process_aws: LocalBatch) -> LocalBatch:
    return process_aws


def of(service: str, aws: LocalBatch, authorization: str | None = None, **more: str) -> Reply:
    """Send a service its request, signed with the server's own key unless another ``authorization`` is given."""
    method, path, body, headers = REQUESTS[service]
    found = aws.signed(service) if authorization is None else authorization
    return ask(aws, method, path, body, **({"Authorization": found} if found else {}), **headers, **more)


# -- pages in a browser


@pytest.mark.parametrize("service", REQUESTS)
def test_an_aws_client_is_let_in(hostile: LocalBatch, service: str) -> None:
    assert of(service, hostile).status == (400 if service == "batch" else 200)


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://example.org"}, {"Origin": "null"}, {"Origin": ""}, {"Origin": "http://127.0.0.1"},
        {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "none"}, {"Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Dest": "image"}, {"Host": "example.org"}, {"Host": "127.0.0.1.example.org"},
        {"Host": "localhost.example.org:80"}, {"Host": ""}, {"Host": "[::2]"}, {"Host": "127.0.0.1@example.org"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("service", REQUESTS)
def test_no_service_answers_a_page_in_a_browser(hostile: LocalBatch, service: str, header: dict[str, str]) -> None:
    reply = of(service, hostile, **header)
    assert reply.status == 403
    assert "AccessDenied" in reply.body + reply.headers.get("x-amzn-errortype", "")
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_preflight_is_not_answered(hostile: LocalBatch) -> None:
    asked = {"Access_Control_Request_Method": "PUT", "Origin": "https://example.org"}
    reply = ask(hostile, "OPTIONS", "/bucket/key", **asked)
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_no_answer_may_be_read_by_a_page(hostile: LocalBatch) -> None:
    for service in REQUESTS:
        headers = of(service, hostile).headers
        assert not [name for name in headers if name.startswith("access-control-")], service


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:1", "bucket.localhost"])
def test_its_own_names_are_answered(hostile: LocalBatch, host: str) -> None:
    assert of("iam", hostile, Host=host).status == 200


def test_a_whole_address_as_path_changes_nothing(hostile: LocalBatch) -> None:
    assert ask(hostile, "GET", "http://example.org/", Authorization=hostile.signed("s3")).status == 403


# -- moto's own calls


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/", "/moto-api", "/moto-api/data.json", "/moto-api/reset", "/moto-api/config", "/moto-api/seed?a=1",
        "/moto-api/recorder/start-recording", "/moto-api/recorder/replay-recording", "/%6Doto-api/reset",
        "//moto-api/reset", "/moto-api/../moto-api/reset", "/favicon.ico", "/%256Doto-api/reset",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_motos_own_calls_are_not_there(hostile: LocalBatch, path: str, method: str) -> None:
    for headers in ({}, {"Authorization": hostile.signed("s3")}, {"Authorization": hostile.signed("motoapi")}):
        assert ask(hostile, method, path, **headers).status == 404


def test_moto_is_not_reset(hostile: LocalBatch) -> None:
    s3, bucket = hostile.client("s3", "us-east-1"), hostile.name("kept")
    s3.create_bucket(Bucket=bucket)
    ask(hostile, "POST", "/moto-api/reset")
    assert bucket in {one["Name"] for one in s3.list_buckets()["Buckets"]}


def test_nothing_is_written_into_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, place = tmp_path / "here", tmp_path / "state"
    here.mkdir()
    (here / "local_batch").mkdir()
    (here / "local_batch" / "__init__.py").write_text("raise SystemExit('the folder that the user is in was run')")
    monkeypatch.chdir(here)
    monkeypatch.setenv("MOTO_ENABLE_RECORDING", "true")
    before = sorted(here.rglob("*"))
    from local_batch import lifecycle

    aws = LocalBatch(lifecycle.start(place, "process"), place)
    try:
        aws.client("s3", "us-east-1").create_bucket(Bucket="bucket")
        ask(aws, "POST", "/moto-api/recorder/start-recording")
        aws.client("s3").list_buckets()
    finally:
        lifecycle.stop(place)
    assert sorted(here.rglob("*")) == before
    assert not list(place.rglob("moto_recording"))


def test_a_server_in_the_foreground_writes_nothing_there_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, place = tmp_path / "here", tmp_path / "state"
    here.mkdir()
    monkeypatch.setenv("MOTO_ENABLE_RECORDING", "true")
    command = [sys.executable, "-P", "-m", "local_batch.server", "--state-dir", str(place), "--runner", "process"]
    process = subprocess.Popen(command, cwd=here, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while (info := state.read(place)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert info is not None
        LocalBatch(info, place).client("s3").list_buckets()
    finally:
        process.terminate()
        process.wait(60)
    assert list(here.iterdir()) == []


# -- keys


def stranger(aws: LocalBatch) -> LocalBatch:
    """Return the same server as somebody finds it who has other keys."""
    return LocalBatch(replace(aws.server, keys=Keys("AKIALOCAL", "x")), aws.state_dir)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("batch", "UnrecognizedClientException"), ("s3", "InvalidAccessKeyId"), ("iam", "InvalidClientTokenId"),
        ("sts", "InvalidClientTokenId"), ("ec2", "AuthFailure"), ("secretsmanager", "UnrecognizedClientException"),
        ("logs", "UnrecognizedClientException"), ("lambda", "UnrecognizedClientException"),
    ],
)  # fmt: skip
def test_another_key_gets_awss_own_answer(hostile: LocalBatch, service: str, code: str) -> None:
    for key in ("test", "AKIAIOSFODNN7EXAMPLE", hostile.keys.access_key_id[:-1], hostile.keys.access_key_id + "A"):
        reply = of(service, hostile, signed(service, key))
        assert reply.status == 403
        assert code in reply.body + reply.headers.get("x-amzn-errortype", "")
    assert of(service, hostile, "").status == 403  # unsigned
    for odd in ("Bearer x", "Basic eA==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "AWS test:sig"):
        assert of(service, hostile, odd).status == 403


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("batch", "describe_job_queues", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("secretsmanager", "list_secrets", "UnrecognizedClientException"),
        ("sqs", "list_queues", "UnrecognizedClientException"),
        ("cloudwatch", "list_dashboards", "UnrecognizedClientException"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("route53", "list_hosted_zones", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
def test_boto3_reads_the_answer(hostile: LocalBatch, service: str, call: str, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(stranger(hostile).client(service), call)()
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert answer["Error"]["Code"] in {code, "InvalidClientTokenId"}
    assert answer["Error"]["Message"]
    getattr(hostile.client(service), call)()


def test_presigned_urls_need_the_key_too(hostile: LocalBatch) -> None:
    s3, bucket = hostile.client("s3", "us-east-1"), hostile.name("presigned")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b", Body=b"secret")
    for version in ("s3v4", "s3"):
        for client, status in ((hostile, 200), (stranger(hostile), 403)):
            signer = client.client("s3", "us-east-1", signature_version=version)
            url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b"})
            reply = ask(hostile, "GET", url.split(str(hostile.server.port), 1)[1])
            assert reply.status == status, (version, reply)
            assert ("InvalidAccessKeyId" in reply.body) == (status == 403)
    assert ask(hostile, "GET", f"/{bucket}/a%20b").status == 403


def test_an_object_that_is_public_on_aws_needs_a_key_here(hostile: LocalBatch) -> None:
    s3, bucket = hostile.client("s3", "us-east-1"), hostile.name("public")
    s3.create_bucket(Bucket=bucket, ACL="public-read")
    s3.put_object(Bucket=bucket, Key="key", Body=b"public", ACL="public-read")
    for query in ("", "?Expires=4102444800"):  # as of a presigned URL without its signature
        reply = ask(hostile, "GET", f"/{bucket}/key{query}")
        assert reply.status == 403
        assert "InvalidAccessKeyId" in reply.body


def test_a_form_for_s3_needs_the_key_too(hostile: LocalBatch) -> None:
    bucket = hostile.name("form")
    hostile.client("s3", "us-east-1").create_bucket(Bucket=bucket)
    for client, status in ((hostile, 204), (stranger(hostile), 403)):
        post = client.client("s3", "us-east-1").generate_presigned_post(bucket, "key")
        parts = "".join(
            f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in [*post["fields"].items(), ("file", "data")]
        )
        reply = ask(
            hostile, "POST", f"/{bucket}", f"{parts}--line--\r\n", Content_Type="multipart/form-data; boundary=line"
        )
        assert reply.status == status, reply


def test_the_servers_own_calls_need_both_halves_of_the_pair(hostile: LocalBatch) -> None:
    key, secret = hostile.keys.access_key_id, hostile.keys.secret_access_key

    def health(pair: str | None) -> int:
        encoded = {} if pair is None else {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return ask(hostile, "GET", "/_batch/health", **encoded).status

    assert health(f"{key}:{secret}") == 200
    assert {health(pair) for pair in (None, "", key, f"{key}:", f"{key}:x", f"x:{secret}", ":")} == {403}
    for odd in ("Basic", "Basic ?", "Basic \xff", hostile.signed("batch")):
        assert ask(hostile, "POST", "/_batch/reclaim", "{}", Authorization=odd).status == 403


def test_a_job_reaches_every_service_with_its_keys(hostile: LocalBatch) -> None:
    job = hostile.run("python3", "-c", f"{READ_KEYS}print(key, secret)")
    assert hostile.lines(job) == [f"{hostile.keys.access_key_id} {hostile.keys.secret_access_key}"]
    assert hostile.keys.access_key_id not in str(job)


def test_a_container_of_somebody_else_is_not_let_in(docker_aws: LocalBatch) -> None:
    import docker

    # The address under which the server's own jobs reach it is there for all containers of the engine.
    (url,) = docker_aws.lines(docker_aws.run("printenv", "AWS_ENDPOINT_URL"))
    code = (
        "import sys, urllib.error, urllib.request as u\n"
        "def status(path, **headers):\n"
        '    asked = u.Request(sys.argv[1] + path, b\'{"jobs": ["x"]}\', headers)\n'
        "    try:\n"
        "        return u.urlopen(asked, timeout=10).status\n"
        "    except urllib.error.HTTPError as error:\n"
        "        return error.code\n"
        "print(status('/v1/describejobs'), status('/v1/describejobs', Authorization=sys.argv[2]), status('/'))\n"
        "print(status('/v1/describejobs', Authorization=sys.argv[3]))\n"
    )
    printed = docker.from_env().containers.run(
        docker_aws.image,
        ["python3", "-c", code, url, signed("batch", "test"), docker_aws.signed("batch")],
        extra_hosts={"host.docker.internal": "host-gateway"},
        remove=True,
    )
    assert printed.decode().split() == ["403", "403", "403", "200"]


# -- keys that it hands out itself


def as_one(aws: LocalBatch, credentials: dict[str, str], service: str) -> Any:
    import boto3

    return boto3.client(
        service,
        endpoint_url=aws.server.endpoint_url,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


def test_keys_of_its_own_sts_are_taken(hostile: LocalBatch) -> None:
    sts = hostile.client("sts")
    role = "arn:aws:iam::123456789012:role/any"
    handed = [
        sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"],
        sts.get_session_token()["Credentials"],
        sts.get_session_token()["Credentials"],
        sts.get_federation_token(Name="someone")["Credentials"],
    ]
    assert len({one["AccessKeyId"] for one in handed}) == len(handed)
    for one in handed:
        assert as_one(hostile, one, "batch").describe_job_queues()["jobQueues"] is not None
        as_one(hostile, one, "s3").list_buckets()
    assert as_one(hostile, handed[0], "sts").get_caller_identity()["Arn"].endswith("assumed-role/any/session")
    # That of AWS's documentation, which moto itself hands out.
    assert of("iam", hostile, signed("iam", "AKIAIOSFODNN7EXAMPLE")).status == 403


def test_a_key_of_its_own_sts_ends(hostile: LocalBatch) -> None:
    sts = hostile.client("sts")
    # moto takes what AWS would not: a session of a second.
    short = hostile.client("sts", parameter_validation=False)
    role = "arn:aws:iam::123456789012:role/any"
    handed = [
        short.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=1)["Credentials"],
        short.get_session_token(DurationSeconds=1)["Credentials"],
    ]
    assert sts.get_caller_identity()
    for one in handed:
        hostile.until(lambda one=one: of("iam", hostile, signed("iam", one["AccessKeyId"])).status == 403, 10)  # type: ignore[misc]


def test_a_users_key_is_taken_until_it_is_switched_off(hostile: LocalBatch) -> None:
    iam, name = hostile.client("iam"), hostile.name("user")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    as_one(hostile, made, "s3").list_buckets()
    iam.update_access_key(UserName=name, AccessKeyId=made["AccessKeyId"], Status="Inactive")
    with refused(code="InvalidAccessKeyId"):
        as_one(hostile, made, "s3").list_buckets()
    iam.update_access_key(UserName=name, AccessKeyId=made["AccessKeyId"], Status="Active")
    as_one(hostile, made, "s3").list_buckets()
    iam.delete_access_key(UserName=name, AccessKeyId=made["AccessKeyId"])
    with refused(code="InvalidAccessKeyId"):
        as_one(hostile, made, "s3").list_buckets()


# -- where they are kept


def test_every_start_draws_new_keys_that_only_the_owner_may_read(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from local_batch import lifecycle

    before = os.umask(0)
    request.addfinalizer(lambda: os.umask(before))
    drawn = set()
    for _ in range(2):
        server = lifecycle.start(tmp_path, "process")
        try:
            assert server.keys is not None
            drawn |= {server.keys.access_key_id, server.keys.secret_access_key}
            file = tmp_path / "credentials.json"
            assert file.stat().st_mode & 0o777 == 0o600
            assert json.loads(file.read_text())["access_key_id"] == server.keys.access_key_id
            # Neither another user's `ps` nor the other files show them.
            for shown in (
                Path(f"/proc/{server.pid}/cmdline"),
                Path(f"/proc/{server.pid}/environ"),
                *(one for one in tmp_path.iterdir() if one.is_file() and one != file),
            ):
                text = shown.read_text()
                assert not [one for one in drawn if one in text], shown
        finally:
            lifecycle.stop(tmp_path)
        assert not file.exists()
    assert len(drawn) == 4
