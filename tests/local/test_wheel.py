"""awa-batch from its wheel, where there is no clone: who has the contract submits, and all else says what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests
from offered import ROOT, Offered

UV = Path(sys.executable).with_name("uv")
CONNECTED = """
from awa_batch import connect
with connect("local") as batch:
    print(batch.submit("fargate-sample", ["echo", "hello"]).wait(timeout=60).status)
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel alone, and a folder that is in no clone."""

    venv: Path
    home: Path
    offered: Offered

    def run(self, *words: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment as who has the local AWS's keys, and nothing else of it."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
        done = subprocess.run(
            [str(self.venv / "bin" / words[0]), *words[1:]],
            env={
                **kept,
                "HOME": str(self.home),
                "AWS_ENDPOINT_URL": self.offered.aws.server.endpoint_url,
                **self.offered.aws.keys.variables(),
                **variables,
            },
            cwd=self.home, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, ROOT],
        check=True,
    )
    (found,) = out.glob("awa_batch-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    subprocess.run([UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel], check=True)
    # Its dependencies are those of the tests' environment, whose own .pth files, which lead to the clone, are not read.
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / "home").mkdir()
    return Installed(folder / "venv", folder / "home", Offered(process_aws, folder, "echo", "hello"))


def test_the_wheel_has_the_toolkit_and_its_files_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"awa_batch", "eventbridge_schedules"}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "scripts/awa_batch"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert {name.removeprefix("scripts/") for name in tracked} == {
        name for name in names if name.startswith("awa_batch/")
    }


def test_nothing_of_the_clone_is_there(installed: Installed) -> None:
    where = "import awa_batch, importlib.util as u; print(awa_batch.__file__, u.find_spec('local_batch'))"
    file, found = installed.run("python", "-c", where).stdout.split()
    assert Path(file).is_relative_to(installed.venv)
    assert found == "None"


def test_who_has_the_contract_as_a_file_submits_and_sees_the_end(installed: Installed) -> None:
    contract = {"AWA_BATCH_CONTRACT": str(installed.offered.contract)}
    done = installed.run(
        "awa-batch", "submit", "ec2-sample", "--once", "wheel", "--follow", "--", "echo", "hello", **contract
    )
    assert "hello" in done.stdout + done.stderr
    job = installed.run("awa-batch", "history", "-o", "json", **contract)
    assert [one["status"] for one in json.loads(job.stdout)] == ["SUCCEEDED"]
    assert "terraform" not in installed.run("awa-batch", "doctor", **contract).stdout
    assert "succeeded" in installed.run("awa-batch", "why", "@last", **contract).stdout
    assert installed.run("python", "-c", CONNECTED, **contract).stdout == "SUCCEEDED\n"
    rows = installed.home / "rows.csv"
    rows.write_text("city\nTokyo\nOsaka\n")
    config = installed.home / "config.json"
    config.write_text("{}")
    installed.run("awa-batch", "submit", "ec2-sample", "--each", str(rows), "--wait", "--", "true", **contract)
    # The job's model is in the clone: what cannot be checked is told, and sent.
    told = installed.run("awa-batch", "submit", "ec2-sample", "--config", str(config), "--dry-run", "--", "python",
                         "run_batch.py", "version_test", **contract)  # fmt: skip
    assert "is not checked: its model is in the clone" in told.stderr


def test_who_has_the_contract_in_s3_submits_as_to_an_account(installed: Installed) -> None:
    """ENV=dev is an account to the toolkit: its credentials and its address are those of AWS's own settings."""
    value = json.loads(installed.offered.contract.read_text()) | {"environment": "dev"}
    installed.offered.s3.put_object(
        Bucket=installed.offered.bucket, Key="contract/contract.json", Body=json.dumps(value).encode()
    )
    address = f"s3://{installed.offered.bucket}/contract/contract.json"
    contract = {"AWA_BATCH_CONTRACT": address}
    installed.run("awa-batch", "submit", "ec2-sample", "--wait", "--", "true", **contract)
    assert "SUCCEEDED" in installed.run("awa-batch", "status", "-E", "dev", **contract).stdout
    wrong = installed.run("awa-batch", "status", "-E", "prod", code=2, **contract)
    assert "is of dev" in wrong.stderr
    gone = installed.run("awa-batch", "status", code=3, AWA_BATCH_CONTRACT=address + ".gone")
    assert gone.stderr.startswith(f"awa-batch: AWS refused reading the contract at {address}.gone: NoSuchKey")


@pytest.mark.parametrize(
    "words",
    ["submit ec2-sample -- true", "status", "plan -E dev", "drift", "up", "build", "new-job my_job", "local up", "demo",
     "image list -E dev", "release status -E dev", "compute plan", "new-env staging", "image add polars", "bootstrap"],
)  # fmt: skip
def test_what_needs_a_clone_says_so_in_one_line_and_what_to_do(installed: Installed, words: str) -> None:
    done = installed.run("awa-batch", *words.split(), code=2)
    what, fix = done.stderr.splitlines()
    assert what == "awa-batch: No awa-batch project found in this folder or above it: this needs a clone."
    assert "AWA_BATCH_ROOT" in fix
    assert "AWA_BATCH_CONTRACT" in fix
    assert done.stdout == ""


@pytest.mark.parametrize(
    "words", ["local up", "local status", "plan", "build", "submit ec2-sample --code . -- python run_batch.py a"]
)
def test_a_contract_is_no_clone(installed: Installed, words: str) -> None:
    done = installed.run("awa-batch", *words.split(), code=2, AWA_BATCH_CONTRACT=str(installed.offered.contract))
    assert len(done.stderr.splitlines()) == 2, done.stderr
    assert "clone" in done.stderr
