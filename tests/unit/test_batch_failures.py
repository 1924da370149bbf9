"""What each error of the SDK means for the call that failed, and who may look at such an error."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from botocore.retries.standard import ThrottledRetryableChecker

import awa_batch
from awa_batch.batch.failures import THROTTLE_CODES, CallError, Failure, calling, failure_of
from awa_batch.errors import UsageError

URL = "http://127.0.0.1:4566"


def answered(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SubmitJob")  # type: ignore[arg-type]


CASES: list[tuple[Exception, Failure]] = [
    *((answered(code), "throttled") for code in sorted(THROTTLE_CODES)),
    (answered("SlowDown", 503), "throttled"),
    (answered("Anything", 429), "throttled"),
    (answered("ServerException", 500), "lost"),
    (answered("Unknown", 502), "lost"),
    (answered("RequestTimeout"), "lost"),
    (answered("RequestTimeoutException"), "lost"),
    (answered("302", 302), "lost"),
    (answered("408", 408), "lost"),
    (answered("499", 499), "lost"),
    (IncompleteReadError(actual_bytes=1, expected_bytes=2), "lost"),
    (answered("403", 403), "refused"),
    (answered("ClientException"), "refused"),
    (answered("ValidationException"), "refused"),
    (answered("AccessDeniedException", 403), "refused"),
    (answered("ExpiredTokenException", 403), "refused"),
    (ClientError({}, "SubmitJob"), "refused"),
    (EndpointConnectionError(endpoint_url=URL), "unreached"),
    (ConnectTimeoutError(endpoint_url=URL), "unreached"),
    (ProxyConnectionError(proxy_url=URL), "unreached"),
    (ReadTimeoutError(endpoint_url=URL), "lost"),
    (ConnectionClosedError(endpoint_url=URL), "lost"),
    (ResponseStreamingError(error="cut"), "lost"),
    (SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"), "refused"),
    (SSLError(endpoint_url=URL, error="EOF occurred"), "lost"),
    (NoCredentialsError(), "refused"),
    (ParamValidationError(report="jobName"), "refused"),
]


@pytest.mark.parametrize(("error", "failure"), CASES, ids=lambda value: str(value)[:60])
def test_what_an_error_means(error: Exception, failure: Failure) -> None:
    assert failure_of(error) == failure  # type: ignore[arg-type]
    with pytest.raises(CallError) as caught, calling("doing it"):
        raise error
    told = caught.value
    assert (told.failure, told.is_passing, told.said) == (failure, failure != "refused", str(error))
    assert told.__cause__ is error
    assert told.what
    assert told.fix


def test_the_throttles_are_known_to_the_sdk_too() -> None:
    assert set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES) >= THROTTLE_CODES


def test_whose_fault_a_refusal_is() -> None:
    for code, denied, of_the_request in (
        ("AccessDeniedException", True, False),
        ("AccessDenied", True, False),
        ("ClientException", False, True),
        ("ValidationException", False, True),
        ("ExpiredTokenException", False, False),
    ):
        with pytest.raises(CallError) as caught, calling("doing it"):
            raise answered(code)
        assert (caught.value.is_denied, caught.value.is_of_the_request) == (denied, of_the_request)


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", b"\x82", 0, 1, "invalid start byte"),
        AttributeError("'list' object has no attribute 'get'"),
        TypeError("'NoneType' object is not iterable"),
        KeyError("jobs"),
        ValueError("no JSON"),
        RecursionError("too deep"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_parser_raises_is_an_answer_that_cannot_be_read(error: Exception) -> None:
    said = "The answer while doing it is not AWS's, or is damaged"
    with pytest.raises(CallError, match=said) as caught, calling("doing it"):
        raise error
    assert (caught.value.failure, caught.value.is_passing) == ("lost", True)
    assert caught.value.__cause__ is error


def test_our_own_errors_and_interrupts_pass_unchanged() -> None:
    for raised in (UsageError("wrong"), KeyboardInterrupt()):
        with pytest.raises(type(raised)) as caught, calling("doing it"):
            raise raised
        assert caught.value is raised


MAY_CATCH = {  # S3 has errors of its own
    "assumed_roles.py": "says that no MFA code can be had",
    "batch/clients.py": "makes the clients",
    "batch/credentials.py": "the table of what is wrong with credentials",
    "batch/failures.py": "the table",
    "demo/objects.py": "reads and writes S3",
}


def test_only_the_room_of_aws_batch_catches_the_errors_of_the_sdk() -> None:
    """What they mean is said once: everything else catches CallError."""
    package = Path(awa_batch.__file__).parent
    found = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name == "botocore.exceptions" for name in names):
                found.add(file.relative_to(package).as_posix())
    assert found == MAY_CATCH.keys()


def test_only_the_room_of_aws_batch_calls_it() -> None:
    """One place knows pages, the most names a call takes, and what is thrown."""
    import boto3

    calls = {name for name in dir(boto3.client("batch", region_name="x")) if "_job" in name or "compute_env" in name}
    assert {"submit_job", "list_jobs", "describe_jobs", "terminate_job"} <= calls
    package = Path(awa_batch.__file__).parent
    found = {
        f"{file.relative_to(package)}: {node.func.attr}"
        for file in package.rglob("*.py")
        if file.parent.name != "batch"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in calls
        and "batch" in ast.unparse(node.func.value)
    }  # fmt: skip
    assert not found
