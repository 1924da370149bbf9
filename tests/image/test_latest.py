"""container/latest: built, pushed to a real registry, run as AWS Batch runs it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from awa_batch.demo import objects
from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.context import commit_time, context_files
from awa_batch.images.docker_engine import Engine
from awa_batch.images.dockerfiles import image_sources
from awa_batch.images.make_process_image import _app_files
from awa_batch.images.push import PushFailedError, push_image
from awa_batch.images.registry import clean_registry, start_registry
from awa_batch.images.registry_api import RegistryApi
from tests.image.conftest import ROOT, Run
from tests.needs import missing

PARAMETERS = (ROOT / "jobs/version_test/parameters.json").read_text()
DATA = ROOT / "jobs/s3_concat/data.src"


def inspect(engine: Engine, image: str) -> dict[str, Any]:
    done = subprocess.run([str(engine.command), "image", "inspect", image], capture_output=True, text=True, check=True)
    (found,) = json.loads(done.stdout)
    return dict(found)


def test_the_pushed_digest_is_the_registrys_own(pushed: dict[str, str]) -> None:
    for name, reference in pushed.items():
        found = re.fullmatch(r"(127\.0\.0\.1:\d+)/(awa-batch-local/\w+)@(sha256:[0-9a-f]{64})", reference)
        assert found is not None
        address, repository, digest = found.groups()
        assert repository.endswith(name)
        request = urllib.request.Request(
            f"http://{address}/v2/{repository}/manifests/{digest}",
            headers={
                "Accept": "application/vnd.docker.distribution.manifest.v2+json, "
                "application/vnd.oci.image.manifest.v1+json"
            },
        )
        with urllib.request.urlopen(request) as answer:
            assert f"sha256:{hashlib.sha256(answer.read()).hexdigest()}" == digest


def test_building_again_changes_nothing(
    built: dict[str, BuiltImage], pushed: dict[str, str], engine: Engine, state: Path
) -> None:
    again = build_image("latest", root=ROOT, engine=engine, state_dir=state, say=print)
    assert again.image_id == built["latest"].image_id
    repository = pushed["latest"].split("@")[0]
    assert push_image(engine, again.reference, repository, again.revision, say=print) == pushed["latest"]


def test_a_registry_tells_what_an_image_is_without_a_pull(
    pushed: dict[str, str], built: dict[str, BuiltImage], address: str
) -> None:
    repository, _, digest = pushed["latest"].partition("@")
    api = RegistryApi(repository)
    assert api.tags() == [built["latest"].revision]
    assert api.digest(built["latest"].revision) == digest
    facts = api.facts(digest)
    lock = (ROOT / "container/latest/requirements.lock").read_text()
    assert facts.packages is not None
    assert {f"{name}=={version}" for name, version in facts.packages.items()} <= set(lock.split())
    assert "boto3" in facts.packages
    assert facts.code == {
        name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest()[:12] for name in context_files(ROOT)
    }
    assert facts.size > 1 << 20
    assert RegistryApi(f"{address}/nobody/has").tags() == []
    assert api.digest("no-such-tag") is None


def test_cleaning_up_takes_the_names_out_of_the_engine(tiny: str, address: str, engine: Engine, tmp_path: Path) -> None:
    assert address  # a registry can be started on this machine
    own = start_registry(tmp_path, engine, print)
    reference = push_image(engine, tiny, f"{own}/awa-batch-local/test", "x", say=print)
    assert inspect(engine, reference)
    clean_registry(tmp_path)
    done = subprocess.run([str(engine.command), "image", "ls"], capture_output=True, text=True, check=True)
    assert own not in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert inspect(engine, tiny)  # the image itself stays


def test_a_push_to_where_nothing_listens_is_an_error(tiny: str, engine: Engine) -> None:
    with pytest.raises(PushFailedError, match=r"127\.0\.0\.1:9/nothing"):
        push_image(engine, tiny, "127.0.0.1:9/nothing", "x", say=print)
    subprocess.run([str(engine.command), "image", "rm", "127.0.0.1:9/nothing:x"], capture_output=True, check=True)


def test_it_has_a_command_no_entry_point_and_says_what_it_is(
    pushed: dict[str, str], built: Any, engine: Engine
) -> None:
    config = inspect(engine, pushed["latest"])["Config"]
    assert not config.get("Entrypoint")
    assert config["Cmd"] == ["python", "run_batch.py"]
    assert config["WorkingDir"] == "/app"
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.revision"] == built["latest"].revision
    assert config["Labels"]["org.opencontainers.image.version"] == "0.1.0"
    names = {variable.split("=")[0] for variable in config["Env"]}
    assert not [name for name in names if "CERT" in name or "CA_BUNDLE" in name or "INDEX" in name]


@pytest.mark.parametrize("name", ["latest", "test"])
def test_it_says_when_its_commit_was_made(pushed: dict[str, str], engine: Engine, name: str) -> None:
    found = inspect(engine, pushed[name])
    made = commit_time(ROOT, image_sources(ROOT, name))
    assert made is not None
    assert datetime.fromisoformat(found["Config"]["Labels"]["org.opencontainers.image.created"]) == made
    assert datetime.fromisoformat(found["Created"]) == made  # not when it was built


def test_what_built_it_is_not_in_it(pushed: dict[str, str], run: Run) -> None:
    for name in ("latest", "test"):
        tools = ("uv", "cc", "gcc", "g++", "clang", "ld", "make", "pip", "git")
        found = run(pushed[name], "sh", "-c", f"for tool in {' '.join(tools)}; do command -v $tool; done; echo end")
        assert found.stdout.split() == ["end"]
        searched = run(pushed[name], "sh", "-c", "find / -xdev -name 'uv' -o -name 'uv-*'; ls /var/cache")
        assert "uv" not in searched.stdout


def test_its_default_command_lists_the_jobs(pushed: dict[str, str], built: dict[str, BuiltImage], run: Run) -> None:
    done = run(pushed["latest"])
    assert done.returncode == 0, done.stderr
    assert f"latest 0.1.0 ({built['latest'].revision})" in done.stdout
    assert done.stdout.split()[-3:] == ["s3_concat", "table_stats", "version_test"]


def test_a_command_override_is_what_runs(pushed: dict[str, str], run: Run) -> None:
    done = run(pushed["latest"], "echo", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def test_it_runs_as_a_user_that_can_write_only_to_tmp(pushed: dict[str, str], run: Run) -> None:
    code = (
        "import getpass, os\n"
        "print(os.getuid(), os.getgid(), getpass.getuser(), os.path.expanduser('~'))\n"
        "for folder in ('/', '/app', '/opt/venv', '/tmp'):\n"
        "    try: open(folder + '/x', 'w'); print(folder, 'written')\n"
        "    except OSError as error: print(folder, error.strerror)\n"
    )
    lines = run(pushed["latest"], "python", "-c", code).stdout.splitlines()
    assert lines[0] == "10001 10001 batch /tmp"
    assert [line for line in lines if line.endswith("written")] == ["/tmp written"]


def test_a_volume_on_tmp_is_writable_for_its_user(pushed: dict[str, str], engine: Engine) -> None:
    # As on Fargate, which has no tmpfs: the volume takes the directory's mode where the image declares it.
    hardened = ["--rm", "--read-only", "--cap-drop", "ALL"]
    done = subprocess.run(
        [str(engine.command), "run", *hardened, pushed["latest"], "sh", "-c", "touch /tmp/x && stat -c %a /tmp"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1777\n"), done.stderr


def test_version_test_runs_in_it(pushed: dict[str, str], built: dict[str, BuiltImage], run: Run) -> None:
    done = run(
        pushed["latest"], "python", "run_batch.py", "version_test",
        CONFIG_JSON=PARAMETERS, AWS_BATCH_JOB_ID="abc:1", AWS_BATCH_JOB_ARRAY_INDEX="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *_, reported, usage = done.stdout.splitlines()
    assert json.loads(usage)["awa_batch_usage"]["memory_source"].startswith("cgroup")
    report = json.loads(reported)
    assert report["image"] == {"name": "latest", "version": "0.1.0", "revision": built["latest"].revision}
    assert report["array_index"] == 1
    assert report["parameters"]["settings"]["batchSize"] == 100


@pytest.mark.parametrize("command", [("version_test",), ("no_such_job",), ("version_test", "--param_json", "/no.json")])
def test_refusals_end_with_2(pushed: dict[str, str], run: Run, command: tuple[str, ...]) -> None:
    done = run(pushed["latest"], "python", "run_batch.py", *command)
    assert (done.returncode, done.stdout.count("{")) == (2, 0)
    assert "Traceback" not in done.stderr


def test_s3_concat_joins_the_real_data_in_it(pushed: dict[str, str], run: Run, engine: Engine) -> None:
    if not engine.is_native:
        missing("an engine that shares this machine's network")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        s3 = boto3.client(
            "s3", endpoint_url=endpoint, region_name="ap-northeast-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        s3.create_bucket(Bucket="image-bucket", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        objects.upload(s3, "image-bucket", DATA, "data/")
        done = run(
            pushed["latest"], "python", "run_batch.py", "s3_concat", options=("--network", "host"),
            CONFIG_JSON='{"bucket": "image-bucket"}', AWS_ENDPOINT_URL=endpoint, AWS_REGION="ap-northeast-1",
            AWS_DEFAULT_REGION="ap-northeast-1", **keys,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "with isal" in done.stdout
        size, _ = objects.verify(s3, "image-bucket", "out/s3_concat/joined.gz", DATA)
        assert json.loads(done.stdout.splitlines()[-1])["bytes"] == size == 2_294_215
    finally:
        server.stop()


def test_sigterm_reaches_the_job_as_process_1(pushed: dict[str, str], engine: Engine) -> None:
    code = (
        "import os, time\nfrom awa_runtime import on_sigterm\n"
        "on_sigterm(lambda: print('saved as', os.getpid(), flush=True))\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    docker = str(engine.command)
    name = f"awa-batch-test-{time.time_ns()}"
    try:
        process = subprocess.Popen(
            [docker, "run", "--name", name, pushed["latest"], "python", "-c", code], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        subprocess.run([docker, "kill", "--signal", "TERM", name], check=True, capture_output=True)
        output, _ = process.communicate(timeout=20)
        assert time.monotonic() - started < 10
        assert output == "saved as 1\n"
        assert process.returncode == 143
    finally:
        subprocess.run([docker, "rm", "--force", name], capture_output=True, check=False)


def test_it_holds_exactly_what_the_process_image_holds(pushed: dict[str, str], run: Run) -> None:
    code = (
        "import awa_runtime, pathlib\n"
        "runtime = pathlib.Path(awa_runtime.__file__).parent\n"
        "for root, name in ((pathlib.Path('/app'), ''), (runtime, 'awa_runtime/')):\n"
        "    for path in root.rglob('*'):\n"
        "        if path.is_file() and path.suffix != '.pyc': print(name + str(path.relative_to(root)))\n"
    )
    found = set(run(pushed["latest"], "python", "-c", code).stdout.split())
    files = context_files(ROOT)
    app = {target for _, target in _app_files(files)}
    runtime = {name.removeprefix("container/runtime/") for name in files if name.startswith("container/runtime/awa_")}
    assert found == app | runtime


def test_its_environment_is_the_lock(pushed: dict[str, str], run: Run) -> None:
    code = (
        "import importlib.metadata as m, re\n"
        "for d in m.distributions(): print(re.sub('[-_.]+', '-', d.name.lower()), d.version)"
    )
    found = dict(line.split() for line in run(pushed["latest"], "python", "-I", "-c", code).stdout.splitlines())
    lock = (ROOT / "container/latest/requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, re.MULTILINE))
    assert found == {**locked, "awa-runtime": "0.1.0"}


def test_bytecode_is_compiled(pushed: dict[str, str], run: Run) -> None:
    code = "import botocore.session, jobs.version_test.model as m; print(botocore.session.__cached__, m.__cached__)"
    cached = run(pushed["latest"], "python", "-c", code).stdout.split()
    assert len(cached) == 2
    assert run(pushed["latest"], "ls", *cached).returncode == 0
