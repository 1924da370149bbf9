"""Settings that no module takes are refused with their line and the nearest name; what cannot be read never is."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.environment.local import LocalEnvironment
from awa_batch.errors import UsageError
from awa_batch.local_server import server_status
from awa_batch.paths import state_dir
from awa_batch.terraform import Root, hcl
from awa_batch.terraform.settings import Each, Fields, check_settings, module_types, type_of
from awa_batch.text import Part, Text

if TYPE_CHECKING:
    from toolkit_support import FakeTerraform

VARIABLES = """
variable "ec2" {
  type = object({
    profile = optional(string, "small")
    on_demand = optional(object({
      max_vcpus = optional(number)
      min_vcpus = optional(number, 0)
    }), {})
    pools = optional(map(object({ size = number })), {})
  })
  default     = {}
  description = <<-EOT
    Not a setting: object({ spot = string }).
  EOT
}

variable "rules" {
  type    = list(object({ action = string }))
  default = []
}

variable "tags" {
  type = map(string)
}

variable "anything" {
  type = any
}

variable "untyped" {}
"""
IN_DEV = "terraform/environments/dev/main.tf"
OURS = Path(__file__).resolve().parents[2] / "terraform"


@pytest.fixture
def dev(project: Path) -> Path:
    (project / "terraform/modules/platform/variables.tf").write_text(VARIABLES)
    return project / "terraform/environments/dev"


def write(dev: Path, arguments: str) -> None:
    (dev / "main.tf").write_text(f'module "platform" {{\n  source = "../../modules/platform"\n{arguments}\n}}\n')


@pytest.mark.parametrize(
    ("arguments", "said", "fix"),
    [
        (
            "  ec2 = {\n    on_demand = {\n      max_vcpu = 4\n    }\n  }",
            f"{IN_DEV} line 5: ec2.on_demand.max_vcpu: there is no such setting.",
            "Did you mean max_vcpus? ec2.on_demand takes max_vcpus, min_vcpus.",
        ),
        (
            "  ec2 = { on_demnd = { max_vcpus = 4 } }",
            f"{IN_DEV} line 3: ec2.on_demnd: there is no such setting.",
            "Did you mean on_demand? ec2 takes on_demand, pools, profile.",
        ),
        (
            '\n  ec2 = { profle = "large" }',
            f"{IN_DEV} line 4: ec2.profle: there is no such setting.",
            "Did you mean profile? ec2 takes on_demand, pools, profile.",
        ),
        (
            "  ec3 = {}",
            f"{IN_DEV} line 3: ec3: there is no such setting.",
            "Did you mean ec2? The module takes anything, ec2, rules, tags, untyped.",
        ),
        (
            "  ec2 = { quite_another = 1 }",
            f"{IN_DEV} line 3: ec2.quite_another: there is no such setting.",
            "ec2 takes on_demand, pools, profile.",
        ),
        ("  ec2 = { pools = { x = { siz = 1 } } }", f"{IN_DEV} line 3: ec2.pools.x.siz: ", "Did you mean size?"),
        (
            '  rules = [\n    { action = "a" },\n    { acton = "b" },\n  ]',
            f"{IN_DEV} line 5: rules.1.acton: ",
            "action?",
        ),
        ('  ec2 = { "profle" : "large" }', f"{IN_DEV} line 3: ec2.profle: ", "Did you mean profile?"),
        ("  ec2 = var.big ? { profle = 1 } : {}", f"{IN_DEV} line 3: ec2.profle: ", "Did you mean profile?"),
        ("  ec2 = merge(local.ec2, { profle = 1 })", f"{IN_DEV} line 3: ec2.profle: ", "Did you mean profile?"),
        ("  ec2 = ({ profle = 1 })", f"{IN_DEV} line 3: ec2.profle: ", "Did you mean profile?"),
        (
            "  # profle\n  /* two\n  lines */\n  untyped = <<-EOT\n    profle = 1\n  EOT\n  ec2 = { profle = 1 }",
            f"{IN_DEV} line 9: ec2.profle: ",
            "Did you mean profile?",
        ),
    ],
)
def test_an_unknown_setting_is_refused_with_its_line_and_the_nearest_name(
    arguments: str, said: str, fix: str, dev: Path
) -> None:
    write(dev, arguments)
    with pytest.raises(UsageError) as caught:
        check_settings(dev)
    assert caught.value.what.startswith(said)
    assert fix in caught.value.fix
    assert caught.value.exit_code == 2


def test_several_are_told_at_once(dev: Path) -> None:
    write(dev, "  ec2 = {\n    profle = 1\n    on_demand = { max_vcpu = 1 }\n  }\n  netwrk = {}")
    with pytest.raises(UsageError) as caught:
        check_settings(dev)
    assert caught.value.what.splitlines() == [
        f"{IN_DEV} line 4: ec2.profle: there is no such setting. Did you mean profile?",
        f"{IN_DEV} line 5: ec2.on_demand.max_vcpu: there is no such setting. Did you mean max_vcpus?",
        f"{IN_DEV} line 7: netwrk: there is no such setting.",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "  ec2 = { on_demand = { max_vcpus = 4 }, pools = { any-name = { size = 1 } } }",
        "  ec2 = null",
        "  ec2 = local.ec2",
        '  ec2 = { (local.key) = 1, "${local.key}" = 2 }',
        "  ec2 = { for key, value in local.ec2 : key => { profle = value } }",
        "  ec2 = jsondecode(file(\"ec2.json\"))\n  rules = [for one in local.rules : { acton = one }]",
        "  ec2 = { on_demand = local.all[0].x.y[*].z, profile = \"%{ if a }x%{ else }y%{ endif }\" }",
        '  tags = { Any = "a", "b c" = "d", for = "e" }',
        "  anything = { a = { b = 1 } }\n  untyped = { c = [{ d = 1 }] }",
        "  count = 1\n  for_each = {}\n  providers = { aws = aws.eu }\n  depends_on = []\n  version = \"1\"",
        "  ec2 = { profile = <<EOT\n  profle = 1\nEOT\n  }",
        "  ec2 = [{ profle = 1 }]\n  tags = \"text\"",  # of another type: terraform says that
    ],
)  # fmt: skip
def test_what_fits_or_cannot_be_read_passes(arguments: str, dev: Path) -> None:
    write(dev, arguments)
    assert check_settings(dev) == []


def test_modules_from_elsewhere_and_missing_ones_are_terraforms_business(dev: Path) -> None:
    (dev / "main.tf").write_text(
        'module "a" {\n  source = "terraform-aws-modules/vpc/aws"\n  x = 1\n}\n'
        'module "b" {\n  source = "../missing"\n  x = 1\n}\nmodule "c" {\n  x = 1\n}\n'
    )
    assert check_settings(dev) == []


@pytest.mark.parametrize("broken", ["module {", "x = [", "\x00", "\xff\xfe", 'a = "${"'])
def test_a_file_that_cannot_be_read_is_noted_and_left_to_terraform(broken: str, dev: Path) -> None:
    (dev / "main.tf").write_bytes(broken.encode("latin-1"))
    (dev / "terraform.tfvars").write_text("release = {}\n")
    (note,) = check_settings(dev)
    assert note.startswith(f"{IN_DEV}: its settings are not checked: ")


def test_a_module_that_cannot_be_read_is_noted(dev: Path) -> None:
    write(dev, "  ec3 = {}")
    (dev.parents[1] / "modules/platform/variables.tf").write_text('variable "ec2" {')
    (note,) = check_settings(dev)
    assert note.startswith("terraform/modules/platform/variables.tf: its settings are not checked: ")


@pytest.mark.parametrize("name", ["terraform.tfvars", "more.auto.tfvars"])
def test_values_that_nothing_reads_are_refused(name: str, dev: Path) -> None:
    (dev / "variables.tf").write_text('variable "release" {}\n')
    (dev / name).write_text("release = {}\n")
    assert check_settings(dev) == []
    (dev / name).write_text('# of before\nnetwork = { nat = "none" }\n')
    with pytest.raises(UsageError, match=rf"dev/{name} line 2: network: nothing reads it") as caught:
        check_settings(dev)
    assert caught.value.fix == f"Write it into the module's block in main.tf and remove {name}."


@pytest.mark.parametrize("step", ["plan", "apply", "validate", "planned"])
def test_every_step_refuses_before_terraform_runs(step: str, dev: Path, terraform: FakeTerraform) -> None:
    write(dev, '  ec2 = { profle = "large" }')
    with pytest.raises(UsageError, match=r"ec2\.profle"):
        getattr(Root("dev"), step)()
    assert terraform.calls == []


def test_local_is_refused_before_its_server_starts(project: Path, terraform: FakeTerraform) -> None:
    (project / "terraform/modules/platform/variables.tf").write_text(VARIABLES)
    write(project / "terraform/environments/local", '  ec2 = { profle = "large" }')
    said: list[Part | Text] = []
    with pytest.raises(UsageError, match=r"environments/local/main\.tf line 3: ec2\.profle"):
        LocalEnvironment().up(said.append)
    assert (said, terraform.calls, server_status(state_dir())) == ([], [], None)


def test_what_is_wrong_never_keeps_one_from_destroying(dev: Path, terraform: FakeTerraform) -> None:
    write(dev, '  ec2 = { profle = "large" }')
    Root("dev").plan(destroy=True)
    Root("dev").destroy()
    assert [call[0] for call in terraform.calls] == ["plan", "destroy"]


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_our_own_environments_pass(name: str) -> None:
    assert check_settings(OURS / "environments" / name) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ec2 = { on_demand = { max_vcpu = 4 } }", "ec2.on_demand.max_vcpu"),
        ("ec2 = { on_demnd = {} }", "ec2.on_demnd"),
        ('ec2 = { profle = "large" }', "ec2.profle"),
        ("ec2 = { queues = { low = { fair_share = { share = {} } } } }", "ec2.queues.low.fair_share.share"),
        ("jobs = { sample = { role = { statements = [{ action = [] }] } } }", "jobs.sample.role.statements.0.action"),
        ("images = { replicate_to = [{ regin = 1 }] }", "images.replicate_to.0.regin"),
    ],
)
def test_the_platforms_own_settings_are_held(value: str, said: str, project: Path) -> None:
    (project / "terraform/modules/platform/variables.tf").write_text(
        (OURS / "modules/platform/variables.tf").read_text()
    )
    write(project / "terraform/environments/dev", f"  {value}")
    with pytest.raises(UsageError, match=f"line 3: {said}: there is no such setting") as caught:
        check_settings(project / "terraform/environments/dev")
    assert "Did you mean" in caught.value.fix


def test_every_type_of_the_platform_can_be_read() -> None:
    types = module_types(OURS / "modules/platform", notes := [])
    assert notes == []
    assert set(types) >= {"ec2", "fargate", "jobs", "network", "release"}
    jobs = types["jobs"]
    assert isinstance(jobs, Each)
    assert isinstance(jobs.type, Fields)
    assert {"image", "ec2", "fargate", "retry", "role"} <= set(jobs.type.types)


# ------------------------------------------------------------- any type, any value
_names = st.sampled_from(["alpha", "beta", "gamma", "in", "null", "a-b"])
_types: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["string", "number", "any"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["map", "list", "set"]), inner),
        st.dictionaries(_names, inner, max_size=3),
    ),
    max_leaves=8,
)


def constraint(type_: Any) -> str:
    if isinstance(type_, dict):
        return f"object({{ {', '.join(f'{key} = optional({constraint(one)})' for key, one in type_.items())} }})"
    return type_ if isinstance(type_, str) else f"{type_[0]}({constraint(type_[1])})"


def literal(type_: Any) -> str:
    if isinstance(type_, dict):
        return "{\n" + "".join(f"{key} = {literal(one)}\n" for key, one in type_.items()) + "}"
    if isinstance(type_, str):
        return '"x"'
    return f"{{ k = {literal(type_[1])} }}" if type_[0] == "map" else f"[{literal(type_[1])}, ]"


def places(type_: Any) -> int:
    """Count the objects in a type."""
    if isinstance(type_, dict):
        return 1 + sum(map(places, type_.values()))
    return 0 if isinstance(type_, str) else places(type_[1])


def spoilt(type_: Any, place: int) -> Any:
    """Return the type with a key too many in its object number ``place``, counted as `places` does."""
    if isinstance(type_, dict):
        if place == 0:
            return {**type_, "unknown_key": "string"}
        place -= 1
        changed = {}
        for key, one in type_.items():
            changed[key] = spoilt(one, place) if 0 <= place < places(one) else one
            place -= places(one)
        return changed
    return type_ if isinstance(type_, str) else (type_[0], spoilt(type_[1], place))


@given(type_=_types, data=st.data())
def test_every_literal_of_a_type_passes_and_one_key_too_many_is_found_anywhere(type_: Any, data: st.DataObject) -> None:
    from awa_batch.terraform.settings import _of_value

    def unknown(text: str) -> list[str]:
        entry = hcl.read_text(f"x = {text}\n").attributes[0]
        constraint_ = hcl.read_text(f"type = {constraint(type_)}\n").attributes[0]
        return [one.key for one in _of_value(Path("f"), entry.value, type_of(constraint_.value), ("x",))]

    assert unknown(literal(type_)) == []
    if objects := places(type_):
        place = data.draw(st.integers(0, objects - 1))
        assert unknown(literal(spoilt(type_, place))) == ["unknown_key"]


@given(st.text(alphabet='ab{}[]()="$%\n#/*<E.,:?!-&| \\', max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    with contextlib.suppress(hcl.UnreadableError):
        hcl.read_text(text)
