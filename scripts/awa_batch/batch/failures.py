"""What it means that a call to AWS failed: the one table of throttles, outages and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from awa_batch.batch.credentials import trouble
from awa_batch.errors import AwaBatchError, AwsError
from awa_batch.text import Command, Part, Text

Failure = Literal["refused", "throttled", "unreached", "lost"]
"""What a failed call means for what it asked for:
refused: AWS will not do it, or it could not be asked; the same call fails again
throttled: nothing was done, because there were too many calls
unreached: nothing was done, because no connection was made
lost: it may have been done; the answer did not arrive, cannot be read, or was an error inside AWS"""

THROTTLE_CODES = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
TIMEOUT_CODES = frozenset({"RequestTimeout", "RequestTimeoutException"})
TIMEOUT_STATUSES = frozenset({408, 499})
"""What a proxy answers when it gave up on a request that it may have passed on (499 is nginx's)."""
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
"""What services say of a right that is missing; the last is EC2's."""
NOT_THERE_CODES = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFoundException",
        "ParameterNotFound",
        "RepositoryNotFoundException",
        "ResourceNotFoundException",
    }
)
"""What S3 (the first: to HEAD), Systems Manager, ECR, CloudWatch Logs and others say of what they do not have."""
REQUEST_CODES = frozenset({"ClientException", "ValidationException"})
"""AWS Batch's codes for a request that is wrong in itself (ClientException), or has no valid form."""


class CallError(AwsError):
    """A call to AWS that failed.

    ``failure`` is what that means, ``said`` the words of AWS or of the SDK, ``code`` and ``status`` AWS's error code
    and the HTTP status ("" and 0 where AWS did not answer).
    """

    def __init__(
        self, *problem: Part, fix: Part | Text = "", failure: Failure, said: str, code: str = "", status: int = 0
    ) -> None:
        super().__init__(*problem, fix=fix)
        self.failure = failure
        self.said = said
        self.code = code
        self.status = status

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed a little later, with nothing changed here."""
        return self.failure != "refused"

    @property
    def is_denied(self) -> bool:
        """Whether the credentials lack the permission for this call."""
        return self.code in DENIED_CODES

    @property
    def is_not_there(self) -> bool:
        """Whether AWS has not what was asked for, at least not in the account of the credentials."""
        return self.code in NOT_THERE_CODES or self.status == 404

    @property
    def is_of_the_request(self) -> bool:
        """Whether the request is at fault, rather than the credentials or the permission of all calls."""
        return self.code in REQUEST_CODES


def failure_of(error: Exception) -> Failure:
    """Return what an error of a call means; only ``lost`` leaves open whether AWS did what it was asked for.

    botocore's parser does not expect an answer that is no AWS answer: of a page that is not UTF-8, and of JSON that is
    no object, it raises whatever comes of it (UnicodeDecodeError, AttributeError, TypeError). So any error that is not
    the SDK's own is an answer that cannot be read: the call went out, and came back.
    """
    if isinstance(error, ClientError):
        code, status = _code(error), _status(error)
        if code in THROTTLE_CODES or status == 429:
            return "throttled"
        # A redirect is never AWS Batch's own answer: something on the way has taken the request.
        unclear = status >= 500 or 300 <= status < 400 or status in TIMEOUT_STATUSES or code in TIMEOUT_CODES
        return "lost" if unclear else "refused"
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return "unreached"
    if isinstance(error, SSLError):  # a certificate is looked at before anything is sent
        return "refused" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "lost"
    half_read = IncompleteReadError | ChecksumError | FlexibleChecksumError
    if isinstance(error, HTTPClientError | NoConnectionError | half_read):
        return "lost"
    return "refused" if isinstance(error, BotoCoreError) else "lost"


def refused(error: Exception, doing: str) -> CallError:
    """Turn an error of a call into ours: one line of what AWS said while ``doing``, one of what to do."""
    failure = failure_of(error)
    wrong = trouble(error, doing) if failure == "refused" else None
    if isinstance(error, ClientError):
        code, message = _code(error) or "Unknown", error.response.get("Error", {}).get("Message", "")
        return CallError(
            wrong[0] if wrong else f"AWS refused {doing}: {code}: {message}",
            fix=wrong[1] if wrong else _remedy(code),
            failure=failure,
            said=str(error),
            code=code,
            status=_status(error),
        )
    if wrong:
        return CallError(wrong[0], fix=wrong[1], failure=failure, said=str(error))
    if not isinstance(error, BotoCoreError):
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return CallError(
            f"The answer while {doing} is not AWS's, or is damaged: {said}", fix=_PROXY, failure=failure, said=said
        )
    problem, fix = _unanswered(error)
    return CallError(problem.format(doing=doing, error=error), fix=fix, failure=failure, said=str(error))


@contextmanager
def calling(doing: str) -> Iterator[None]:
    """Turn whatever a call raises into a CallError; ``doing`` says what the call is for (``describing jobs``).

    What is read from the answer belongs into the block too: a key that is missing there is an answer that cannot be
    read.
    """
    try:
        yield
    except AwaBatchError:
        raise
    except Exception as error:
        raise refused(error, doing) from error


_PROXY: Text = (
    "Something between here and AWS may have answered, such as a proxy: check HTTPS_PROXY and AWS_ENDPOINT_URL.",
)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _remedy(code: str) -> Text:
    if code in DENIED_CODES:
        return ("The credentials lack this permission: use the submitter role of the iam module.",)
    return ("Run ", Command("doctor"), " to check the environment.")


def _unanswered(error: Exception) -> tuple[str, Text]:
    """Return a problem, to be filled in, and a remedy for an error that is not an answer of AWS."""
    if isinstance(error, EndpointConnectionError):
        return "AWS cannot be reached while {doing}: {error}", ("Check AWS_ENDPOINT_URL and the network.",)
    return "AWS did not answer while {doing}: {error}", ("Run ", Command("doctor"), " to check the way to AWS.")
