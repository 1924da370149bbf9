"""A process image, made for real from the lock, and jobs run in it. No engine is needed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from awa_batch.demo import objects
from awa_batch.images.make_process_image import build_process_image
from awa_batch.local_server import PROCESS_REGISTRY
from local_batch.runners.process_images import ProcessImage, ProcessImages
from tests.image.conftest import ROOT

DATA = ROOT / "jobs/s3_concat/data.src"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> ProcessImage:
    state = tmp_path_factory.mktemp("state")
    return ProcessImages(state, PROCESS_REGISTRY).get(build_process_image(ROOT, state, print))


def run(image: ProcessImage, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the process runner does: clean environment, the image's own first on PATH."""
    environment = {
        "PATH": f"{image.folder}/venv/bin:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(image.folder / "venv"),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        **{name: value for name, value in image.env.items() if name != "PATH_PREPEND"},
        **variables,
    }
    return subprocess.run(command, cwd=image.working_dir, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


def test_its_command_lists_the_jobs(image: ProcessImage) -> None:
    done = run(image, *image.command)
    assert done.returncode == 0, done.stderr
    assert "latest 0.1.0" in done.stdout
    assert done.stdout.split()[-3:] == ["s3_concat", "table_stats", "version_test"]


def test_it_uses_its_own_environment_alone(image: ProcessImage) -> None:
    code = "import awa_runtime, isal, sys; print(awa_runtime.__file__, sys.prefix)"
    done = run(image, "python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert all(Path(path).is_relative_to(image.folder / "venv") for path in done.stdout.split())
    assert run(image, "python", "-c", "import moto").returncode == 1


def test_nothing_in_it_names_the_clone_it_was_made_from(image: ProcessImage) -> None:
    for path in image.folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix in {".json", ".py", ".pth", ".cfg", ".txt", ""}:
            assert str(ROOT / "container").encode() not in path.read_bytes(), path


def test_wrong_parameters_end_with_2(image: ProcessImage) -> None:
    assert run(image, "python", "run_batch.py", "version_test", CONFIG_JSON='{"a": 1}').returncode == 2


def test_s3_concat_joins_the_real_data_in_it(image: ProcessImage, endpoint: str) -> None:
    s3 = boto3.client(
        "s3", endpoint_url=endpoint, region_name="ap-northeast-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    s3.create_bucket(Bucket="process-bucket", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    objects.upload(s3, "process-bucket", DATA, "data/")
    done = run(
        image, "python", "run_batch.py", "s3_concat",
        CONFIG_JSON='{"bucket": "process-bucket"}', AWS_ENDPOINT_URL=endpoint, AWS_DEFAULT_REGION="ap-northeast-1",
        AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "with isal" in done.stdout
    assert objects.verify(s3, "process-bucket", "out/s3_concat/joined.gz", DATA)[0] == 2_294_215
    assert json.loads(done.stdout.splitlines()[-1])["objects"] == 12
