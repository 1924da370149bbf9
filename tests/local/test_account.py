"""The way through a real account, walked on the local AWS: plan, apply of that plan, contract, changes, destroy.

ENV=dev is applied as it is, its S3 backend included; only the endpoint differs from an account. The tests go through
one environment's life in the order of this file; what a test needs of the steps before it is a fixture, so that each
runs alone too. A second project is applied and destroyed beside what is done to the first: the provider waits half a
minute for each change of a queue, and a minute for the rules of a bucket.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from account_support import GUIDE, STATE_BUCKET, Account, Done, opened_account
from plan_policy import CHECKS, resources, violations
from recorded_calls import OF_DEPLOYERS, calls, text
from request_model import faults as model_faults

sys.path.append(str(Path(__file__).resolve().parents[1] / "terraform"))

from policy_oracle import documents, faults

EVERYTHING = """
  ec2 = {
    disk   = { kms_key_arn = "KEY" }
    pools  = { gpu = { gpu = true, disk = { size = 100 }, user_data = "#!/bin/sh\\necho hello" } }
    queues = { gpu = { priority = 50, pools = ["gpu"] }, low = { pools = ["spot", "on_demand"] } }
  }
  iam = {
    session_manager          = true
    github_deployer          = { repository = "example/batch", create_provider = true }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    role_path                = "/batch/"
  }
  images = {
    encryption       = { type = "KMS", kms_key_arn = "KEY" }
    pull_account_ids = ["210987654321"]
    replicate_to     = [{ region = "us-west-2" }]
  }
  observability = {
    alerts      = { enabled = true, emails = ["team@example.com"], https_endpoints = ["https://example.com/alerts"] }
    dashboard   = true
    kms_key_arn = "KEY"
  }
  storage   = { kms_key_arn = "KEY" }
  schedules = { nightly = { job = "fargate-sample", queue = "fargate-low-priority", cron = "0 3 * * ? *" } }
  jobs = {
    sample = { ec2 = { vcpu = 1, memory = 1024 }, fargate = { vcpu = 0.5, memory = 1024 } }
    shipped = {
      ec2             = {}
      fargate         = { vcpu = 0.5, memory = 1024 }
      depends_on      = { fetch = "SUCCESS", router = "START" }
      scratch_volumes = { work = { container_path = "/work" } }
      sidecars = {
        fetch  = { image = "IMAGE", memory = 512, mount_points = { work = { container_path = "/in" } } }
        router = { image = "IMAGE", memory = 512, firelens = {} }
      }
      firelens_options = { Name = "cloudwatch_logs" }
    }
    shell = {
      fargate                = {}
      read_only_root         = false
      enable_execute_command = true
      role = {
        statements = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:q"] }]
      }
    }
  }
""".replace("KEY", "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555")
"""What the second project has besides: a policy, a pool, an alarm or a container of each kind."""
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/other-second/latest@sha256:{'5' * 64}"
"""What the second project's jobs run."""
RECORD = Path(__file__).resolve().parents[1] / "data" / "deployer_calls.json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with a bucket for Terraform's states."""
    with opened_account(tmp_path_factory.mktemp("account")) as opened:
        region = {"LocationConstraint": "ap-northeast-1"}
        opened.client("s3").create_bucket(Bucket=STATE_BUCKET, CreateBucketConfiguration=region)
        backend = opened.root / "terraform/environments/dev/backend.hcl"
        backend.write_text(f'bucket = "{STATE_BUCKET}"\nregion = "ap-northeast-1"\n')
        yield opened


@pytest.fixture(scope="module")
def planned(account: Account) -> Done:
    return account.run("plan")


@pytest.fixture(scope="module")
def beside() -> Iterator[ThreadPoolExecutor]:
    """What goes on while other tests run."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def second(account: Account, planned: Done, beside: ThreadPoolExecutor) -> Future[Done]:
    """The apply of another project in another region, begun when the first is about to be applied."""
    account.run("new-env", "second")
    folder = account.root / "terraform/environments/second"
    main, providers = folder / "main.tf", folder / "providers.tf"
    assert 'environment = "second"' in main.read_text()
    subprocess.run(["terraform", "fmt", "-check", str(folder)], check=True)
    for file, old, new in (
        (main, '"awa-batch"', '"other"'),
        (main, "10.66.0.0/16", "10.99.0.0/16"),  # new-env has drawn one that is free
        (main, '"single"', '"none"'),
        (providers, "ap-northeast-1", "us-east-1"),
    ):
        assert file.read_text().count(old) == 1
        file.write_text(file.read_text().replace(old, new))
    text = (
        main.read_text()
        .rstrip()
        .removesuffix("}")
        .replace('10.99.0.0/16"', '10.99.0.0/16"\n    flow_logs = { enabled = true }\n')
    )
    main.write_text(f"{text}\n{EVERYTHING.replace('IMAGE', IMAGE)}}}\n")
    release = {"release": {"images": {"latest": {"blue": IMAGE, "green": None}}}}
    (folder / "release.auto.tfvars.json").write_text(json.dumps(release))
    return beside.submit(account.run, "apply", "--yes", environment="second")


@pytest.fixture(scope="module")
def applied(account: Account, second: Future[Done]) -> None:
    account.run("apply")


@pytest.fixture(scope="module")
def second_destroyed(account: Account, applied: None, beside: ThreadPoolExecutor) -> Future[Done]:
    """The end of the second project, begun when the first is about to be changed."""
    return beside.submit(account.run, "destroy", "--confirm", "second", environment="second")


def test_a_plan_adds_as_many_resources_as_the_guide_says(planned: Done) -> None:
    (plan,) = re.findall(r"(?m)^Plan: .*", planned.stdout)
    assert plan in GUIDE.partition("$ make plan ENV=dev\n")[2].partition("$ make apply")[0].splitlines()
    assert f"Resources: {plan.split()[1]} added, 0 changed, 0 destroyed." in GUIDE


def test_cost_tells_of_a_plan(account: Account, planned: Done) -> None:
    counted = {entry["what"]: entry["count"] for entry in json.loads(account.run("cost", "-o", "json").stdout)}
    assert counted == {"NAT gateways": 1, "interface endpoints, by zone": 0, "vCPUs kept running": 0}


def test_apply_applies_the_saved_plan_without_asking(
    account: Account, planned: Done, request: pytest.FixtureRequest
) -> None:
    assert (account.root / "terraform/environments/dev/awa-batch.tfplan").is_file()
    request.getfixturevalue("applied")
    assert not (account.root / "terraform/environments/dev/awa-batch.tfplan").exists()
    assert not (account.root / "terraform/environments/dev/terraform.tfstate").exists()
    account.run("plan", "--detailed-exitcode")


def test_the_contract_is_read_from_the_states_bucket(account: Account, applied: None) -> None:
    """In a fresh clone too, as that of a colleague: nothing was initialised there, and nothing is to be applied."""
    shutil.rmtree(account.root / "terraform/environments/dev/.terraform")
    contract = json.loads(account.run("contract", "-o", "json").stdout)
    assert contract["prefix"] == "awa-batch-dev"
    assert set(contract["queues"]) == {
        "ec2-high-priority", "ec2-low-priority", "fargate-high-priority", "fargate-low-priority",
    }  # fmt: skip
    assert contract["job_definitions"] == {}
    refused = account.run("submit", "fargate-sample", "--", "true", code=4)
    assert "make build-push ENV=dev" in refused.stderr


def test_a_release_becomes_job_definitions_and_nothing_else(account: Account, applied: None) -> None:
    repository = json.loads(account.run("contract", "-o", "json").stdout)["repositories"]["latest"]
    digest = put_image(account, repository["name"], "first")
    image = f"{repository['url']}@{digest}"
    release = account.root / "terraform/environments/dev/release.auto.tfvars.json"
    release.write_text(json.dumps({"release": {"images": {"latest": {"blue": image, "green": None}}}}))
    shown = account.run("plan").stdout
    assert "1 to change, 0 to destroy" in shown
    plan = account.planned()
    changed = [one["address"] for one in plan["resource_changes"] if "update" in one["change"]["actions"]]
    assert changed == ["module.platform.aws_s3_object.contract"]  # which says what is released
    assert violations(plan) == []
    kinds = {one["type"] for one in resources(plan["planned_values"]["root_module"])}
    assert kinds >= set(CHECKS)  # all of what the policies are about was there to look at
    account.run("apply")
    contract = json.loads(account.run("contract", "-o", "json").stdout)
    assert {entry["image"] for entry in contract["job_definitions"].values()} == {image}
    sent = json.loads(account.run("submit", "ec2-sample", "--dry-run", "--as", "awscli", "--", "true").stdout)
    assert "/awa-batch-dev-ec2-sample:1" in json.dumps(sent)
    # No lifecycle rule takes what runs: it has the tag that the first of them keeps.
    images = account.client("ecr").list_images(repositoryName=repository["name"])["imageIds"]
    assert {one["imageTag"] for one in images} == {"first", f"released-{digest.removeprefix('sha256:')}"}


def test_the_policies_are_what_iam_knows(account: Account, second: Future[Done]) -> None:
    second.result()
    for environment in ("dev", "second"):
        key = f"awa-batch/{environment}/terraform.tfstate"
        state = json.loads(account.client("s3").get_object(Bucket=STATE_BUCKET, Key=key)["Body"].read())
        found = documents(state)
        assert len(found) >= 10
        assert faults(found) == []


def test_a_second_project_stands_beside_the_first(account: Account, applied: None, second: Future[Done]) -> None:
    second.result()
    contract = json.loads(account.run("contract", "-o", "json", environment="second").stdout)
    assert (contract["prefix"], contract["region"]) == ("other-second", "us-east-1")
    assert {queue["arn"].split(":")[3] for queue in contract["queues"].values()} == {"us-east-1"}
    shipped = contract["job_definitions"]["fargate-shipped"]
    assert (shipped["container"], shipped["sidecar_vcpu"], shipped["sidecar_memory"]) == ("main", 0.5, 1024)
    (defined,) = account.client("batch", "us-east-1").describe_job_definitions(jobDefinitions=[shipped["arn"]])[
        "jobDefinitions"
    ]
    (task,) = defined["ecsProperties"]["taskProperties"]
    main, fetch, router = task["containers"]
    assert (main["dependsOn"][0]["condition"], fetch["essential"]) == ("SUCCESS", False)
    assert router["firelensConfiguration"]["type"] == "fluentbit"
    # A pause by command is a change to Terraform, whose `enabled` stays what is wanted.
    told = account.run("schedules", "pause", "nightly", environment="second").stderr
    assert "The next apply turns nightly on again" in told
    shown = account.run("plan", "--detailed-exitcode", environment="second", code=2).stdout
    assert "0 to add, 1 to change, 0 to destroy" in shown
    assert re.search(r'state +\S+ "DISABLED" -> "ENABLED"', shown)
    account.run("schedules", "resume", "nightly", environment="second")
    account.run("plan", "--detailed-exitcode", environment="second")  # that of the first comes after its changes
    (listed,) = json.loads(account.run("schedules", "-o", "json", environment="second").stdout)
    assert (listed["state"], listed["terraform_state"], len(listed["next"])) == ("ENABLED", "ENABLED", 1)
    # What it would submit is what the applied schedule's own target says.
    sent = account.run("schedules", "run", "nightly", "--dry-run", "--as", "awscli", environment="second").stdout
    assert json.loads(sent)["jobName"].startswith("other-second-nightly-by-hand-")
    assert "/other-second-fargate-sample:1" in sent


def test_changes_are_in_place_or_leave_the_queue_served(account: Account, second_destroyed: Future[Done]) -> None:
    main = account.root / "terraform/environments/dev/main.tf"
    text = main.read_text().rstrip().removesuffix("}")
    mistaken = "  ec2     = { disk = { sise = 60 } }\n  fargate = { pools = { on_demand = { max_vcpus = 40 } } }\n"
    main.write_text(f"{text}\n{mistaken}}}\n")
    line = main.read_text().splitlines().index(mistaken.splitlines()[0]) + 1
    for command in ("plan", "apply", "validate", "up"):
        refused = account.run(command, code=2)
        assert f"terraform/environments/dev/main.tf line {line}: ec2.disk.sise: " in refused.stderr
        assert "Did you mean size?" in refused.stderr
        assert refused.stdout == ""
    main.write_text(f"{text}\n{mistaken.replace('sise', 'size')}}}\n")
    # A plan from before the change may lie there, from a look at whether anything is to be done; apply would take it.
    (main.parent / "awa-batch.tfplan").unlink(missing_ok=True)
    before = len(account.log.read_text())
    account.run("apply", "--yes")
    log = account.log.read_text()[before:]
    calls = re.findall(r": (\w+(?:ComputeEnvironment|JobQueue)) (\S*awa-batch-dev\S*)$", log, re.MULTILINE)
    # A ceiling is raised in place, and on demand takes the new launch template in place. Spot, which the provider
    # cannot update so, is replaced: the new one first, then the queue, and only then the end of the old one.
    assert [call for call, name in calls if "ec2-on-demand" in name] == ["UpdateComputeEnvironment"]
    assert [call for call, name in calls if "fargate-on-demand" in name] == ["UpdateComputeEnvironment"]
    order = [call for call, name in calls if "ec2-spot" in name or "ec2-low-priority" in name]
    assert (
        order.index("CreateComputeEnvironment")
        < order.index("UpdateJobQueue")
        < order.index("DeleteComputeEnvironment")
    )
    assert "CreateJobQueue" not in order
    assert "DeleteJobQueue" not in order


def test_the_first_is_as_wanted_after_its_changes_and_the_seconds_end(
    account: Account, second_destroyed: Future[Done]
) -> None:
    second_destroyed.result()
    assert account.client("scheduler", "us-east-1").list_schedules()["Schedules"] == []
    account.run("plan", "--detailed-exitcode")


def put_image(account: Account, repository: str, tag: str) -> str:
    """Put an image into a repository and return its digest."""
    layers = [{"digest": f"sha256:{tag}", "size": 1}]  # moto makes the image's digest of theirs
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "sha256:x"}, "layers": layers}
    answer = account.client("ecr").put_image(
        repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest)
    )
    return str(answer["image"]["imageId"]["imageDigest"])


def hold_something(account: Account, contract: dict[str, Any]) -> None:
    """Have it hold a job, an image more and a definition of it, an object of two versions and a deleted one."""
    queue = contract["queues"]["ec2-high-priority"]
    definition = account.client("batch").register_job_definition(
        jobDefinitionName="waits", type="container", platformCapabilities=["EC2"],
        containerProperties={
            "image": "x", "command": ["true"],  # larger than every instance: it waits
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "900000"}],
        },
    )  # fmt: skip
    account.client("batch").submit_job(
        jobName="waits", jobQueue=queue["arn"], jobDefinition=definition["jobDefinitionArn"]
    )
    s3, bucket = account.client("s3"), contract["data_bucket"]["name"]
    s3.put_object(Bucket=bucket, Key="data/a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="data/a", Body=b"2")
    s3.put_object(Bucket=bucket, Key="data/gone", Body=b"3")
    s3.delete_object(Bucket=bucket, Key="data/gone")
    repository = contract["repositories"]["latest"]
    image = f"{repository['url']}@{put_image(account, repository['name'], 'second')}"
    # It waits behind the one that waits, and its definition stays when it has been ended.
    account.run("submit", "ec2-sample", "--image", image, "--", "true")
    derived = [
        one["jobDefinitionName"]
        for one in account.client("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"]
        if one["containerProperties"]["image"] == image
    ]
    assert len(derived) == 1
    missing_image = f"{repository['url']}@sha256:{'0' * 64}"
    refused = account.run("submit", "ec2-sample", "--image", missing_image, code=2).stderr
    assert "its registry has no such image" in refused


def end_all_jobs(account: Account) -> None:
    batch = account.client("batch")
    for queue in batch.describe_job_queues()["jobQueues"]:
        for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"):
            for job in batch.list_jobs(jobQueue=queue["jobQueueArn"], jobStatus=state)["jobSummaryList"]:
                batch.terminate_job(jobId=job["jobId"], reason="the test is over")
    for definition in batch.describe_job_definitions(jobDefinitionName="waits", status="ACTIVE")["jobDefinitions"]:
        batch.deregister_job_definition(jobDefinition=definition["jobDefinitionArn"])


def test_destroy_wants_the_environments_name_and_leaves_nothing(
    account: Account, second_destroyed: Future[Done]
) -> None:
    assert "name was not given" in account.run("destroy", code=2).stderr
    assert "is not its name" in account.run("destroy", "--confirm", "prod", code=2).stderr
    second_destroyed.result()
    contract = json.loads(account.run("contract", "-o", "json").stdout)
    hold_something(account, contract)
    for kept in (
        "awa-batch-dev-ec2-high-priority",
        "2 images in awa-batch-dev/latest, 4 object versions in awa-batch-dev-data-",
    ):
        refused = account.run("destroy", "--confirm", "dev", code=2)
        assert kept in refused.stderr
        assert "nothing was destroyed" in refused.stderr
        assert len(account.client("batch").describe_job_queues()["jobQueues"]) == 4
        end_all_jobs(account)
    account.run("destroy", "--confirm", "dev", "--empty")

    def left(service: str, call: str, key: str) -> list[Any]:
        return list(getattr(account.client(service), call)()[key])

    client = account.client("batch")
    assert client.describe_job_queues()["jobQueues"] == []
    assert client.describe_compute_environments()["computeEnvironments"] == []
    assert client.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
    assert left("ecr", "describe_repositories", "repositories") == []
    assert left("logs", "describe_log_groups", "logGroups") == []
    assert [
        one["RoleName"] for one in left("iam", "list_roles", "Roles") if "/aws-service-role/" not in one["Path"]
    ] == []
    assert [one for one in left("ec2", "describe_vpcs", "Vpcs") if not one["IsDefault"]] == []
    assert left("ec2", "describe_launch_templates", "LaunchTemplates") == []
    buckets = [one["Name"] for one in left("s3", "list_buckets", "Buckets")]
    assert buckets == [STATE_BUCKET]


def test_what_was_asked_of_aws_is_what_the_deployers_policies_are_held_against(account: Account) -> None:
    """The record that tests/terraform/test_deployer.py reads, rewritten by AWA_TEST_GOLDEN=write.

    Of the tests before this one: alone it has nothing to look at.
    """
    asked = [one for one in account.recorder.requests if one.command.partition("-")[0] in OF_DEPLOYERS]
    made = calls(asked)
    whole = {f"{command}-{environment}" for command in OF_DEPLOYERS for environment in ("dev", "second")}
    if not {one.command for one in asked} >= whole:
        pytest.skip("not all of the environments' life was seen")
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        RECORD.write_text(text(made))
    on_record = json.loads(RECORD.read_text())

    def kept(listed: list[dict[str, Any]]) -> set[str]:
        return {json.dumps({**one, "by": None}, sort_keys=True) for one in listed}

    again = "AWA_TEST_GOLDEN=write make test ARGS=tests/local/test_account.py writes the record anew"
    assert kept(made) - kept(on_record) == set(), again
    assert kept(on_record) - kept(made) == set(), again
    for command in OF_DEPLOYERS:
        assert operations(made, command) == operations(on_record, command), again


def test_every_request_is_as_the_models_of_the_services_say(account: Account, applied: None) -> None:
    """Of the tests before this one; alone it looks at one apply."""
    asked = account.recorder.requests
    # It has really looked: each of the ways in which AWS's services are spoken to was among them.
    assert {one.service for one in asked} >= {"batch", "ec2", "ecr", "iam", "logs", "s3"}
    assert model_faults(asked) == []


def operations(listed: list[dict[str, Any]], command: str) -> set[str]:
    return {f"{one['service']}:{one['operation']}" for one in listed if command in one["by"]}
