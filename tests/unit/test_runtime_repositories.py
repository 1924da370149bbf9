"""awa_runtime: code of other repositories, fetched when a job starts."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from awa_runtime import fetching, image_version
from awa_runtime import remote as runtime_remote
from awa_runtime.archives import unpack
from awa_runtime.repositories import CACHE, VARIABLE, RepositoryError, read_list, use_repositories
from tests.git_server import HttpsServer, certificate, https_server
from tests.repositories import commit, git, repository

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef" * 2 + "01234567"
SHA256 = "0123456789abcdef" * 4


def packed(files: dict[str, str]) -> bytes:
    """Return a .tar.gz of files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()


ARCHIVE = packed({"scoring-1/src/scoring_of_tests/__init__.py": "VALUE = 'scored'\n", "scoring-1/README.md": "text\n"})
PIN = hashlib.sha256(ARCHIVE).hexdigest()


@dataclass
class Server:
    """A server of archives. ``answers`` are given one after the other, the last one ever again."""

    url: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The Authorization of each request."""
    hold: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    served.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.headers.get("Authorization", ""))
            code, body, headers = served.answers.pop(0) if len(served.answers) > 1 else served.answers[0]
            self.send_response(code)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:100])
            self.wfile.flush()
            served.began.set()
            served.hold.wait(60)
            self.wfile.write(body[100:])

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{listening.server_port}/scoring.tar.gz"
    served.answers = [(200, ARCHIVE, {})]
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    yield served
    served.hold.set()
    listening.shutdown()
    listening.server_close()


Use = Callable[..., Any]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Return a function that gives this process a list and fetches it, with a cache of the test's own."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    for name in ("PYTHONPATH", "IMAGE_REPOSITORIES", "TOKEN"):  # that it sets some is undone at the end
        monkeypatch.setenv(name, "")

    def use(*entries: dict[str, Any]) -> Any:
        monkeypatch.setenv(VARIABLE, json.dumps(entries))
        return use_repositories()

    return use


def entry(server: Server, **changed: Any) -> dict[str, Any]:
    return {"name": "scoring", "url": server.url, "sha256": PIN, "strip_components": 1, **changed}


def failed(use: Use, *entries: dict[str, Any], code: int = 3) -> str:
    with pytest.raises(RepositoryError) as caught:
        use(*entries)
    assert caught.value.exit_code == (75 if "does not answer" in str(caught.value) else code)
    problem, fix = str(caught.value).split("\n")
    assert fix.startswith("  ")
    return problem


# ------------------------------------------------------------------ the list


def test_without_the_variable_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert use_repositories() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sha256": None}, "it needs commit (of a git server) or sha256 (of an archive)"),
        ({"commit": COMMIT}, "it needs commit (of a git server) or sha256 (of an archive)"),
        ({"sha256": None, "commit": "main"}, "commit 'main' is no whole commit id"),
        ({"sha256": None, "commit": COMMIT[:12]}, "is no whole commit id"),
        ({"sha256": SHA256[:-1]}, "is no SHA-256"),
        ({"sha256": SHA256 + "\n"}, "is no SHA-256"),
        ({"branch": "main"}, "branch 'main' may be other code tomorrow"),
        ({"sha256": None, "tag": "v1"}, "tag 'v1' may be other code tomorrow"),
        ({"name": "../x"}, "name '../x' is no folder's name"),
        ({"name": None}, "name None is no folder's name"),
        ({"paths": "x"}, "there is no field paths"),
        ({"strip_components": -1}, "strip_components -1 is no int that it can have"),
        ({"strip_components": True}, "strip_components True is no int"),
        ({"sha256": 7}, "sha256 7 is no str"),
        ({"url": "file:///etc/passwd"}, "url 'file:///etc/passwd' is none of https://…, http://…, s3://…"),
        ({"url": "/etc/passwd"}, "is none of"),
        ({"url": "s3://bucket"}, "is none of"),
        ({"url": "http://x/y", "token": "T"}, "is none of https://…"),
        ({"url": "s3://x/y", "sha256": None, "commit": COMMIT}, "is none of https://…"),
        ({"url": "git@github.com:a/b", "sha256": None, "commit": COMMIT}, "is none of https://…"),
        ({"url": "https://u:hunter2@x/y"}, "its url holds a user or a password"),
        ({"token": "TOKEN"}, "the variable TOKEN is not set"),
    ],
)
def test_it_is_refused_before_anything_is_asked(use: Use, change: dict[str, Any], problem: str) -> None:
    one = {"name": "scoring", "url": "https://x.invalid/y.tar.gz", "sha256": SHA256, **change}
    said = failed(use, {name: value for name, value in one.items() if value is not None}, code=2)
    assert problem in said
    assert "hunter2" not in said


def test_lists_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    toml = tmp_path / "repositories.toml"
    for text, problem in (
        ("[", "AWA_BATCH_REPOSITORIES: the list of repositories cannot be read: line 1"),
        ("{}", "AWA_BATCH_REPOSITORIES is no list"),
        ("[]", "AWA_BATCH_REPOSITORIES is no list"),
        ("[1]", "AWA_BATCH_REPOSITORIES is no list"),
        (str(toml), f"{toml}: the list of repositories cannot be read: "),
    ):
        with pytest.raises(RepositoryError, match=problem) as caught:
            read_list(text)
        assert caught.value.exit_code == 2
    for text in ("", "x = 1", "repository = 1"):
        toml.write_text(text)
        with pytest.raises(RepositoryError, match="is no list of repositories"):
            read_list(str(toml))
    toml.write_text((ROOT / "container/multi_repo/runtime_download/repositories.toml").read_text().replace("# ", ""))
    with pytest.raises(RepositoryError):  # the first line is prose
        read_list(str(toml))
    toml.write_text(f'[[repository]]\nname = "a"\nurl = "https://x/y"\nsha256 = "{SHA256}"\n' * 2)
    with pytest.raises(RepositoryError, match="two repositories have the name a"):
        read_list(str(toml))


# ------------------------------------------------------------------ archives


def test_an_archive_is_fetched_verified_and_importable_and_kept(server: Server, use: Use, tmp_path: Path) -> None:
    (fetched,) = use(entry(server))
    assert str(fetched) == f"scoring {PIN[:12]}: fetched from {server.url}"
    code = (
        "import scoring_of_tests, json; from awa_runtime import image_version;"
        "print(scoring_of_tests.VALUE, dict(image_version().repositories))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT / 'container/runtime')!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == f"scored {{'scoring': '{PIN}'}}"
    assert str(fetched.folder / "src") in sys.path
    assert image_version().repositories == {"scoring": PIN}
    (again,) = use(entry(server))
    assert (again.cached, again.folder, len(server.asked)) == (True, fetched.folder, 1)
    assert str(again) == f"scoring {PIN[:12]}: taken from the cache"
    (whole,) = use(entry(server, strip_components=0))  # another folder: its content is another
    assert (whole.folder / "scoring-1/README.md").is_file()
    assert sorted(os.listdir(tmp_path / "cache")) == sorted([f".{PIN}-1.lock", f"{PIN}-1", f".{PIN}.lock", PIN])


def test_another_archive_is_refused_and_nothing_of_it_is_kept(server: Server, use: Use, tmp_path: Path) -> None:
    other = packed({"a": "b"})
    server.answers = [(200, other, {})]
    said = failed(use, entry(server))
    assert said == (
        f"scoring: {server.url} is another archive: its SHA-256 is {hashlib.sha256(other).hexdigest()}, not {PIN}."
    )
    assert os.listdir(tmp_path / "cache") == [f".{PIN}-1.lock"]


def test_a_server_that_cannot_now_is_asked_again(server: Server, use: Use) -> None:
    server.answers = [(503, b"", {}), (429, b"", {}), (200, ARCHIVE, {})]
    assert not use(entry(server))[0].cached
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "asked", "problem"),
    [
        ((404, b"", {}), 1, "answers 404 Not Found."),
        ((500, b"", {}), 3, "does not answer (3 attempts): 500 Internal Server Error."),
        ((200, ARCHIVE, {"Content-Length": "100000"}), 3, "does not answer (3 attempts): IncompleteRead"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    server: Server, use: Use, answer: tuple[int, bytes, dict[str, str]], asked: int, problem: str
) -> None:
    server.answers = [answer]
    assert problem in failed(use, entry(server))
    assert len(server.asked) == asked


def test_without_a_network_it_is_told_in_one_line_and_the_cache_still_serves(
    server: Server, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(entry(server))
    gone = {"name": "gone", "url": "http://127.0.0.1:9/x.tar.gz", "sha256": SHA256}
    assert failed(use, gone) == f"gone: {gone['url']} does not answer (3 attempts): [Errno 111] Connection refused."
    gone = {"name": "gone", "url": "https://no-such-name.invalid/x.git", "commit": COMMIT}
    assert failed(use, gone).startswith(f"gone: {gone['url']} does not answer (3 attempts): fatal: ")
    assert use({**entry(server), "url": "http://127.0.0.1:9/x.tar.gz"})[0].cached


def test_a_token_stays_with_its_server(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from awa_runtime.repositories import Repository

    monkeypatch.setenv("TOKEN", "hunter2")
    one = Repository("a", server.url, sha256=PIN, token="TOKEN")
    server.answers = [(302, b"", {"Location": server.url.replace("127.0.0.1", "localhost")}), (200, ARCHIVE, {})]
    assert fetching._download(one, one.secret) == ARCHIVE
    assert server.asked == ["Bearer hunter2", ""]


@pytest.mark.parametrize(
    "files", [{"../evil.py": "x"}, {"a/../../evil.py": "x"}, {"scoring-1": "x"}], ids=["up", "deep", "nothing left"]
)
def test_an_archive_stays_in_its_folder(server: Server, use: Use, tmp_path: Path, files: dict[str, str]) -> None:
    archive = packed(files)
    server.answers = [(200, archive, {})]
    strip = 1 if "scoring-1" in files else 0
    failed(use, entry(server, sha256=hashlib.sha256(archive).hexdigest(), strip_components=strip))
    assert not list(tmp_path.rglob("evil.py"))
    assert [name for name in os.listdir(tmp_path / "cache") if not name.endswith(".lock")] == []


def test_what_is_no_archive_is_told(server: Server, use: Use) -> None:
    server.answers = [(200, b"hello", {})]
    assert "cannot be unpacked" in failed(use, entry(server, sha256=hashlib.sha256(b"hello").hexdigest()))


def test_hard_links_and_links_keep_their_place(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:xz") as archive:
        one = tarfile.TarInfo("./top/a.py")
        one.size = 1
        archive.addfile(one, io.BytesIO(b"1"))
        for name, kind, target in (("top/b.py", tarfile.LNKTYPE, "./top/a.py"), ("top/c.py", tarfile.SYMTYPE, "a.py")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, target
            archive.addfile(link)
    unpack(made.getvalue(), tmp_path / "x", strip=1)
    assert {path.name: path.read_text() for path in (tmp_path / "x").iterdir()} == {
        "a.py": "1",
        "b.py": "1",
        "c.py": "1",
    }


def test_an_archive_in_s3_is_read_with_the_jobs_role(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    runtime_remote._client.cache_clear()
    one = {"name": "scoring", "url": "s3://the-bucket/code/scoring.tar.gz", "sha256": PIN}
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="the-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert failed(use, one) == "scoring: there is no s3://the-bucket/code/scoring.tar.gz."
        s3.put_object(Bucket="the-bucket", Key="code/scoring.tar.gz", Body=ARCHIVE)
        s3.put_object(Bucket="the-bucket", Key="list.json", Body=json.dumps([one]).encode())
        monkeypatch.setenv(VARIABLE, "s3://the-bucket/list.json")
        assert [one.cached for one in use_repositories()] == [False]
    runtime_remote._client.cache_clear()


# ------------------------------------------------------------------ several jobs, one cache


def start(server: Server, cache: Path) -> subprocess.Popen[str]:
    """Start what a job starts with."""
    return subprocess.Popen(
        [sys.executable, "-m", "awa_runtime", sys.executable, "-c", "import scoring_of_tests as s; print(s.VALUE)"],
        env={
            **os.environ, VARIABLE: json.dumps([entry(server)]), CACHE: str(cache), "PYTHONPATH": "container/runtime",
        },
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_jobs_that_start_at_once_fetch_once(server: Server, tmp_path: Path) -> None:
    server.hold.clear()
    jobs = [start(server, tmp_path / "cache") for _ in range(4)]
    assert server.began.wait(60)
    server.hold.set()
    said = [job.communicate(timeout=120) for job in jobs]
    assert [(job.returncode, out) for job, (out, _) in zip(jobs, said, strict=True)] == [(0, "scored\n")] * 4
    assert len(server.asked) == 1
    assert sorted("taken from the cache" in problem for _, problem in said) == [False, True, True, True]


def test_a_job_that_is_killed_half_way_leaves_nothing_that_another_would_take(server: Server, tmp_path: Path) -> None:
    server.hold.clear()
    job = start(server, tmp_path / "cache")
    assert server.began.wait(60)
    job.send_signal(signal.SIGKILL)
    job.communicate(timeout=60)
    server.hold.set()
    assert [name for name in os.listdir(tmp_path / "cache") if not name.startswith(".")] == []
    job = start(server, tmp_path / "cache")
    assert job.communicate(timeout=60)[0] == "scored\n"


def test_what_another_user_put_there_is_not_taken(
    server: Server, use: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(entry(server))
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    assert "belongs to another user" in failed(use, entry(server))


def test_a_cache_that_cannot_be_written_to_is_told(server: Server, use: Use, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert f"scoring: {tmp_path / 'cache'} cannot be written to: " in failed(use, entry(server))


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    given = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", "awa_runtime", "no-such-command"],
        env={**given, "PYTHONPATH": "container/runtime"}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2, "no-such-command cannot be run: No such file or directory.",
    )  # fmt: skip


def test_a_job_whose_repository_is_not_there_ends_with_75(tmp_path: Path) -> None:
    given = [{"name": "gone", "url": "http://127.0.0.1:9/x", "sha256": SHA256}]
    run = functools.partial(
        subprocess.run, [sys.executable, "container/latest/run_batch.py", "version_test"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    code = "import awa_runtime.fetching as f; f.PAUSE = 0.0"
    (tmp_path / "sitecustomize.py").write_text(code)
    path = f"{tmp_path}:container/runtime"
    done = run(env={**os.environ, VARIABLE: json.dumps(given), CACHE: str(tmp_path), "PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr.startswith("gone: http://127.0.0.1:9/x does not answer (3 attempts): ")
    assert done.stderr.count("\n") == 2
    done = run(env={**os.environ, VARIABLE: "[]", "PYTHONPATH": path})
    assert (done.returncode, done.stderr.count("\n")) == (2, 2)


# ------------------------------------------------------------------ git


@pytest.fixture
def git_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpsServer]:
    files = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    (tmp_path / "served").mkdir()
    with https_server(tmp_path / "served", "127.0.0.1", files[1]) as server:
        yield server


def test_a_commit_is_fetched_with_its_token_and_verified(
    git_url: HttpsServer, use: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "served/reporting"
    wanted = repository(other, {"reporting_of_tests.py": "VALUE = 1\n"})
    (other / "later.py").write_text("")
    commit(other)
    one = {"name": "reporting", "url": f"{git_url.url}/reporting", "commit": wanted, "token": "TOKEN"}
    git_url.tokens["reporting"] = "hunter/2"
    monkeypatch.setenv("TOKEN", "wrong")
    said = failed(use, one)
    assert said.startswith(f"reporting: {one['url']} could not be had at {wanted}: fatal: ")
    monkeypatch.setenv("TOKEN", "hunter/2")
    (fetched,) = use(one)
    assert sorted(os.listdir(fetched.folder)) == ["reporting_of_tests.py"]
    assert str(fetched.folder) in sys.path
    asked = len(git_url.asked)
    assert use(one)[0].cached
    assert len(git_url.asked) == asked
    assert "hunter" not in json.dumps(dict(os.environ)).replace("hunter/2", "", 1)
    said = failed(use, {**one, "commit": COMMIT})
    assert said.startswith(f"reporting: {one['url']} could not be had at {COMMIT}: fatal: ")
    assert git(other, "rev-parse", "HEAD") != wanted


def test_without_git_in_the_image_it_is_told(git_url: HttpsServer, use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    said = failed(use, {"name": "reporting", "url": f"{git_url.url}/reporting", "commit": COMMIT})
    assert said == "reporting: there is no git in this image."
