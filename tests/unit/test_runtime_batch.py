"""awa_runtime: what AWS Batch tells, SIGTERM, logging, the image's version."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from awa_runtime import array_index, array_size, attempt, configure_logging, image_version, job_id, on_sigterm

RUNTIME = Path(__file__).resolve().parents[2] / "container" / "runtime"


def python(code: str, **variables: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_BATCH", "LOG_", "IMAGE_"))}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": str(RUNTIME), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_outside_aws_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_BATCH")]:
        monkeypatch.delenv(name)
    assert (array_index(), array_size(), attempt(), job_id()) == (None, None, 1, None)


def test_in_an_array_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_INDEX", "0")
    monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_SIZE", "10")
    monkeypatch.setenv("AWS_BATCH_JOB_ATTEMPT", "3")
    monkeypatch.setenv("AWS_BATCH_JOB_ID", "abc:0")
    assert (array_index(), array_size(), attempt(), job_id()) == (0, 10, 3, "abc:0")


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "\u0661"])
def test_an_index_that_is_no_number_is_an_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_INDEX", text)
    with pytest.raises(ValueError, match="AWS_BATCH_JOB_ARRAY_INDEX is"):
        array_index()


def test_an_attempt_starts_at_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BATCH_JOB_ATTEMPT", "0")
    with pytest.raises(ValueError, match="from 1 up"):
        attempt()


SLEEPER = """
import time
from awa_runtime import configure_logging, on_sigterm
configure_logging()
on_sigterm(lambda: print("first", flush=True))
on_sigterm(lambda: 1 / 0)
take_off = on_sigterm(lambda: print("taken off", flush=True))
take_off()
def last():
    print("last", flush=True)
    time.sleep(0.3)
    print("last done", flush=True)
on_sigterm(last)
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    print("finally", flush=True)
"""


def test_sigterm_runs_the_callbacks_newest_first_and_ends_with_143() -> None:
    process = python(SLEEPER)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "last\n"
    process.send_signal(signal.SIGTERM)  # must not cut the callbacks short
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 143
    lines = output.splitlines()
    assert lines[0] == "last done"
    assert "ZeroDivisionError: division by zero" in lines
    assert lines[-2:] == ["first", "finally"]


def test_on_sigterm_outside_the_main_thread_is_an_error() -> None:
    caught: list[Exception] = []

    def attempt_it() -> None:
        try:
            on_sigterm(lambda: None)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=attempt_it)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


LOGGER = """
import logging
from awa_runtime import configure_logging
configure_logging()
log = logging.getLogger("job")
log.debug("hidden")
log.info("größer %d", 1, extra={"rows": 3, "api_token": "hunter2"})
logging.getLogger("botocore.credentials").info("Found credentials")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("broke")
"""


def test_json_logging_is_one_object_a_line() -> None:
    output, errors = python(
        LOGGER, LOG_FORMAT="json", AWS_BATCH_JOB_ID="abc:2", AWS_BATCH_JOB_ARRAY_INDEX="2", AWS_BATCH_JOB_ATTEMPT="2"
    ).communicate(timeout=10)
    assert errors == ""
    first, second = (json.loads(line) for line in output.splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "INFO",
        "logger": "job",
        "message": "größer 1",
        "job_id": "abc:2",
        "attempt": 2,
        "array_index": 2,
        "rows": 3,
        "api_token": "**********",
    }
    assert second["level"] == "ERROR"
    assert second["exception"].endswith("ZeroDivisionError: division by zero")


def test_plain_logging_is_the_default() -> None:
    output, errors = python(LOGGER).communicate(timeout=10)
    assert errors == ""
    first, second, *_traceback = output.splitlines()
    assert first.endswith("Z INFO größer 1")
    assert second.endswith("ERROR broke")
    assert "hidden" not in output
    assert "Found credentials" not in output


def test_logging_reaches_stdout_before_the_process_ends() -> None:
    code = "import logging, time\nfrom awa_runtime import configure_logging\nconfigure_logging()\nprint('a')\n"
    process = python(f"{code}logging.info('b')\ntime.sleep(30)")
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "a\n"
        assert process.stdout.readline().endswith(" b\n")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("name", "value"), [("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud")])
def test_a_wrong_logging_setting_is_named(name: str, value: str) -> None:
    process = python(LOGGER, **{name: value})
    _, errors = process.communicate(timeout=10)
    what, fix = errors.splitlines()
    assert process.returncode == 2
    assert what == f"{name} is {value!r}."
    assert fix.startswith("  Set it to one of ")


def test_a_wrong_format_in_the_code_is_an_error_of_the_code() -> None:
    with pytest.raises(ValueError, match="format is 'xml'"):
        configure_logging("xml")
    with pytest.raises(ValueError, match="level is 'LOUD'"):
        configure_logging(level="loud")


def test_the_images_version(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IMAGE_NAME", "IMAGE_VERSION", "IMAGE_REVISION", "IMAGE_REPOSITORIES"):
        monkeypatch.delenv(name, raising=False)
    assert str(image_version()) == "latest source"
    monkeypatch.setenv("IMAGE_VERSION", "1.2.3")
    monkeypatch.setenv("IMAGE_REVISION", "abc")
    assert str(image_version()) == "latest 1.2.3 (abc)"
    monkeypatch.setenv("IMAGE_REPOSITORIES", '{"scoring": "0123456789abcdef", "a": "b"}')
    assert str(image_version()) == "latest 1.2.3 (abc) with a b, scoring 0123456789ab"
    assert image_version().repositories == {"scoring": "0123456789abcdef", "a": "b"}
    for text in ("{", "[]", ""):
        monkeypatch.setenv("IMAGE_REPOSITORIES", text)
        assert image_version().repositories == {}
