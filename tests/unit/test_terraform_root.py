"""The root module: init only when needed, what a failing terraform says, outputs, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from awa_batch.cli.words import FlagWords
from awa_batch.errors import NotAppliedError, ToolError, UsageError
from awa_batch.files import locked_folder
from awa_batch.paths import state_dir
from awa_batch.terraform import Root, environment_names
from awa_batch.terraform.root import PLAN_FILE, TerraformError

if TYPE_CHECKING:
    from toolkit_support import FakeTerraform


def test_environments_are_the_folders_with_a_main_tf(project: Path) -> None:
    (project / "terraform/environments/empty").mkdir()
    assert environment_names() == ["dev", "local"]


def test_an_unknown_environment_names_those_that_are(project: Path) -> None:
    with pytest.raises(UsageError, match="There is no environment 'prd'") as caught:
        Root("prd")
    assert caught.value.told(FlagWords("dev"))[1] == "Use one of dev, local with --env-name or ENV=."
    assert caught.value.exit_code == 2


def test_init_runs_once_until_something_changes(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    assert root.init()
    assert not root.init()
    assert terraform.calls == [["init", "-input=false"]]
    (root.path / "main.tf").write_text('module "platform" { source = "../../modules/other" }\n')
    assert root.init()
    assert not root.init()
    (project / "terraform/modules/platform/main.tf").write_text('module "iam" { source = "../iam" }\n')
    assert root.init()
    (root.path / ".terraform.lock.hcl").write_text("# other checksums\n")
    assert root.init()
    (root.path / "main.tf").write_text('module "platform" {\n  source = "../../modules/platform"\n}\n')
    assert root.init()
    (root.path / "main.tf").write_text('module "platform" {\n  source = "../../modules/platform"\n\n  tags = {}\n}\n')
    assert not root.init()
    (root.path / "more.tf").write_text('resource "null_resource" "this" {}\n')
    assert root.init()
    (root.path / "terraform.tf").write_text('terraform {\n  backend "s3" {\n    key = "one"\n  }\n}\n')
    (root.path / "backend.hcl").write_text("")
    assert root.init()
    (root.path / "terraform.tf").write_text('terraform {\n  backend "s3" {\n    key = "two"\n  }\n}\n')
    assert root.init()


def test_init_runs_again_where_the_providers_are_gone_or_it_is_forced(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    assert root.init()
    (root.path / ".terraform/providers").rmdir()
    assert root.init()
    assert root.init(force=True)


def test_init_without_a_backend_is_not_enough_for_one_with_it(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    assert root.init(backend=False)
    assert not root.init(backend=False)
    assert root.init()
    assert terraform.calls == [["init", "-input=false", "-backend=false"], ["init", "-input=false"]]


def test_an_init_that_failed_is_done_again(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    terraform.answer("init", code=1, err="Error: Failed to install provider\n\nno such host\n")
    with pytest.raises(TerraformError) as caught:
        root.init(lambda _: None)
    assert caught.value.what == ("terraform init failed on ENV=dev (exit 1): Failed to install provider: no such host")
    log = state_dir() / "terraform-init.log"
    assert caught.value.fix == f"Correct what it names (all that it said: {log}), then run `make plan ENV=dev`."
    assert log.read_text() == "Error: Failed to install provider\n\nno such host\n"
    assert caught.value.exit_code == 1
    terraform.answer("init")
    assert root.init(lambda _: None)


def test_init_takes_the_named_mirror(
    project: Path, terraform: FakeTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_PLUGIN_DIR", str(tmp_path))
    Root("dev").init()
    assert terraform.calls == [["init", "-input=false", f"-plugin-dir={tmp_path}"]]


@pytest.mark.parametrize(("code", "changes"), [(0, False), (2, True)])
def test_plan_tells_whether_there_is_anything_to_change(
    code: int, changes: bool, project: Path, terraform: FakeTerraform
) -> None:
    terraform.answer("plan", code=code)
    assert Root("dev").plan(save=True) is changes
    assert terraform.calls == [["plan", "-input=false", "-detailed-exitcode", f"-out={PLAN_FILE}"]]


def test_a_plan_that_fails_raises(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("plan", code=1)
    with pytest.raises(TerraformError, match=r"terraform plan failed on ENV=dev \(exit 1\)"):
        Root("dev").plan()


def test_the_error_begins_where_terraforms_error_begins(project: Path, terraform: FakeTerraform) -> None:
    noise = "".join(f"aws_thing.a[{i}]: Creating...\n" for i in range(100))
    terraform.answer("apply", code=1, out=noise, err="\n\x20Error: creating Batch Queue: oops\n\n  with x.y\n")
    lines: list[str] = []
    with pytest.raises(TerraformError) as caught:
        Root("dev").apply(lines.append)
    assert len(lines) > 100
    assert caught.value.lines == [" Error: creating Batch Queue: oops", "  with x.y"]
    assert caught.value.what.endswith("(exit 1): creating Batch Queue: oops")
    assert "Creating..." in (state_dir() / "terraform-apply.log").read_text()


@pytest.mark.parametrize("frame", ["", "│ "])
def test_the_error_is_what_a_rule_says_and_not_the_source_that_it_shows(
    frame: str, project: Path, terraform: FakeTerraform
) -> None:
    shown = """Error: Invalid value for variable

  on main.tf line 11, in module "platform":
  11:   release = var.release
    ├────────────────
    │ var.images.repositories is map of object with 2 elements

release.images names vendor, which has no repository. Known: latest, test.

This was checked by the validation rule at
../../modules/platform/variables.tf:544,3-13.
"""
    terraform.answer("plan", code=1, err="".join(f"{frame}{line}\n" for line in shown.splitlines()))
    with pytest.raises(TerraformError) as caught:
        Root("dev").plan(lambda _: None)
    assert caught.value.what.endswith(
        ": Invalid value for variable: release.images names vendor, which has no repository. Known: latest, test."
    )


def test_a_saved_plan_is_used_up_by_its_apply(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    root.plan_path.write_text("")
    terraform.answer("apply", code=1)
    with pytest.raises(TerraformError):
        root.apply(plan_file=True)
    assert root.plan_path.exists()
    terraform.answer("apply")
    root.apply(plan_file=True)
    assert not root.plan_path.exists()
    assert terraform.calls[-1] == ["apply", "-input=false", PLAN_FILE]


def test_terraform_gets_the_roots_variables_and_none_that_it_must_not(
    project: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("TF_DATA_DIR", "/nowhere")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(project / "missing"))
    Root("dev", extra_env=(("AWS_REGION", "x"),), without_env=("AWS_PROFILE",)).destroy()
    seen = terraform.environment
    assert seen["AWS_REGION"] == "x"
    assert (seen["TF_INPUT"], seen["TF_IN_AUTOMATION"]) == ("0", "1")
    assert not {"AWS_PROFILE", "TF_DATA_DIR", "TF_CLI_CONFIG_FILE"} & set(seen)


@pytest.mark.parametrize(
    ("terminal", "no_color", "plain"), [(True, None, False), (True, "", True), (False, None, True)]
)
def test_colours_are_for_terminals(
    terminal: bool,
    no_color: str | None,
    plain: bool,
    project: Path,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    Root("dev").plan()
    assert ("-no-color" in terraform.raw_calls[-1]) is plain


# ------------------------------------------------------------------- outputs
def test_outputs_are_the_values(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("output", out=json.dumps({"a": {"value": [1], "type": "x"}, "b": {"value": None}}))
    assert Root("dev").outputs() == {"a": [1], "b": None}


def test_an_environment_never_applied_is_exit_4_and_names_the_command(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("output", out="{}")
    with pytest.raises(NotAppliedError, match="'dev' is not applied: its Terraform state has no") as caught:
        Root("dev").outputs()
    assert caught.value.fix == "Run `make plan apply ENV=dev` first."
    assert caught.value.exit_code == 4


def test_outputs_initialise_by_themselves(project: Path, terraform: FakeTerraform) -> None:
    """A fresh clone of what a colleague applied: nobody has run init here, and nothing has to be applied."""
    shutil.rmtree(project / "terraform/environments/dev/.terraform", ignore_errors=True)
    terraform.answer("output", out='{"a": {"value": 1}}')
    assert Root("dev").outputs() == {"a": 1}
    assert [call[0] for call in terraform.calls] == ["init", "output"]
    assert Root("dev").outputs() == {"a": 1}
    assert [call[0] for call in terraform.calls] == ["init", "output", "output"]


def test_a_changed_backend_is_initialised_for_before_it_is_read(project: Path, terraform: FakeTerraform) -> None:
    """backend.hcl came with a git pull: terraform would go on reading the bucket that it was initialised for."""
    root = Root("dev")
    (root.path / "backend.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    (root.path / "backend.hcl").write_text('bucket = "one"\n')
    root.init()
    (root.path / ".terraform/terraform.tfstate").write_text("{}")
    assert root.is_initialised
    (root.path / "backend.hcl").write_text('bucket = "two"\n')
    assert not root.is_initialised
    terraform.answer("output", out='{"a": {"value": 1}}')
    root.outputs()
    assert [call[0] for call in terraform.calls] == ["init", "init", "output"]


def test_what_terraform_wants_to_be_initialised_for_is_initialised_once(
    project: Path, terraform: FakeTerraform
) -> None:
    terraform.answer("output", code=1, err='╷\n│ Error: Backend initialization required, please run "terraform init"\n')
    with pytest.raises(TerraformError, match="Backend initialization required"):
        Root("dev").outputs()
    assert [call[0] for call in terraform.calls].count("init") <= 2


def test_initialising_waits_for_another_process(project: Path, terraform: FakeTerraform) -> None:
    root = Root("dev")
    done: list[bool] = []
    with locked_folder(root.path):
        thread = threading.Thread(target=lambda: done.append(root.init()))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert done == [True]


def test_one_never_initialised_asks_no_terraform(project: Path, terraform: FakeTerraform) -> None:
    with pytest.raises(NotAppliedError, match="it has never been initialised here") as caught:
        Root("local").outputs()
    assert caught.value.fix == "Run `make up ENV=local` first."
    assert terraform.calls == []


def test_a_state_that_cannot_be_read_is_not_called_not_applied(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("output", code=1, err="│ Error: error loading state: ExpiredToken: The token has expired\n")
    with pytest.raises(ToolError, match="ExpiredToken") as caught:
        Root("dev").outputs()
    assert not isinstance(caught.value, NotAppliedError)
    assert "make outputs ENV=dev" in caught.value.fix


@pytest.mark.parametrize("out", ["no json", "[]", '{"a": 1}'])
def test_outputs_that_are_none_are_an_error_of_the_program(out: str, project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("output", out=out)
    with pytest.raises(ToolError, match="terraform output failed"):
        Root("dev").outputs()


# -------------------------------------------------------------------- Ctrl-C
_APPLY = """
import sys
from awa_batch.terraform import Root
say = (lambda line: None) if sys.argv[1] == "say" else None
try:
    Root("dev").apply(say)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("how", ["say", "terminal"])
def test_ctrl_c_waits_for_terraform_to_save_its_state(how: str, project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("apply", sleep=1.2)
    process = subprocess.Popen(
        [sys.executable, "-c", _APPLY, how], env=dict(os.environ), stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 20
    while not (terraform.folder / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to both of them
    assert process.wait(20) == 130
    assert (terraform.folder / "interrupted").exists()
    assert (terraform.folder / "ended").exists(), "terraform was cut off before it could save its state"


def test_terraform_ends_by_itself_when_what_shows_its_lines_fails(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("apply", sleep=0.3)

    def say(line: str) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        Root("dev").apply(say)
    assert (terraform.folder / "ended").exists()


@pytest.mark.parametrize("command", ["apply", "plan", "init", "destroy"])
def test_terraform_ends_by_itself_where_the_process_that_waits_for_it_is_killed(
    command: str, project: Path, terraform: FakeTerraform
) -> None:
    """Of a pipe that breaks it would die at its next line: its state unwritten, the lock of it left behind."""
    terraform.answer(command, sleep=0.3)
    code = f"from awa_batch.terraform.root import Root; Root('dev').{command}(lambda _line: None)"
    deadline = time.monotonic() + 60
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        while not (terraform.folder / "started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    assert not (terraform.folder / "ended").exists()
    while not (terraform.folder / "ended").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_line_is_shown_as_it_comes_and_the_last_one_without_its_end(project: Path, terraform: FakeTerraform) -> None:
    terraform.answer("apply", out="one\n  zwei ü\r\n\nlast")
    seen: list[str] = []
    Root("dev").apply(seen.append)
    assert seen == ["one", "  zwei ü", "", "last"]


def test_an_apply_of_a_plan_waits_for_the_lock(
    project: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Root("dev")
    monkeypatch.setattr(Root, "check", lambda _self: [])
    root.plan_path.touch()
    root.apply(lambda _line: None, plan_file=True, lock_timeout=600)
    assert terraform.calls[-1] == ["apply", "-input=false", "-lock-timeout=600s", PLAN_FILE]
    assert not root.plan_path.exists()


def test_waiting_for_another_terraform_takes_the_lock_and_asks_aws_for_nothing(
    project: Path, terraform: FakeTerraform
) -> None:
    Root("dev").wait_for_others()
    assert terraform.calls[-1] == ["plan", "-input=false", "-refresh=false", "-lock-timeout=600s"]
    terraform.answer("plan", err="Error: Error acquiring the state lock\n", code=1)
    with pytest.raises(TerraformError, match="state lock"):
        Root("dev").wait_for_others()
