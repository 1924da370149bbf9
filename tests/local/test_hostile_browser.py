"""A page in a real browser, of another origin, tries the running local AWS: nothing is done, nothing can be read."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from batch_support import REGION, LocalBatch

from tests.browser import program

PAGE = Path(__file__).with_name("page.js")


@pytest.fixture(scope="module")
def browser() -> str:
    return program()


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a free port of loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def command(browser: str, profile: Path, *words: str) -> list[str]:
    return [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--no-proxy-server", f"--user-data-dir={profile}", "--host-resolver-rules=MAP *.example 127.0.0.1", *words,
    ]  # fmt: skip


def visited(browser: str, address: str, profile: Path) -> str:
    """Return what a visit shows."""
    words = command(browser, profile, "--timeout=20000", "--dump-dom", address)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def attempts(browser: str, profile: Path, **values: str) -> dict[str, str]:
    """Have a page of another origin try everything; return what came of each attempt."""
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    page = f"<!doctype html><body></body><script>{head}{PAGE.read_text()}</script>".encode()
    results: dict[str, str] = {}
    done = threading.Event()

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            results.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            done.set()

        def log_message(self, *_: Any) -> None: ...

    with serving(Evil) as port:
        # With an address to listen on it goes on until it is ended, however long the page takes.
        words = command(browser, profile, "--remote-debugging-port=0", f"http://evil.example:{port}/")
        # What is called may be a script that starts the browser: all of it ends, not the script alone.
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            assert done.wait(60), "the page did not come to its end"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
    return results


@pytest.fixture(scope="module")
def things(process_aws: LocalBatch) -> dict[str, str]:
    """What is there to be had: a queue and a definition that would run, an object, a secret."""
    bucket, secret = process_aws.name("bucket"), process_aws.name("secret")
    s3 = process_aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="kept", Body=b"the owner's")
    process_aws.client("secretsmanager").create_secret(Name=secret, SecretString="the owner's")
    return {
        "ENDPOINT": process_aws.server.endpoint_url,
        "KEY": process_aws.keys.access_key_id,
        "QUEUE": process_aws.queue(),
        "DEFINITION": process_aws.definition("true"),
        "BUCKET": bucket,
        "SECRET": secret,
    }


def test_a_page_does_nothing_and_reads_nothing(
    browser: str, process_aws: LocalBatch, things: dict[str, str], tmp_path: Path
) -> None:
    results = attempts(browser, tmp_path, **things)
    assert len(results) == 20
    # A simple request arrives, and its answer cannot be read; "shown" is a frame whose content cannot be read.
    readable = {name: said for name, said in results.items() if said.startswith("read") or said in {"loaded", "opened"}}
    assert readable == {}
    assert process_aws.statuses(things["QUEUE"]) == {}
    s3 = process_aws.client("s3")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=things["BUCKET"])["Contents"]] == ["kept"]
    assert s3.get_object(Bucket=things["BUCKET"], Key="kept")["Body"].read() == b"the owner's"
    assert process_aws.client("secretsmanager").get_secret_value(SecretId=things["SECRET"])["SecretString"]
    assert process_aws.wait(process_aws.submit(things["QUEUE"], things["DEFINITION"]))["status"] == "SUCCEEDED"


def test_these_attempts_reach_a_server_that_lets_them(browser: str, things: dict[str, str], tmp_path: Path) -> None:
    """What is tried is real: a server without a gate gets the requests, and with CORS it is read."""
    asked: list[str] = []

    class Open(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path.partition('?')[0]}")
            self.send_response(200)
            for name in ("Origin", "Headers", "Methods"):
                self.send_header(f"Access-Control-Allow-{name}", "Authorization, *" if name == "Headers" else "*")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    with serving(Open) as port:
        results = attempts(browser, tmp_path, **{**things, "ENDPOINT": f"http://127.0.0.1:{port}"})
    assert asked.count("POST /v1/submitjob") >= 5
    assert {"POST /moto-api/reset", "POST /moto-api/recorder/replay-recording"} <= set(asked)
    assert f"PUT /{things['BUCKET']}/from-a-page" in asked
    assert results["submit, signed"] == results["read a secret"] == "read 200"


@pytest.mark.parametrize("path", ["/moto-api/", "/moto-api/data.json", "/"])
@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1"])
def test_a_visit_shows_nothing(browser: str, process_aws: LocalBatch, tmp_path: Path, host: str, path: str) -> None:
    shown = visited(browser, f"http://{host}:{process_aws.server.port}{path}", tmp_path)
    assert "jquery" not in shown.lower()
    assert "Access-Control" not in shown
    assert re.search(r"answers no requests from browsers|HTTP ERROR 40\d|does not answer to|AccessDenied", shown), shown
