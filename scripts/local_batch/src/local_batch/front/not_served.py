"""What is answered where moto has no answer: 501 with a line that names the service and the operation.

SDKs try 500 and 503 again, and 501 not (botocore's standard retries); S3's own NotImplemented is a 501 too.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from local_batch.front.error_formats import Answer, Words, answer
from local_batch.services.moto_gate import NotServedError
from local_batch.services.signatures import signature_of

Environ = dict[str, Any]

_FORM_BYTES = 64 << 10
"""How far into a form its action is looked for: clients write it first."""


def not_served(environ: Environ, error: Exception) -> Answer:
    """Return the answer, in its service's format, to a request at which moto raised ``error``."""
    service = signature_of(environ).service or "a service that the request does not name"
    operation = _operation(environ)
    if isinstance(error, NotServedError):
        message = f"The local AWS does not serve {service}: {error}."
    elif isinstance(error, NotImplementedError):
        message = f"The local AWS does not serve {operation} of {service}: moto, which stands in for it, has it not."
    else:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        message = f"The local AWS failed in {operation} of {service}, for which moto stands in: {said}"
    words = Words(
        json=("UnknownOperationException", message), query=("InvalidAction", message), s3=("NotImplemented", message)
    )
    return answer(environ, words, "501 Not Implemented")


def _operation(environ: Environ) -> str:
    """Return the name of the operation that a request asks for, or its method and path."""
    if target := str(environ.get("HTTP_X_AMZ_TARGET") or ""):
        return target.rpartition(".")[2]
    query = str(environ.get("QUERY_STRING") or "")
    if str(environ.get("CONTENT_TYPE") or "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"]
        body.seek(0)
        query = body.read(_FORM_BYTES).decode("utf-8", "replace")
    if action := parse_qs(query).get("Action"):
        return action[0]
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
