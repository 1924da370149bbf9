"""Programs that know AWS Batch and nothing of this repository, as their makers publish them, on the local AWS Batch.

Each runs a small real workload to its end. They get an address and keys by the environment, as `aws-batch-local env`
prints them, and each has an environment of its own, made from the lock beside this file. Jobs are processes: the image
of this machine's commands stands for the one that the client's users would build.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.peers import ROOT
from local_batch.testing import BatchForTests
from tests.clients.support import define, jobs, programs, run, with_programs
from tests.needs import missing

REDUN = """
from redun import task

redun_namespace = "demo"

@task(executor="batch", memory=0.25, vcpus=1)
def square(number: int) -> int:
    return number * number

@task()
def total(squares: list) -> int:
    return sum(squares)

@task()
def main() -> int:
    return total([square(number) for number in range(4)])
"""
REDUN_SETTINGS = """
[backend]
db_uri = sqlite:///redun.db
[executors.batch]
type = aws_batch
image = {image}
queue = {queue}
s3_scratch = s3://scratch/redun
role = arn:aws:iam::123456789012:role/job
job_monitor_interval = 0.2
min_array_size = {array}
"""


@pytest.mark.parametrize("array", [0, 2])
def test_redun_gets_the_sum_of_jobs_and_of_an_array(
    array: int, aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    bin_folder = programs("redun")
    aws.client("s3").create_bucket(Bucket="scratch")
    (tmp_path / "workflow.py").write_text(REDUN)
    (tmp_path / ".redun").mkdir()
    # In its users' image redun is on PATH.
    image = with_programs(aws, "redun", bin_folder)
    settings = REDUN_SETTINGS.format(image=image, queue=aws.queue, array=array)
    (tmp_path / ".redun" / "redun.ini").write_text(settings)
    said = run([bin_folder / "redun", "run", "workflow.py", "main"], env, tmp_path)
    assert said.rstrip().endswith("\n14")
    found = jobs(aws)
    assert {job["status"] for job in found} == {"SUCCEEDED"}
    assert [job["arrayProperties"]["size"] for job in found if job.get("arrayProperties")] == ([4] if array else [])


METAFLOW = """
from metaflow import FlowSpec, batch, environment, step

class Squares(FlowSpec):
    @step
    def start(self):
        self.numbers = [1, 2, 3]
        self.next(self.square, foreach="numbers")

    # What it needs is in the image already.
    @environment(vars={"METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"})
    @batch(cpu=1, memory=256)
    @step
    def square(self):
        self.squared = self.input ** 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(one.squared for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        print("the total is", self.total)

if __name__ == "__main__":
    Squares()
"""


def test_metaflow_joins_what_each_of_a_foreach_found(aws: BatchForTests, env: dict[str, str], tmp_path: Path) -> None:
    bin_folder = programs("metaflow")
    aws.client("s3").create_bucket(Bucket="metaflow")
    (tmp_path / "flow.py").write_text(METAFLOW)
    env |= {
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": "s3://metaflow/data",
        "METAFLOW_S3_ENDPOINT_URL": aws.endpoint_url,
        "METAFLOW_BATCH_JOB_QUEUE": aws.queue,
        "METAFLOW_BATCH_CONTAINER_IMAGE": with_programs(aws, "metaflow", bin_folder),
        "METAFLOW_ECS_S3_ACCESS_IAM_ROLE": "arn:aws:iam::123456789012:role/job",
        "METAFLOW_HOME": str(tmp_path / "metaflow"),
        "USERNAME": "tester",
    }
    said = run([bin_folder / "python", "flow.py", "run"], env, tmp_path)
    assert "the total is 14" in said
    assert [job["status"] for job in jobs(aws)] == ["SUCCEEDED"] * 3


LUIGI = """
import luigi
from luigi.contrib.batch import BatchTask

class Hello(BatchTask):
    ended = False

    @property
    def parameters(self):
        return {"word": "from luigi"}

    def run(self):
        super().run()
        self.ended = True

    def complete(self):
        return self.ended

task = Hello(job_queue="QUEUE", job_definition="hello", job_name="luigi-hello", poll_time=1)
assert luigi.build([task], local_scheduler=True)
"""


def test_luigi_runs_a_task(aws: BatchForTests, env: dict[str, str], tmp_path: Path) -> None:
    define(aws, "hello", "echo", "Ref::word")
    (tmp_path / "task.py").write_text(LUIGI.replace("QUEUE", aws.queue))
    said = run([programs("luigi") / "python", "task.py"], env, tmp_path)
    assert "1 ran successfully" in said
    (job,) = jobs(aws)
    assert aws.lines(job["jobId"]) == ["from luigi"]


AWSBATCH = """
[main]
cluster_name = here
env_blacklist = HOME

[cluster here]
region = {region}
s3_bucket = awsb
artifact_directory = artifacts
batch_cli_requirements = aws-parallelcluster-awsbatch-cli>=1.0
compute_environment = {environment}
job_queue = {queue}
job_definition = pcluster
head_node_ip = 127.0.0.1
proxy = NONE
"""


def test_the_commands_of_parallelcluster_submit_list_and_read(
    aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    bin_folder = programs("awsbatch")
    batch = aws.client("batch")
    (order,) = batch.describe_job_queues(jobQueues=[aws.queue])["jobQueues"][0]["computeEnvironmentOrder"]
    environment = order["computeEnvironment"].rpartition("/")[2]
    settings = AWSBATCH.format(region=aws.region, environment=environment, queue=aws.queue)
    (tmp_path / ".parallelcluster").mkdir()
    (tmp_path / ".parallelcluster" / "awsbatch-cli.cfg").write_text(settings)
    aws.client("s3").create_bucket(Bucket="awsb")
    define(aws, "pcluster", "true")
    said = run([bin_folder / "awsbsub", "-jn", "first", "-a", "2", "echo", "hello"], env, tmp_path)
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    assert found is not None, said
    aws.wait(found[0])
    listed = run([bin_folder / "awsbstat", "-s", "ALL", "-e"], env, tmp_path)
    assert len(re.findall(rf"^{found[0]}:[01] .* SUCCEEDED ", listed, re.MULTILINE)) == 2
    queues = run([bin_folder / "awsbqueues"], env, tmp_path)
    assert re.search(rf"^{aws.queue} +VALID", queues, re.MULTILINE)
    assert "hello" in run([bin_folder / "awsbout", f"{found[0]}:0"], env, tmp_path)


JAVASCRIPT = """
import { BatchClient, SubmitJobCommand, DescribeJobsCommand, paginateListJobs } from "@aws-sdk/client-batch";

const client = new BatchClient({});
const { jobId } = await client.send(new SubmitJobCommand(
  { jobName: "js", jobQueue: process.argv[2], jobDefinition: "hello", parameters: { word: "from JavaScript" } }));
let job;
do {
  await new Promise((done) => setTimeout(done, 100));
  [job] = (await client.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs;
} while (job.status !== "SUCCEEDED" && job.status !== "FAILED");
let listed = 0;
for await (const page of paginateListJobs({ client }, { jobQueue: process.argv[2], jobStatus: "SUCCEEDED" }))
  listed += page.jobSummaryList.length;
console.log(job.status, job.container.exitCode, listed, job.createdAt <= job.startedAt, jobId);
"""
JAVASCRIPT_SDK = "@aws-sdk/client-batch@3.1138.0"


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder in which Node.js finds the SDK."""
    if not (shutil.which("npm") and shutil.which("node")):
        missing("no npm and node on PATH")
    folder = ROOT / ".clients" / "javascript"
    if not (folder / "node_modules" / JAVASCRIPT_SDK.rpartition("@")[0] / "package.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", JAVASCRIPT_SDK]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            missing(f"npm cannot install the SDK here: {done.stderr[-300:]}")
    return folder


def test_the_sdk_of_javascript_submits_and_lists(aws: BatchForTests, env: dict[str, str], javascript: Path) -> None:
    define(aws, "hello", "echo", "Ref::word")
    (javascript / "it.mjs").write_text(JAVASCRIPT)
    said = run(["node", "it.mjs", aws.queue], env, javascript).splitlines()[-1]
    status, code, listed, ordered, job_id = said.split()
    assert (status, code, listed, ordered) == ("SUCCEEDED", "0", "1", "true")
    assert aws.lines(job_id) == ["from JavaScript"]
