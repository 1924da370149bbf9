"""Another user of this machine reaches the port, and nothing else: no key, no file, no answer but AWS's refusal."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from typing import Any

import pytest
from batch_support import LocalBatch, signed

from tests.needs import missing

NEIGHBOUR = "nobody"

TRIES = """
import encodings.idna, http.client, json, os, sys, urllib.error, urllib.request
uid, gid, url, authorization, pid, state = sys.argv[1:]
# Only now: this Python may lie in a folder that others may not enter.
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))

def status(path, **headers):
    asked = urllib.request.Request(url + path, b'{"jobs": ["x"]}', headers)
    try:
        return urllib.request.urlopen(asked, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code

def read(path):
    try:
        return len(open(path, "rb").read())
    except OSError as error:
        return type(error).__name__

print(json.dumps({
    "unsigned": status("/v1/describejobs"),
    "a key of its own": status("/v1/describejobs", Authorization=authorization),
    "the server's own calls": status("/_batch/reclaim", Authorization="Basic dGVzdDp0ZXN0"),
    "moto": status("/moto-api/reset"),
    "s3": status("/bucket/key"),
    "files": [read(os.path.join(state, name)) for name in ("credentials.json", "server.json", "server.log")],
    "environment": read(f"/proc/{pid}/environ"),
    "memory": read(f"/proc/{pid}/mem"),
}))
"""


@pytest.fixture(scope="module")
def neighbour() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        missing("only root can act as another user")
    try:
        return pwd.getpwnam(NEIGHBOUR)
    except KeyError:
        missing(f"there is no user {NEIGHBOUR}")


def tried(aws: LocalBatch, user: pwd.struct_passwd, pid: int) -> dict[str, Any]:
    """Return what came of a user's attempts on the server and on a process."""
    whose = [str(user.pw_uid), str(user.pw_gid)]
    words = [aws.server.endpoint_url, signed("batch", "AKIAOFTHENEIGHBOUR00"), str(pid), str(aws.state_dir)]
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRIES, *whose, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_another_user_is_not_let_in(aws: LocalBatch, neighbour: pwd.struct_passwd) -> None:
    found = tried(aws, neighbour, aws.server.pid)
    assert found.pop("files") == ["PermissionError"] * 3
    assert {found.pop(name) for name in ("environment", "memory")} == {"PermissionError"}
    assert found == dict.fromkeys(found, 403) | {"moto": found["moto"]}
    assert found["moto"] in (403, 404)


def test_another_user_does_not_see_a_jobs_keys(process_aws: LocalBatch, neighbour: pwd.struct_passwd) -> None:
    job_id = process_aws.submit(process_aws.queue(), process_aws.definition("sh", "-c", "echo $$; exec sleep 60"))
    job = process_aws.wait(job_id, "RUNNING")
    process_aws.until(lambda: bool(process_aws.lines(job)))
    found = tried(process_aws, neighbour, int(process_aws.lines(job)[0]))
    process_aws.batch.terminate_job(jobId=job_id, reason="the test is over")
    assert (found["environment"], found["memory"]) == ("PermissionError", "PermissionError")
