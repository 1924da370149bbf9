"""A page in a real headless Chromium, driven over its DevTools protocol through a pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.needs import missing

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "ArrowDown": (40, ""), "End": (35, ""), " ": (32, " ")}


def program() -> str:
    """Return the browser of this machine; skips where there is none."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        missing(f"no browser on PATH: {', '.join(PROGRAMS)}")
    return found


class Page:
    """One page. ``requests`` are all addresses that it asked for, ``said`` what it told its console."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive, self._rest, self._number = send, receive, b"", 0
        self.requests: list[str] = []
        self.said: list[str] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Make one call of the protocol."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._send, data) :]
        while (answer := self._read()).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, (method, answer)
        return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while b"\0" not in self._rest:
            assert select.select([self._receive], [], [], max(0, deadline - time.monotonic()))[0], (
                "the browser is silent"
            )
            chunk = os.read(self._receive, 1 << 20)
            assert chunk, "the browser has ended"
            self._rest += chunk
        one, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(one))

    def _note(self, event: dict[str, Any]) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(str([one.get("value") for one in params["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(params["exceptionDetails"])[:500])
        elif method == "Log.entryAdded":
            self.said.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.said.append("a dialog")

    def open(self, file: Path, ready: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> float:
        """Open a file and return the seconds until ``ready`` (an expression) is true."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        began = time.monotonic()
        self.call("Page.navigate", url=file.as_uri())
        self.until(ready)
        return time.monotonic() - began

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + 60
        while not self.eval(f"Boolean({expression})"):
            assert time.monotonic() < deadline, expression
            time.sleep(0.02)

    def eval(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        code, text = KEYS[key]
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def type(self, text: str) -> None:
        """Type text where the focus is."""
        self.call("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """Save the whole page as PNG."""
        whole = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(whole["data"]))

    def printed(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])


@contextmanager
def browser(profile: Path) -> Iterator[Callable[[], Page]]:
    """Run a browser; what is given opens a page in it."""
    to_browser, of_browser = os.pipe(), os.pipe()

    def pipes() -> None:
        # It reads commands from 3 and writes answers to 4.
        read, write = os.dup(to_browser[0]), os.dup(of_browser[1])
        os.dup2(read, 3)
        os.dup2(write, 4)

    words = [program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
             "--remote-debugging-pipe"]  # fmt: skip
    process = subprocess.Popen(  # the browser's own pipes are numbers 3 and 4
        words, preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_browser[0])
    os.close(of_browser[1])
    try:
        yield lambda: Page(to_browser[1], of_browser[0])
    finally:
        process.kill()
        process.wait(20)
        os.close(to_browser[1])
        os.close(of_browser[0])
