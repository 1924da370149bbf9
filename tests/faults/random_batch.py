"""An AWS Batch on loopback that fails at random, by seed, and counts what it really runs. A process of its own.

``python random_batch.py --seed 7 --throttle 0.03 …`` prints its URL; GET /count answers what it has seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from described import described_bytes

FAULTS = ("throttle", "storm", "drop", "error", "gateway", "lose", "error-after", "gateway-after", "cut", "hang")
"""Of each: the part of the SubmitJob calls that it hits. From ``lose`` on, the job runs and the answer is lost."""

STORM = 15
PAGE = 100


class RandomBatch:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.random = random.Random(options.seed)
        self.executions: Counter[str] = Counter()
        self.jobs: list[dict[str, Any]] = []
        self.faults: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.storm = 0
        self.tokens = float(options.burst)
        self.filled = time.monotonic()
        self.accepted_at: list[float] = []

    def submit(self, body: bytes) -> tuple[str, int, bytes]:
        """Return how the connection goes on (answer, drop, cut, hang), the status and the body."""
        self.calls["SubmitJob"] += 1
        fault = self.fault()
        if fault:
            self.faults[fault] += 1
        if fault in ("throttle", "storm", "rate"):
            return "answer", 429, error("TooManyRequestsException")
        if fault == "drop":
            return "drop", 0, b""
        if fault in ("error", "gateway"):
            return "answer", *broken(fault)
        asked = json.loads(body)
        self.executions[asked["jobName"]] += 1
        now = time.time()
        job = {
            "jobId": f"id-{len(self.jobs)}",
            "jobName": asked["jobName"],
            "createdAt": int(now * 1000),
            "queue": asked["jobQueue"],
            "listed": now + self.random.uniform(0, self.options.lag),
        }
        self.jobs.append(job)
        self.accepted_at.append(time.monotonic())
        if fault in ("lose", "lose-every"):
            return "drop", 0, b""
        if fault in ("error-after", "gateway-after"):
            return "answer", *broken(fault)
        if fault in ("cut", "hang"):
            return fault, 200, b'{"jobId": "id-'
        return "answer", 200, json.dumps({"jobId": job["jobId"], "jobName": job["jobName"]}).encode()

    def fault(self) -> str | None:
        options = self.options
        if options.rate:
            now = time.monotonic()
            self.tokens = min(options.burst, self.tokens + (now - self.filled) * options.rate)
            self.filled = now
            if self.tokens < 1:
                return "rate"
            self.tokens -= 1
        if self.storm:
            self.storm -= 1
            return "storm"
        if options.lose_every and (len(self.jobs) + 1) % options.lose_every == 0:
            return "lose-every"
        drawn = self.random.random()
        for name in FAULTS:
            drawn -= getattr(options, name.replace("-", "_"))
            if drawn < 0:
                self.storm = STORM if name == "storm" else 0
                return name
        return None

    def list(self, body: bytes) -> tuple[str, int, bytes]:
        self.calls["ListJobs"] += 1
        if self.random.random() < self.options.list_error:
            return "answer", *broken("error")
        asked = json.loads(body)
        glob = asked["filters"][0]["values"][0].lower()
        now = time.time()
        start = int(asked.get("nextToken") or 0)
        found = [
            {key: job[key] for key in ("jobId", "jobName", "createdAt")}
            for job in self.jobs
            if job["queue"] == asked["jobQueue"]
            and job["listed"] <= now
            and (job["jobName"].lower().startswith(glob[:-1]) if glob.endswith("*") else job["jobName"].lower() == glob)
        ]
        answer: dict[str, Any] = {"jobSummaryList": found[start : start + PAGE]}
        if start + PAGE < len(found):
            answer["nextToken"] = str(start + PAGE)
        return "answer", 200, json.dumps(answer).encode()

    def count(self, names: bool) -> bytes:
        doubled = {name: number for name, number in self.executions.items() if number > 1}
        first, last = (self.accepted_at[0], self.accepted_at[-1]) if self.accepted_at else (0.0, 0.0)
        value = {
            "executions": self.executions.total(),
            "jobs": len(self.executions),
            "doubled": doubled,
            "faults": dict(self.faults),
            "calls": dict(self.calls),
            "seconds": last - first,
        }
        if names:
            value["ids"] = {job["jobName"]: job["jobId"] for job in self.jobs}
        return json.dumps(value).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b" ", 2)
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length)
                if method == b"GET":
                    how, status, answer = "answer", 200, self.count(path.endswith(b"names"))
                elif path == b"/v1/submitjob":
                    how, status, answer = self.submit(body)
                    await asyncio.sleep(self.options.latency)
                elif (told := described_bytes(path, body)) is not None:
                    how, status, answer = "answer", 200, told
                else:
                    how, status, answer = self.list(body)
                    await asyncio.sleep(self.options.latency)
                if how == "hang":
                    await asyncio.sleep(30)
                if how in ("drop", "hang"):
                    writer.transport.abort()
                    return
                kind = f"x-amzn-ErrorType: {json.loads(answer)['kind']}\r\n" if answer.startswith(b'{"kind"') else ""
                size = len(answer) + (500 if how == "cut" else 0)
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {size}\r\n{kind}\r\n".encode() + answer)
                await writer.drain()
                if how == "cut":
                    writer.close()
                    return
        writer.close()


def error(kind: str) -> bytes:
    return json.dumps({"kind": kind, "message": "at random"}).encode()


def broken(fault: str) -> tuple[int, bytes]:
    return (500, error("ServerException")) if fault.startswith("error") else (502, b"<html>Bad Gateway</html>")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0, help="calls a second, above which it throttles (0: none)")
    parser.add_argument("--burst", type=float, default=10)
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--lag", type=float, default=0, help="most seconds until an accepted job is listed")
    parser.add_argument("--lose-every", type=int, default=0, help="lose the answer of every n-th accepted job")
    parser.add_argument("--list-error", type=float, default=0)
    for name in FAULTS:
        parser.add_argument(f"--{name}", type=float, default=0)
    play = RandomBatch(parser.parse_args())
    server = await asyncio.start_server(play.serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def running(**options: float) -> Iterator[str]:
    """Give the URL of a server in a process of its own."""
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    process = subprocess.Popen([sys.executable, str(Path(__file__)), *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def seen(url: str, *, names: bool = False) -> dict[str, Any]:
    """Return what the server counted."""
    with urllib.request.urlopen(f"{url}/count{'?names' if names else ''}", timeout=10) as answer:
        return dict(json.loads(answer.read()))


if __name__ == "__main__":
    asyncio.run(main())
