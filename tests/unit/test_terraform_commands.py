"""The state bucket, new environments, and what costs money by the hour."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.terraform import Root, hcl
from awa_batch.terraform.bootstrap import BootstrapRoot, check_policies_folder, write_backend, write_policies
from awa_batch.terraform.cost import hourly_costs
from awa_batch.terraform.new_environment import new_environment
from awa_batch.text import PLAIN, Field, Part, Text

if TYPE_CHECKING:
    from toolkit_support import FakeTerraform

ROOT = Path(__file__).resolve().parents[2]
MAIN = """module "platform" {
  source = "../../modules/platform"

  project     = "demo" # environment = "dev"
  environment = "dev"

  tags = { environment = "dev", Name = "dev-box" }
}
"""
PROVIDERS = (
    'provider "aws" {\n  region = "eu-west-1"\n}\n\nprovider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n'
)
S3_BACKEND = 'terraform {\n  backend "s3" {\n    key = "awa-batch/dev/terraform.tfstate"\n  }\n}\n'


@pytest.fixture
def dev(project: Path) -> Path:
    folder = project / "terraform/environments/dev"
    (folder / "terraform.tf").write_text(S3_BACKEND)
    (folder / "main.tf").write_text(MAIN)
    (folder / "providers.tf").write_text(PROVIDERS)
    (project / "terraform/bootstrap").mkdir()
    return folder


def test_an_s3_backend_without_its_bucket_says_how_to_make_it(dev: Path, terraform: FakeTerraform) -> None:
    with pytest.raises(NotAppliedError, match=r"backend\.hcl is missing") as caught:
        Root("dev").init()
    assert "make bootstrap ENV=dev" in caught.value.fix
    assert terraform.calls == []


def test_init_takes_the_bucket_from_backend_hcl_and_runs_again_when_it_changes(
    dev: Path, terraform: FakeTerraform
) -> None:
    (dev / "backend.hcl").write_text('bucket = "one"\n')
    assert Root("dev").init()
    assert terraform.calls == [["init", "-input=false", "-backend-config=backend.hcl", "-reconfigure"]]
    assert not Root("dev").init()
    (dev / "backend.hcl").write_text('bucket = "two"\n')
    assert Root("dev").init()


def test_validate_needs_no_bucket(dev: Path, terraform: FakeTerraform) -> None:
    Root("dev").validate()
    assert terraform.calls == [["init", "-input=false", "-backend=false"], ["validate"]]


def test_bootstrap_takes_project_and_region_from_the_environment(dev: Path, terraform: FakeTerraform) -> None:
    root = BootstrapRoot("dev").with_settings
    root.init()
    assert terraform.environment["TF_VAR_region"] == "eu-west-1"
    assert terraform.environment["TF_VAR_project"] == "demo"
    terraform.answer("output", out=json.dumps({"backend_config": {"value": 'bucket = "b"\n'}}))
    said: list[Part | Text] = []
    assert write_backend(root, said.append) == dev / "backend.hcl"
    assert (dev / "backend.hcl").read_text() == 'bucket = "b"\n'
    assert [PLAIN.say(text) for text in said] == [
        "wrote terraform/environments/dev/backend.hcl: commit it, then `make plan ENV=dev`"
    ]
    write_backend(root, said.append)
    assert len(said) == 1


def test_the_deployers_policies_are_written_a_file_each(dev: Path, terraform: FakeTerraform, tmp_path: Path) -> None:
    root = BootstrapRoot("dev")
    root.init()
    policies = {"all-read": '{"Statement":[]}', "all-state": '{"Statement":[]}'}
    terraform.answer("output", out=json.dumps({"deployer_policies": {"value": policies}}))
    files = write_policies(root, tmp_path / "a" / "b")
    assert [file.name for file in files] == ["all-read.json", "all-state.json"]
    assert json.loads(files[0].read_text()) == {"Statement": []}


def test_policies_need_a_folder_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    check_policies_folder(tmp_path)
    check_policies_folder(tmp_path / "a" / "b")
    for name in ("file", "file/below", "loop", "x" * 5000):
        with pytest.raises(UsageError) as caught:
            check_policies_folder(tmp_path / name)
        assert caught.value.field is not None
        assert caught.value.field.name == "deployer_policies"


def test_bootstrap_leaves_to_its_defaults_what_the_environment_does_not_say(
    dev: Path, terraform: FakeTerraform
) -> None:
    (dev / "main.tf").write_text(MAIN.replace("project", "# project"))
    (dev / "providers.tf").unlink()
    assert BootstrapRoot("dev").settings == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("providers.tf", '"eu-west-1"', "local.region", "providers.tf line 2: region is not written out as a string."),
        ("main.tf", '"demo"', '"a-${var.b}"', "main.tf line 4: project is not written out as a string."),
        ("main.tf", '"demo"', "{", "main.tf cannot be read: "),
    ],
)
def test_bootstrap_guesses_no_project_or_region(file: str, old: str, new: str, problem: str, dev: Path) -> None:
    (dev / file).write_text((dev / file).read_text().replace(old, new))
    with pytest.raises(UsageError, match=f"^terraform/environments/dev/{re.escape(problem)}"):
        _ = BootstrapRoot("dev").with_settings


def test_bootstrap_refuses_local(project: Path) -> None:
    with pytest.raises(UsageError, match="ENV=local keeps"):
        BootstrapRoot("local")


def test_a_new_environment_has_its_own_names_and_no_state(dev: Path) -> None:
    for name in ("terraform.tfstate", "awa-batch.tfplan", "release.auto.tfvars.json"):
        (dev / name).write_text("{}")
    (dev / "backend.hcl").write_text('bucket = "b"\nkey    = "x/dev"\n')
    made = new_environment("staging")
    assert {file.name for file in made.iterdir()} == {"main.tf", "providers.tf", "terraform.tf", "backend.hcl"}
    assert 'key = "awa-batch/staging/terraform.tfstate"' in (made / "terraform.tf").read_text()
    assert (made / "backend.hcl").read_text() == 'bucket = "b"\nkey    = "x/staging"\n'
    # The environment's name alone: not that of a comment, nor one inside another value.
    assert (made / "main.tf").read_text() == MAIN.replace('  environment = "dev"', '  environment = "staging"')
    assert (made / "providers.tf").read_text() == PROVIDERS
    assert 'key = "awa-batch/dev/' in (dev / "terraform.tf").read_text()


@pytest.mark.parametrize("name", ["Staging", "a", "x" * 13, "local", "-a", "a-", "a_b", "../x", ""])
def test_names_that_no_environment_can_have(dev: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"^Environment '{name}': a name is 2 to 12"):
        new_environment(name)
    assert sorted(p.name for p in dev.parent.iterdir()) == ["dev", "local"]


@pytest.mark.parametrize("name", ["ab", "x" * 12, "stage-2"])
def test_names_that_just_fit(dev: Path, name: str) -> None:
    assert new_environment(name).name == name


def test_an_environment_is_never_overwritten(dev: Path) -> None:
    new_environment("staging")
    with pytest.raises(UsageError, match="is there already"):
        new_environment("staging")


@pytest.fixture
def ours(project: Path) -> Path:
    """The project's own environments."""
    shutil.rmtree(project / "terraform/environments")
    ignored = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.awsconfig", "backend.hcl")
    shutil.copytree(ROOT / "terraform/environments", project / "terraform/environments", ignore=ignored)
    return project / "terraform/environments"


def test_of_local_the_values_are_taken_and_the_rest_from_an_account(ours: Path) -> None:
    made = new_environment("staging", "local")
    text = (made / "main.tf").read_text()
    assert 'environment = "staging"' in text
    assert "disposable" not in text
    assert 'vpc_cidr = "10.66.0.0/16"' in text
    assert (made / "providers.tf").read_text() == (ours / "dev/providers.tf").read_text()
    assert "awa-batch/staging/" in (made / "terraform.tf").read_text()
    content = hcl.read_text(text)
    (platform,) = content.inner("module", "platform")
    assert platform.attribute("network") is not None


def test_each_new_environment_has_a_network_that_no_other_has(ours: Path) -> None:
    networks = [re.search(r'vpc_cidr\s*= "([^"]+)"', (ours / name / "main.tf").read_text()) for name in ("dev", "prod")]
    for name, source in (("one", "dev"), ("two", "prod"), ("three", "local"), ("four", "one")):
        networks.append(re.search(r'vpc_cidr\s*= "([^"]+)"', (new_environment(name, source) / "main.tf").read_text()))
    found = [one[1] for one in networks if one]
    assert len(found) == len(set(found)) == 6


def test_without_an_environment_in_an_account_local_is_not_copied(dev: Path) -> None:
    shutil.rmtree(dev)
    with pytest.raises(UsageError, match="no environment in an account") as caught:
        new_environment("staging", "local")
    assert caught.value.field == Field("from", "local")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("terraform.tf", "/dev/", "/all/", r"terraform\.tf line 3: the state's key does not name dev"),
        (
            "main.tf",
            '  environment = "dev"',
            "  environment = local.name",
            r'dev: module "platform" has no environment',
        ),
        ("main.tf", "}", "", r"main\.tf cannot be read"),
    ],
)
def test_a_source_whose_copy_would_not_keep_apart_is_refused(
    file: str, old: str, new: str, problem: str, dev: Path
) -> None:
    (dev / file).write_text((dev / file).read_text().replace(old, new))
    with pytest.raises(UsageError, match=problem):
        new_environment("staging")
    assert sorted(p.name for p in dev.parent.iterdir()) == ["dev", "local"]


def test_our_own_dev_can_be_copied(project: Path) -> None:
    ours = Path(__file__).resolve().parents[2] / "terraform/environments/dev"
    folder = project / "terraform/environments/dev"
    shutil.rmtree(folder)
    shutil.copytree(ours, folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    made = new_environment("staging")
    for file in ours.glob("*.tf"):
        ours_again = re.sub(r"10\.6[0-9]\.", "10.64.", (made / file.name).read_text().replace("staging", "dev"))
        assert ours_again == file.read_text(), file.name
    assert 'environment = "staging"' in (made / "main.tf").read_text()
    assert 'key          = "awa-batch/staging/terraform.tfstate"' in (made / "terraform.tf").read_text()


def resource(kind: str, name: str, **values: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": name, "values": values}


def plan(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"planned_values": {"root_module": {"child_modules": [{"child_modules": [{"resources": list(resources)}]}]}}}


def counts(value: dict[str, Any]) -> list[int]:
    return [entry.count for entry in hourly_costs(value)]


def test_nothing_costs_nothing() -> None:
    assert counts({"planned_values": {"root_module": {}}}) == [0, 0, 0]


def test_gateways_endpoints_by_zone_and_idle_vcpus_are_counted() -> None:
    found = hourly_costs(
        plan(
            resource("aws_nat_gateway", "this"),
            resource("aws_nat_gateway", "this"),
            resource("aws_vpc_endpoint", "a", vpc_endpoint_type="Gateway", service_name="com.amazonaws.x.s3"),
            resource(
                "aws_vpc_endpoint",
                "b",
                vpc_endpoint_type="Interface",
                service_name="com.amazonaws.ap-northeast-1.ecr.api",
                subnet_ids=["s-1", "s-2", "s-3"],
            ),
            resource(
                "aws_batch_compute_environment",
                "c",
                compute_environment_name_prefix="p-",
                compute_resources=[{"min_vcpus": 4}],
            ),
            resource("aws_batch_compute_environment", "d", compute_resources=[{"min_vcpus": None}]),
        )
    )
    assert [entry.count for entry in found] == [2, 3, 4]
    assert found[1].detail == "ecr.api"
    assert found[2].detail == "p=4"


def test_before_the_first_apply_an_endpoint_stands_in_every_private_subnet() -> None:
    subnets = [resource("aws_subnet", name) for name in ("private", "private", "public")]
    endpoint = resource("aws_vpc_endpoint", "b", vpc_endpoint_type="Interface", service_name="com.amazonaws.x.logs")
    assert counts(plan(*subnets, endpoint, endpoint)) == [0, 4, 0]
