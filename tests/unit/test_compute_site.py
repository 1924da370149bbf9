"""What a roll reads from plans, outputs and the file of generations, and what `compute ami` says."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.compute.images import images, pools_with_newer_images
from awa_batch.compute.operate import Chosen, check_names, wanted
from awa_batch.compute.site import Applied, TerraformSite, kept_by, key_of, others_of, probe_definition
from awa_batch.contract.model import JobDefinition
from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.terraform.generations import (
    NAME,
    check_takes_generations,
    read_generations,
    write_generations,
)

ROOT = Path(__file__).resolve().parents[2]


def planned(kind: str, *actions: str, index: str = "on_demand/a", **more: Any) -> dict[str, Any]:
    return {
        "address": f"module.x.{kind}.y",
        "type": kind,
        "name": more.pop("name", "this"),
        "index": index,
        "change": {"actions": list(actions), **more},
    }


def test_what_a_roll_does_not_do_is_named() -> None:
    plan = {"resource_changes": [
        planned("aws_batch_compute_environment", "create"),
        planned("aws_batch_compute_environment", "delete"),
        planned("aws_batch_job_queue", "update"),
        planned("aws_launch_template", "update"),
        planned("terraform_data", "delete", "create"),
        planned("aws_s3_object", "update"),
        planned("aws_cloudwatch_metric_alarm", "update"),
        planned("aws_ecs_cluster", "read"),
        planned("aws_iam_role", "no-op"),
    ]}  # fmt: skip
    assert others_of(plan) == ()
    foreign = [
        planned("aws_batch_job_queue", "delete"),
        planned("aws_launch_template", "delete"),
        planned("aws_s3_object", "create"),
        planned("aws_batch_job_definition", "create"),
        planned("aws_iam_role", "update"),
    ]
    assert others_of({"resource_changes": foreign}) == tuple(one["address"] for one in foreign)


def test_what_an_environment_is_made_of_is_said_as_a_generation_says_it() -> None:
    resources = {
        "type": "SPOT",
        "instance_type": ["m7i", "m6i"],
        "ec2_configuration": [{"image_id_override": "ami-1", "image_type": "ECS_AL2023"}],
        "launch_template": [{"launch_template_id": "lt-1", "version": "7"}],
    }
    plan = {"resource_changes": [
        planned("aws_batch_compute_environment", "update", before={"compute_resources": [resources]}),
        planned("terraform_data", "update", name="replacement", before={"input": "hash"}),
        planned("aws_batch_compute_environment", "update", index="on_demand",
                before={"compute_resources": [{"type": "FARGATE"}]}),
        planned("aws_batch_compute_environment", "create", index="spot/b", before=None),
    ]}  # fmt: skip
    assert kept_by(plan) == {
        "ec2/on_demand/a": {
            "instance_types": ["m6i", "m7i"],
            "image_id": "ami-1",
            "launch_template": {"id": "lt-1", "version": 7, "content": "hash"},
        }
    }


def test_the_first_generation_on_fargate_is_called_as_its_pool() -> None:
    assert [key_of(("fargate", "spot"), one) for one in "ab"] == ["fargate/spot", "fargate/spot/b"]
    assert key_of(("ec2", "spot"), "a") == "ec2/spot/a"


def environment(pool: str, generation: str, state: str, **more: str) -> dict[str, Any]:
    return {"pool": pool, "generation": generation, "state": state, "name": f"{pool}-{generation}", "arn": "arn",
            "ecs_cluster_arn": f"cluster-{generation}", **more}  # fmt: skip


OUTPUTS = {
    "compute_environments": {
        "ec2/on_demand/a": environment("on_demand", "a", "active"),
        "ec2/on_demand/b": environment("on_demand", "b", "standby"),
        "fargate/spot": environment("spot", "a", "active"),
    },
    "generations": {"ec2": {"on_demand": {
        "a": {"state": "active", "instance_types": None, "image_id": "ami-1", "replaces": []},
        "b": {"state": "standby", "replaces": ["a"], "launch_template": None},
    }}, "fargate": {}},
}  # fmt: skip


def site(tmp_path: Path, outputs: dict[str, Any]) -> TerraformSite:
    root: Any = SimpleNamespace(path=tmp_path, environment="dev", outputs=lambda: outputs)
    clients: Any = SimpleNamespace()
    return TerraformSite(root, clients, lambda: None, lambda _platform: None, 1.0)


def test_how_far_it_is_stands_in_the_outputs(tmp_path: Path) -> None:
    assert site(tmp_path, OUTPUTS).generations() == {
        ("ec2", "on_demand"): {
            "a": {"state": "active", "image_id": "ami-1"},
            "b": {"state": "standby", "replaces": ["a"]},
        },
        ("fargate", "spot"): {"a": {"state": "active"}},
    }
    before = {"compute_environments": {"fargate/spot": {"name": "n", "arn": "a", "ecs_cluster_arn": "c"}}}
    with pytest.raises(NotAppliedError, match="without generations"):
        site(tmp_path, before).applied()


def test_the_file_keeps_other_pools_and_goes_where_it_says_nothing(tmp_path: Path) -> None:
    write_generations(tmp_path, {"ec2": {"spot": {"c": {"state": "active"}}}, "fargate": {}})
    place = site(tmp_path, OUTPUTS)
    before = place.file()
    place.write({("fargate", "spot"): {"b": {"state": "standby"}}})
    assert json.loads((tmp_path / NAME).read_text())["generations"] == {
        "ec2": {"spot": {"c": {"state": "active"}}},
        "fargate": {"spot": {"b": {"state": "standby"}}},
    }
    place.restore(before)
    assert read_generations(tmp_path) == before
    place.restore({"ec2": {}, "fargate": {}})
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"generations": []}', '{"generations": {"ec2": {"a": 1}}}', "{"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(UsageError, match=r"generations\.auto\.tfvars\.json is not a file of generations"):
        read_generations(tmp_path)


def test_a_root_from_before_is_told_what_it_lacks(tmp_path: Path) -> None:
    check_takes_generations(ROOT / "terraform/environments/dev")
    (tmp_path / "main.tf").write_text('module "platform" {\n  generations = var.generations\n}\n')
    with pytest.raises(UsageError, match=r'lacks variable "generations" .*, output "generations"'):
        check_takes_generations(tmp_path)


def definition(platform: str, vcpu: float, **more: Any) -> JobDefinition:
    return JobDefinition(
        name="n", arn="a:1", platform=platform, image="i", slot=more.pop("slot", "blue"), vcpu=vcpu, memory=1,  # type: ignore[arg-type]
        log_group="l", **more,
    )  # fmt: skip


def with_definitions(**known: JobDefinition) -> Any:
    target = SimpleNamespace(release_step="release")
    named = {name.replace("_", "-"): one for name, one in known.items()}
    return SimpleNamespace(contract=SimpleNamespace(job_definitions=named, target=target))


def test_the_probe_is_the_sample_else_the_smallest_with_one_container() -> None:
    sample, small = definition("EC2", 2), definition("EC2", 1)
    known = {"ec2_small": small, "ec2_several": definition("EC2", 0.5, container="main")}
    assert probe_definition(with_definitions(ec2_sample=sample, **known), "ec2", None) is sample
    assert probe_definition(with_definitions(**known), "ec2", None) is small
    assert probe_definition(with_definitions(ec2_sample=sample, **known), "ec2", "ec2-small") is small
    for named in ("ec2-several", "nothing"):
        with pytest.raises(UsageError, match="probe_job"):
            probe_definition(with_definitions(**known), "ec2", named)
    with pytest.raises(UsageError, match="no job definition on FARGATE"):
        probe_definition(with_definitions(**known), "fargate", None)


class Aws:
    """AWS Batch, ECS and Systems Manager with what `compute ami` asks for."""

    def __init__(self, instances: dict[str, str], newest: str | None, **configurations: dict[str, str]) -> None:
        self.instances, self.newest, self.configurations = instances, newest, configurations
        self.batch = self
        self.asked: list[str] = []

    def make(self, _service: str) -> Any:
        return self

    def describe_compute_environments(self, computeEnvironments: list[str]) -> dict[str, Any]:  # noqa: N803
        found = []
        for name in computeEnvironments:
            said = self.configurations.get(name.replace("-", "_"))
            resources = {"instanceTypes": ["m7g"], "ec2Configuration": [said]} if said else {}
            found.append({"computeEnvironmentName": name, "computeResources": resources})
        return {"computeEnvironments": found}

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        self.asked.append(Name)
        if self.newest is None:
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameter")
        return {"Parameter": {"Value": self.newest}}

    def list_container_instances(self, cluster: str) -> dict[str, Any]:
        return {"containerInstanceArns": [cluster] if cluster in self.instances else []}

    def describe_container_instances(self, cluster: str, containerInstances: list[str]) -> dict[str, Any]:  # noqa: N803
        assert containerInstances
        return {"containerInstances": [{"attributes": [{"name": "ecs.ami-id", "value": self.instances[cluster]}]}]}


def test_ami_says_which_generation_runs_which_image_and_which_is_newer() -> None:
    status = {"imageType": "ECS_AL2023", "batchImageStatus": "UPDATE_AVAILABLE"}
    latest = {"imageType": "ECS_AL2023", "batchImageStatus": "LATEST"}
    aws: Any = Aws({"cluster-a": "ami-old"}, "ami-new", on_demand_a=status, on_demand_b=latest)
    found = {one.key: one for one in images(aws, OUTPUTS)}
    assert (found["ec2/on_demand/a"].runs, found["ec2/on_demand/a"].has_newer) == (("ami-old",), True)
    assert (found["ec2/on_demand/b"].runs, found["ec2/on_demand/b"].verdict) == ((), "the newest")
    assert found["ec2/on_demand/a"].newest == "ami-new"
    assert found["fargate/spot"].verdict == "no machine image (Fargate)"
    assert aws.asked == ["/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"]


def test_an_image_of_ones_own_and_what_may_not_be_asked() -> None:
    own = {"imageType": "ECS_AL2023_NVIDIA", "imageIdOverride": "ami-own"}
    (found,) = [one for one in images(Aws({}, "ami-new", on_demand_a=own), OUTPUTS) if one.key == "ec2/on_demand/a"]  # type: ignore[arg-type]
    assert (found.runs, found.own, found.verdict) == (("ami-own",), True, "an image of its own, by id")
    unknown = {"imageType": "ECS_AL2023"}
    (found,) = [one for one in images(Aws({}, None, on_demand_a=unknown), OUTPUTS) if one.key == "ec2/on_demand/a"]  # type: ignore[arg-type]
    assert (found.newest, found.verdict) == ("", "not told by AWS")


def applied(pool: str, generation: str, state: str, platform: str = "ec2") -> Applied:
    return Applied((platform, pool), generation, state, f"{pool}-{generation}", "arn", "c")


def test_the_monthly_patch_is_of_pools_whose_active_image_is_old() -> None:
    old, new = {"batchImageStatus": "UPDATE_AVAILABLE"}, {"batchImageStatus": "LATEST"}
    aws: Any = Aws({}, "x", on_demand_a=old, spot_a=new, gpu_a=old)
    listed = [applied("on_demand", "a", "active"), applied("spot", "a", "active"), applied("gpu", "a", "draining"),
              applied("on_demand", "a", "active", "fargate")]  # fmt: skip
    assert pools_with_newer_images(aws, listed) == {("ec2", "on_demand")}


def test_pools_are_named_with_their_platform_or_for_both(tmp_path: Path) -> None:
    here: Any = site(tmp_path, OUTPUTS)
    nothing: Any = SimpleNamespace()
    said: list[Any] = []
    assert wanted(here, nothing, Chosen(), said.append) == [("ec2", "on_demand")]  # b is on standby there
    assert "under way: ec2/on_demand." in said[0]
    idle = {
        "compute_environments": {
            key: one for key, one in OUTPUTS["compute_environments"].items() if one["generation"] == "a"
        }
    }
    assert wanted(site(tmp_path, idle), nothing, Chosen(), said.append) == [("ec2", "on_demand"), ("fargate", "spot")]
    assert wanted(here, nothing, Chosen(("spot",)), print) == [("fargate", "spot")]
    with pytest.raises(UsageError, match="pool ec2/spot"):
        wanted(here, nothing, Chosen(("ec2/spot",)), print)
    for wrong in (Chosen(("a/b",)), Chosen(("EC2/on_demand",)), Chosen(name="B"), Chosen(name="x" * 32)):
        with pytest.raises(UsageError, match="is no name of a"):
            check_names(wrong)


def test_a_roll_that_was_killed_at_its_end_is_not_begun_anew(tmp_path: Path) -> None:
    """The terraform that it left has done its last step since."""
    idle = {
        "compute_environments": {
            key: one for key, one in OUTPUTS["compute_environments"].items() if one["generation"] == "a"
        }
    }
    here: Any = site(tmp_path, idle)
    nothing: Any = SimpleNamespace()
    said: list[Any] = []
    both = ["ec2/on_demand", "fargate/spot"]
    assert wanted(here, nothing, Chosen(), said.append, both) == []
    assert said == [
        "ec2/on_demand, fargate/spot: the roll that was cut off has come to its end since. For another one, run the "
        "command again."
    ]
    assert wanted(here, nothing, Chosen(), print, both[:1]) == []
    assert wanted(here, nothing, Chosen(("spot",)), print, both[:1]) == [("fargate", "spot")]
    assert wanted(here, nothing, Chosen(("spot", "on_demand")), print, both[:1]) == [("fargate", "spot")]
    # What is under way is gone on with.
    assert wanted(site(tmp_path, OUTPUTS), nothing, Chosen(), print, both) == [("ec2", "on_demand")]
