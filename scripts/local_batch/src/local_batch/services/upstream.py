"""Another emulator in moto's place: requests are passed on to it, and what Batch itself asks of its services too."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local_batch.refusals import Refusal
from local_batch.services.moto_gate import HEADERS, MotoGate, NotServedError
from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from local_batch.keys import Keys

Environ = dict[str, Any]

OWN = frozenset({"logs", "events", "scheduler"})
"""Services that stay with the built-in moto: Batch writes output to the first, and reads its rules and schedules."""
SECONDS = 120.0
"""How long the other emulator may take for an answer: it may start a container first."""
_OF_ONE_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "expect", "content-length",
})  # fmt: skip
"""Headers that are not passed on (RFC 9110, 7.6.1), and the length, which each side states of what it sends."""
_STACK_OF_BATCH = re.compile(rb"AWS(?:::|%3A%3A)Batch(?:::|%3A%3A)", re.IGNORECASE)
"""A template with a resource of Batch, in a form's body."""
_HANDED_OUT = re.compile(rb"\bAccessKeyId\b[\"':>\s]{1,5}([A-Z0-9]{16,128})\b")


class UpstreamError(Exception):
    """The other emulator does not answer; the text says what was tried."""


class UpstreamGate(MotoGate):
    """Everything but Batch, as `MotoGate`: most of it is at ``url``. ``reset_path`` resets that, where there is one.

    ``keys`` are what this server's own calls there are signed with, so that they land in its clients' account.
    """

    def __init__(self, url: str, reset_path: str, keys: Keys) -> None:
        super().__init__()
        import urllib3

        self._url = url.rstrip("/")
        self._reset_path = reset_path
        self._keys = keys
        self._pool = urllib3.PoolManager(maxsize=32, timeout=SECONDS, retries=False)
        self._handed_out: set[str] = set()
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a request here or there. Raises UpstreamError, and NotServedError for stacks with objects of Batch."""
        service = signature_of(environ).service
        if service == "cloudformation" and _STACK_OF_BATCH.search(_body(environ)):
            raise NotServedError(
                "the other emulator would make the stack's objects of Batch where the local AWS Batch does not see "
                "them; make those another way"
            )
        if service in OWN:
            return super().__call__(environ, start_response)
        method, size = str(environ["REQUEST_METHOD"]), int(environ.get("CONTENT_LENGTH") or 0)
        answer = self._send(
            method,
            str(environ["REQUEST_URI"]),
            _passed_on(environ.get(HEADERS, ())),
            environ["wsgi.input"] if size else None,
            size,
        )
        if service in {"sts", "iam"}:
            self._handed_out.update(found.decode() for found in _HANDED_OUT.findall(answer.data))
        # Of HEAD the length is that of what GET would bring.
        length = answer.headers.get("Content-Length") if method == "HEAD" else None
        headers = [*_passed_on(answer.headers.items()), *([("Content-Length", length)] if length else [])]
        start_response(f"{answer.status} {answer.reason or ''}", headers)
        return [answer.data]

    def _send(self, method: str, path: str, headers: list[tuple[str, str]], body: Any, size: int) -> Any:
        import urllib3

        sent = urllib3.HTTPHeaderDict()
        for name, value in headers:
            sent.add(name, value)
        if size or method in {"PUT", "POST"}:
            sent["Content-Length"] = str(size)
        try:
            return self._pool.urlopen(
                method, self._url + path, body=body, headers=sent, redirect=False, decode_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            message = f"{self._url}, which stands in for this service, does not answer: {type(error).__name__}"
            raise UpstreamError(message) from None

    def has_handed_out(self, access_key_id: str) -> bool:
        """Say whether STS or IAM there has named an access key. When it ends is for them to say."""
        return access_key_id in self._handed_out

    def check_reset(self) -> None:
        """Refuse a reset where nothing was said of how the other emulator is reset. Raises Refusal."""
        if not self._reset_path:
            message = f"It is not known how {self._url} is reset; nothing was reset"
            raise Refusal(message, code="Conflict", status=409)

    def reset(self) -> None:
        """Have the other emulator forget its objects, and then the built-in services. Raises Refusal."""
        try:
            status = self._send("POST", self._reset_path, [], None, 0).status
        except UpstreamError as error:
            raise Refusal(f"{error}; no object was reset", code="Conflict", status=409) from None
        if not 200 <= status < 300:
            message = f"POST {self._url}{self._reset_path} answers {status}; no object was reset"
            raise Refusal(message, code="Conflict", status=409)
        self._handed_out.clear()
        super().reset()

    @contextmanager
    def backend(self, service: str, region: str) -> Iterator[Any]:
        """Give what Batch asks of a service: moto's backend here, or the same calls made there."""
        if service in OWN:
            with super().backend(service, region) as found:
                yield found
        else:
            yield _CALLS[service](self._client(service, region))

    def _client(self, service: str, region: str) -> Any:
        import boto3
        from botocore.config import Config

        with self._making:
            if (service, region) not in self._clients:
                session: Any = boto3.session.Session()  # its types know services by their names only
                self._clients[service, region] = session.client(
                    service,
                    endpoint_url=self._url,
                    region_name=region,
                    aws_access_key_id=self._keys.access_key_id,
                    aws_secret_access_key=self._keys.secret_access_key,
                    config=Config(proxies={}, retries={"total_max_attempts": 2}),
                )
            return self._clients[service, region]


def _body(environ: Environ) -> bytes:
    """Return the body of a request, which can be read again."""
    stream = environ["wsgi.input"]
    found: bytes = stream.read()
    stream.seek(0)
    return found


def _passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _OF_ONE_CONNECTION]


class _Sqs:
    """SQS as events and schedules ask for it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send_message(
        self,
        *,
        queue_name: str,
        message_body: str,
        group_id: str | None = None,
        message_attributes: dict[str, Any] | None = None,
    ) -> None:
        self._client.send_message(
            QueueUrl=self._client.get_queue_url(QueueName=queue_name)["QueueUrl"],
            MessageBody=message_body,
            **({"MessageGroupId": group_id} if group_id else {}),
            **({"MessageAttributes": message_attributes} if message_attributes else {}),
        )


class _Sns:
    """SNS as events ask for it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def publish(self, message: str, arn: str) -> None:
        self._client.publish(TopicArn=arn, Message=message)


class _Parameter:
    def __init__(self, value: str) -> None:
        self._value = value

    def response_object(self, **_how: Any) -> dict[str, str]:
        return {"Value": self._value}


class _Ssm:
    """Parameter Store as the secrets of jobs ask for it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_parameter(self, name: str) -> _Parameter | None:
        try:
            return _Parameter(self._client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        except self._client.exceptions.ParameterNotFound:
            return None


class _SecretsManager:
    """Secrets Manager as the secrets of jobs ask for it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_secret_value(self, arn: str, version: str, stage: str) -> Any:
        more = {"VersionId": version} if version else {}
        return self._client.get_secret_value(SecretId=arn, **more, **({"VersionStage": stage} if stage else {}))


class _Role:
    def __init__(self, arn: str, trust: Any) -> None:
        self.arn = arn
        self.assume_role_policy_document = trust if isinstance(trust, str) else json.dumps(trust)


class _Iam:
    """IAM as schedules ask for it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def roles(self) -> dict[str, _Role]:
        pages = self._client.get_paginator("list_roles").paginate()
        found = [role for page in pages for role in page["Roles"]]
        return {role["Arn"]: _Role(role["Arn"], role.get("AssumeRolePolicyDocument") or {}) for role in found}


_CALLS: dict[str, Callable[[Any], Any]] = {
    "iam": _Iam,
    "sqs": _Sqs,
    "sns": _Sns,
    "ssm": _Ssm,
    "secretsmanager": _SecretsManager,
}
