"""Settings that no module takes are refused with their line and the nearest name; what cannot be read never is."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.environment.local import LocalEnvironment, _write_settings
from awa_batch.errors import UsageError
from awa_batch.local_server import server_status
from awa_batch.paths import state_dir
from awa_batch.release import write_release
from awa_batch.terraform import Root, hcl
from awa_batch.terraform.settings import _Walk, check_settings, module_types
from awa_batch.terraform.variable_types import Each, Fields, type_of
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
    assert caught.value.what.split("\n  ") == [
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
        '  ec2 = { (local.key) = 1, "${local.key}" = 2 }',
        "  ec2 = { for key, value in local.ec2 : key => { profle = value } }",
        "  ec2 = jsondecode(file(\"ec2.json\"))\n  rules = [for one in local.rules : { acton = one }]",
        "  ec2 = { on_demand = data.all[0].x.y[*].z, profile = \"%{ if a }x%{ else }y%{ endif }\" }",
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
    assert caught.value.fix == f"Write it into the module's block in main.tf and remove it from {name}."


DIGEST = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa/latest@sha256:" + "a" * 64
RELEASE = """{
  "release": {
    "images": {
      "latest": {
        "blu": "x",
        "green": null
      }
    }
  }
}
"""


@pytest.fixture
def local(dev: Path) -> Path:
    """A root with the variables that the toolkit gives values to."""
    folder = dev.parent / "local"
    (folder / "variables.tf").write_text((OURS / "environments/local/variables.tf").read_text())
    return folder


@pytest.mark.parametrize("name", ["terraform.tfvars.json", "release.auto.tfvars.json"])
def test_an_unknown_key_in_json_is_refused_at_any_depth(name: str, local: Path) -> None:
    (local / name).write_text(RELEASE)
    with pytest.raises(UsageError) as caught:
        check_settings(local)
    where = f"terraform/environments/local/{name} line 5: release.images.latest.blu"
    assert caught.value.what == f"{where}: there is no such setting."
    assert caught.value.fix == "Did you mean blue? release.images.latest takes blue, green, share."


@pytest.mark.parametrize("name", ["terraform.tfvars", "release.auto.tfvars"])
def test_an_unknown_key_among_values_is_refused_at_any_depth(name: str, local: Path) -> None:
    (local / name).write_text('# by hand\nrelease = {\n  images = { latest = { blu = "x" } }\n}\n')
    with pytest.raises(UsageError, match=rf"local/{name} line 3: release\.images\.latest\.blu: ") as caught:
        check_settings(local)
    assert caught.value.fix.startswith("Did you mean blue? ")


@pytest.mark.parametrize(
    ("text", "where", "fix"),
    [
        ('{\n"relase": {}}', "line 2: relase: nothing reads it", "Did you mean release?"),
        ('{"network": {}}', "line 1: network: nothing reads it", "and remove it from x.auto.tfvars.json."),
        ('{"release": {"imags"\n:\n1}}', "line 1: release.imags: ", "Did you mean images?"),
        (
            '{"release": {"images": {"a\\n\\u00e9": {"blue": [1, {}, "}"] , "\\u0062lu" : 1}}}}',
            "line 1: release.",
            "blue?",
        ),
        ('{"release": {"images": {"//": "a comment"}, "//": ""}}', "line 1: release.//: ", "release takes images."),
    ],
)
def test_json_is_read_as_terraform_reads_it(text: str, where: str, fix: str, local: Path) -> None:
    (local / "x.auto.tfvars.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        check_settings(local)
    assert f"x.auto.tfvars.json {where}" in caught.value.what
    assert fix in caught.value.fix


def test_what_the_toolkit_writes_passes(local: Path) -> None:
    write_release(local, "latest", DIGEST)
    write_release(local, "test", DIGEST, slot="green")
    keys = {"AWS_ACCESS_KEY_ID": "AKIALOCALTEST", "AWS_SECRET_ACCESS_KEY": "test"}
    _write_settings(Root("local"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", **keys})
    assert {file.name for file in local.glob("*.tfvars.json")} == {"release.auto.tfvars.json", "local.auto.tfvars.json"}
    assert check_settings(local) == []


@pytest.mark.parametrize("text", ["{}", '{"//": "by hand", "release": {}}', '{"release": null, "access_key": "${x"}'])
def test_json_that_fits_passes(text: str, local: Path) -> None:
    (local / "terraform.tfvars.json").write_text(text)
    assert check_settings(local) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"release": }', "\ufeff{}", "[" * 20000, '{"release": {}} x'])
def test_json_that_cannot_be_read_is_noted_and_left_to_terraform(text: str, local: Path) -> None:
    (local / "x.auto.tfvars.json").write_text(text)
    (note,) = check_settings(local)
    assert note.startswith("terraform/environments/local/x.auto.tfvars.json: its settings are not checked: ")


def test_variables_that_cannot_be_read_refuse_no_value(local: Path) -> None:
    (local / "more.tf.json").write_text('{"variable": {"network": {}}}')
    (local / "terraform.tfvars.json").write_text('{"network": {}}')
    assert check_settings(local) == [
        "terraform/environments/local/more.tf.json: its settings are not checked: it is JSON."
    ]


def test_the_default_of_a_variable_of_the_root_is_held(dev: Path) -> None:
    (dev / "variables.tf").write_text(
        'variable "x" {\n  type = object({ blue = string })\n  default = {\n    blu = 1\n  }\n}\n'
        "variable {\n  default = 1\n}\n"
    )
    with pytest.raises(UsageError, match=r"dev/variables\.tf line 4: x\.blu: there is no such setting"):
        check_settings(dev)


# ------------------------------------------------------------- through local.…
@pytest.mark.parametrize(
    ("arguments", "locals_", "where"),
    [
        ("  ec2 = local.ec2", 'ec2 = {\n    profle = "large"\n  }', "locals.tf line 3: ec2.profle"),
        ("  ec2 = local.all.ec2", "all = { ec2 = { profle = 1 } }", "locals.tf line 2: ec2.profle"),
        ('  ec2 = local.all["ec2"]', 'all = { "ec2" = { profle = 1 } }', "locals.tf line 2: ec2.profle"),
        ("  ec2 = { on_demand = local.x }", "x = { max_vcpu = 4 }", "locals.tf line 2: ec2.on_demand.max_vcpu"),
        ("  ec2 = (local.a)", "a = local.b\n  b = { profle = 1 }", "locals.tf line 3: ec2.profle"),
        ("  ec2 = merge(local.a, {})", "a = merge({ profle = 1 }, var.b)", "locals.tf line 2: ec2.profle"),
        ("  ec2 = var.a ? local.a : {}", "a = { profle = 1 }", "locals.tf line 2: ec2.profle"),
        ("  rules = [local.a]", "a = { acton = 1 }", "locals.tf line 2: rules.0.acton"),
    ],
)
def test_a_literal_local_is_looked_into(arguments: str, locals_: str, where: str, dev: Path) -> None:
    write(dev, arguments)
    (dev / "locals.tf").write_text(f"locals {{\n  {locals_}\n}}\n")
    with pytest.raises(UsageError) as caught:
        check_settings(dev)
    assert caught.value.what == f"terraform/environments/dev/{where}: there is no such setting."
    assert "Did you mean" in caught.value.fix


@pytest.mark.parametrize(
    ("arguments", "locals_", "said"),
    [
        ("  ec2 = local.ec2", "", "main.tf line 3: ec2: {}: local.ec2 is"),
        ("  ec2 = local.ec2", "ec2 = var.ec2", "main.tf line 3: ec2: {}: local.ec2 is"),
        ("  ec2 = local.ec2", 'ec2 = jsondecode(file("x"))', "main.tf line 3: ec2: {}: local.ec2 is"),
        ("  ec2 = local.ec2", "ec2 = local.ec2", "locals.tf line 2: ec2: {}: local.ec2 is"),
        ("  ec2 = local.a", "a = { pools = local.a }", "locals.tf line 2: ec2.pools: {}: local.a is"),
        ("  ec2 = local.all[var.x]", "all = {}", "main.tf line 3: ec2: {}: local.all.* is"),
        ("  ec2 = { on_demand = local.a[0].x[*].z }", "", "main.tf line 3: ec2.on_demand: {}: local.a.0.x.* is"),
    ],
)
def test_a_local_that_cannot_be_looked_into_is_noted(arguments: str, locals_: str, said: str, dev: Path) -> None:
    write(dev, arguments)
    (dev / "locals.tf").write_text(f"locals {{\n  {locals_}\n}}\n")
    (dev / "terraform.tfvars").write_text("")
    told = said.format("its keys are not checked")
    assert check_settings(dev) == [f"terraform/environments/dev/{told} not written out in this folder."]


def test_a_note_on_a_local_keeps_no_value_from_being_checked(dev: Path) -> None:
    write(dev, "  ec2 = local.ec2")
    (dev / "terraform.tfvars").write_text("network = {}\n")
    with pytest.raises(UsageError, match="network: nothing reads it"):
        check_settings(dev)


@pytest.mark.parametrize("arguments", ["  tags = local.tags", "  anything = local.x", "  count = local.n"])
def test_a_local_without_keys_of_ours_needs_no_note(arguments: str, dev: Path) -> None:
    write(dev, arguments)
    assert check_settings(dev) == []


@pytest.mark.parametrize("step", ["plan", "apply", "validate", "planned"])
def test_every_step_refuses_a_release_with_an_unknown_key(step: str, local: Path, terraform: FakeTerraform) -> None:
    (local / "release.auto.tfvars.json").write_text(RELEASE)
    with pytest.raises(UsageError, match=r"release\.images\.latest\.blu") as caught:
        getattr(Root("local"), step)()
    assert "blue?" in caught.value.fix
    assert terraform.calls == []


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
        ("ec2 = { pools = { spot = { max_vcpu = 4 } } }", "ec2.pools.spot.max_vcpu"),
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
        st.dictionaries(_names, inner, min_size=1, max_size=3),
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
    def unknown(text: str) -> list[str]:
        entry = hcl.read_text(f"x = {text}\n").attributes[0]
        constraint_ = hcl.read_text(f"type = {constraint(type_)}\n").attributes[0]
        return [one.key for one in _Walk({}, []).of_value(Path("f"), entry.value, type_of(constraint_.value), ("x",))]

    assert unknown(literal(type_)) == []
    if objects := places(type_):
        place = data.draw(st.integers(0, objects - 1))
        assert unknown(literal(spoilt(type_, place))) == ["unknown_key"]


@given(st.text(alphabet='ab{}[]()="$%\n#/*<E.,:?!-&| \\', max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    with contextlib.suppress(hcl.UnreadableError):
        hcl.read_text(text)
