"""A server on loopback that answers SubmitJob and ListJobs as AWS Batch does on its bad days."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from described import described

if TYPE_CHECKING:
    import pytest


PAGES: dict[str, tuple[int, bytes]] = {
    "503 in Shift-JIS": (503, "<!DOCTYPE html><p>ただいま混み合っています".encode("shift_jis")),
    "200 in Shift-JIS": (200, "<!DOCTYPE html><p>ご利用になれません".encode("shift_jis")),
    "200 html": (200, b"<html>Please sign in</html>"),
    "200 list": (200, b"[]"),
    "200 null": (200, b"null"),
    "200 number": (200, b"5"),
    "200 string": (200, b'"jobId"'),
    "200 cut JSON": (200, b'{"jobId": "id-'),
    "200 job id of a number": (200, b'{"jobId": 5, "jobName": "n"}'),
    "200 nested": (200, b"[" * 200_000),
    "500 list": (500, b"[]"),
    "500 null": (500, b"null"),
    "302": (302, b""),
    "408": (408, b"<html>Request Timeout</html>"),
}
"""Answers that are none of AWS Batch's: what proxies, portals and broken servers say."""


class ScriptedBatch(ThreadingHTTPServer):
    """Plays one entry of ``script`` per SubmitJob, then accepts; lists a job once it was hidden ``hidden`` times."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.reset()

    def reset(self) -> None:
        self.script: list[str] = []
        self.hidden = 0
        self.lookup_status = 200
        self.lookup_pages: list[str] = []
        """What the next calls of ListJobs get instead of an answer."""
        self.describe_pages: list[str] = []
        """The same of Describe calls."""
        self.page_size = 100
        self.accepted: list[tuple[str, str]] = []
        """(name, id) of each acceptance, the oldest first."""
        self.others: list[dict[str, Any]] = []
        self.submits = 0
        self.lookups = 0
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def acceptances(self, name: str) -> list[str]:
        return [job_id for job_name, job_id in self.accepted if job_name == name]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedBatch
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: half an answer waits 40 ms for its delayed acknowledgement

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/submitjob":
            self._submit(body)
        elif self.path == "/v1/listjobs":
            self._list(json.loads(body))
        elif self.path.startswith("/v1/describe") and self.server.describe_pages:
            self._send(*PAGES[self.server.describe_pages.pop(0)], {})
        elif (answer := described(self.path, json.loads(body))) is not None:
            self._answer(200, answer)
        else:
            self._answer(400, {"message": self.path}, "ClientException")

    def _submit(self, body: bytes) -> None:
        play = self.server
        step = play.script[play.submits] if play.submits < len(play.script) else "accept"
        play.submits += 1
        play.bodies.append(body)
        if step.startswith("accept"):
            job_id = f"id-{len(play.accepted) + 1}"
            play.accepted.append((json.loads(body)["jobName"], job_id))
        if step == "throttle":
            self._answer(429, {"message": "Too Many Requests"}, "TooManyRequestsException")
        elif step == "refuse":
            self._answer(400, {"message": "JobQueue is DISABLED"}, "ClientException")
        elif step in ("accept+500", "500"):
            self._answer(500, {"message": "oops"}, "ServerException")
        elif step in ("accept+502", "502"):
            self._send(502, b"<html>Bad Gateway</html>", {})
        elif step in ("accept+drop", "drop"):
            self.close_connection = True
            self.connection.close()
        elif step in ("accept+timeout", "timeout"):
            self.close_connection = True
            time.sleep(1.3)  # longer than QuickClients waits, which a busy machine must not reach otherwise
        elif step == "accept+garbage":
            self._send(200, b"{}", {})
        elif step == "accept+cut":
            self.send_response(200)
            self.send_header("Content-Length", "500")
            self.end_headers()
            self.wfile.write(b'{"jobId": "id')
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
        elif step.removeprefix("accept+") in PAGES:
            self._send(*PAGES[step.removeprefix("accept+")], {})
        else:
            name, job_id = play.accepted[-1]
            self._answer(200, {"jobId": job_id, "jobName": name})

    def _list(self, query: dict[str, Any]) -> None:
        play = self.server
        play.lookups += 1
        if play.lookup_status != 200:
            self._answer(play.lookup_status, {"message": "not authorized"}, "AccessDeniedException")
            return
        if play.lookup_pages:
            self._send(*PAGES[play.lookup_pages.pop(0)], {})
            return
        wanted = query["filters"][0]["values"][0].lower()
        hidden = play.lookups <= play.hidden
        jobs = [*play.others] + [
            {"jobName": name, "jobId": job_id, "createdAt": order}
            for order, (name, job_id) in enumerate(play.accepted, start=1)
            if (name.lower().startswith(wanted[:-1]) if wanted.endswith("*") else name.lower() == wanted) and not hidden
        ]
        start = int(query.get("nextToken") or 0)
        answer: dict[str, Any] = {"jobSummaryList": jobs[start : start + play.page_size]}
        if start + play.page_size < len(jobs):
            answer["nextToken"] = str(start + play.page_size)
        self._answer(200, answer)

    def _answer(self, status: int, body: dict[str, Any], error: str = "") -> None:
        self._send(status, json.dumps(body).encode(), {"x-amzn-ErrorType": error} if error else {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def lead_to(patch: pytest.MonkeyPatch, url: str) -> None:
    """Let boto3 clients that are made from now on talk to ``url``."""
    patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.delenv("AWS_PROFILE", raising=False)
