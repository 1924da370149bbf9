"""What GitHub runs can be run here: pinned actions, few permissions, and each step a target of make that exists."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from awa_batch.terraform.binary import MINIMUM
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted(GITHUB.glob("actions/*/action.yml"))
SET_UP = {"sudo systemctl stop docker.socket docker.service"}
"""What a step may run beside make: what makes the machine what the job is about."""
named = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def read(file: Path) -> dict[str, Any]:
    """Return a workflow; YAML 1.1 reads its key ``on`` as true."""
    text = re.sub(r"(?m)^on:", '"on":', file.read_text(encoding="utf-8"))
    return dict(yaml.safe_load(text))


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in read(file)["jobs"].values():
        yield from job["steps"]


def test_the_workflows_of_a_team_are_there() -> None:
    assert {file.stem for file in WORKFLOWS} >= {"ci", "plan", "apply", "drift", "release", "publish", "dependencies"}


@pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_action_is_pinned_by_commit_and_names_its_version(file: Path) -> None:
    used = re.findall(r"(?m)^\s*(?:- )?uses: (.*)$", file.read_text(encoding="utf-8"))
    assert used
    pinned = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    for one in used:
        assert pinned.fullmatch(one) or (one.startswith("./") and (ROOT / one / "action.yml").is_file()), one


def test_an_action_has_one_version_everywhere() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (*WORKFLOWS, *ACTIONS))
    found = set(re.findall(r"uses: ([\w.-]+/[\w./-]+)@(\S+ # \S+)", text))
    assert len({action for action, _ in found}) == len(found)


@named
def test_permissions_are_named_and_few(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        granted = job.get("permissions", workflow["permissions"])
        assert granted, f"{name} has none, and checks the repository out"
        writing = {what for what, how in granted.items() if how == "write"}
        assert writing <= {"id-token", "contents", "pull-requests", "packages"}, name
        # Who writes to the repository has no credentials of AWS, and who has them writes no code.
        assert not {"id-token", "contents"} <= writing, name
        # Who publishes does nothing else.
        assert "packages" not in writing or writing == {"packages"}, name


@named
def test_runs_are_bounded_and_do_not_get_in_each_others_way(file: Path) -> None:
    workflow = read(file)
    assert workflow["concurrency"]["group"]
    assert "cancel-in-progress" in workflow["concurrency"]
    assert all(0 < job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())


@named
def test_a_checkout_keeps_no_token(file: Path) -> None:
    found = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert found
    assert all(step["with"]["persist-credentials"] is False for step in found)


def test_what_builds_an_image_for_an_account_knows_the_whole_history() -> None:
    """Else the last commit that changed the image's files is the newest one: each run would make another image."""
    building = [
        (file.stem, name, job["steps"])
        for file in WORKFLOWS
        for name, job in read(file)["jobs"].items()
        if any(re.match(r"make (release-file|build|push|up)\b", step.get("run", "")) for step in job["steps"])
    ]
    assert building
    for file, name, done in building:
        (checkout,) = [step for step in done if step.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"].get("fetch-depth") == 0, (file, name)


def runs() -> list[tuple[str, str]]:
    return [(file.stem, step["run"].strip()) for file in WORKFLOWS for step in steps(file) if "run" in step]


@pytest.mark.parametrize(("workflow", "line"), runs())
def test_every_step_is_a_target_of_make(workflow: str, line: str) -> None:
    """In one line, without an expression: what a branch or an input is called is no part of a command."""
    assert "\n" not in line
    assert "${{" not in line
    if line in SET_UP:
        return
    if shutil.which("make") is None:
        missing("no make on PATH")
    program, target, *words = shlex.split(line)
    assert program == "make"
    assert all(re.fullmatch(r"[A-Z_]+=.*", word) for word in words), words
    given = [] if workflow != "release" else ["ENV=dev", "STEP=start"]
    done = subprocess.run(
        ["make", "-n", "--old-file=setup", "--old-file=setup-dev", target, *words, *given],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def matrix() -> list[dict[str, str]]:
    return list(read(GITHUB / "workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["include"])


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_every_python_that_is_supported_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = {one["python"] for one in matrix()}
    assert min(tested, key=version) == project["requires-python"].removeprefix(">=")
    looked_for = re.findall(r"python(3\.\d+)\b", (ROOT / "scripts/setup.sh").read_text(encoding="utf-8"))
    assert tested == set(looked_for)


def test_the_oldest_terraform_and_the_newest_are_tested() -> None:
    tested = [one["terraform"] for one in matrix()]
    required = {
        found[1]
        for file in (ROOT / "terraform").glob("**/*.tf")
        if (found := re.search(r'required_version = ">= ([\d.]+)', file.read_text(encoding="utf-8")))
    }
    oldest = min((one for one in tested if one != "latest"), key=version)
    assert required == {oldest}
    assert version(oldest)[:2] == MINIMUM
    assert "latest" in tested
    # The extremes meet: the oldest Python with the oldest Terraform, the newest with the newest.
    pairs = {one["python"]: one["terraform"] for one in matrix()}
    assert pairs[min(pairs, key=version)] == oldest
    assert pairs[max(pairs, key=version)] == "latest"


def test_what_applies_stands_behind_an_environment_and_what_plans_does_not() -> None:
    """The role that deploys trusts a GitHub environment alone (``deploy_subjects``), where reviewers can be named."""
    for file in WORKFLOWS:
        for name, job in read(file)["jobs"].items():
            roles = [
                step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})
            ]
            for role in roles:
                assert ("environment" in job) == ("AWS_DEPLOY_ROLE" in role), (file.stem, name)
                assert ("plan_role" in role) != ("environment" in job), (file.stem, name)


def test_code_of_a_fork_never_meets_credentials() -> None:
    for file in WORKFLOWS:
        on = read(file)["on"]
        assert "pull_request_target" not in on
        if "pull_request" in on:
            for job in read(file)["jobs"].values():
                if "id-token" in job.get("permissions", {}):
                    assert "head.repo.full_name == github.repository" in job["if"]


def test_the_bot_watches_every_place_that_it_can() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    watched = {one["package-ecosystem"]: one["directories"] for one in updates}
    assert set(watched) == {"github-actions", "terraform"}
    locked = {file.parent.relative_to(ROOT).as_posix() for file in ROOT.glob("terraform/*/**/.terraform.lock.hcl")}
    roots = {name for name in locked if not name.startswith(("terraform/modules", "terraform/testing"))}
    patterns = [pattern.strip("/") for pattern in watched["terraform"]]
    assert [name for name in roots if not any(Path(name).match(pattern) for pattern in patterns)] == []


def test_what_the_update_writes_goes_into_the_proposal() -> None:
    """Each lock file, and the base images, are among what the one job hands to the other."""
    used = steps(GITHUB / "workflows/dependencies.yml")
    (upload,) = [step for step in used if "upload-artifact" in step.get("uses", "")]
    patterns = upload["with"]["path"].split()
    written = subprocess.run(
        ["git", "ls-files", "*.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(written) > 5
    handed_on = {file for pattern in patterns for file in ROOT.glob(pattern)}
    assert {ROOT / name for name in (*written, "container/base_images.env")} <= handed_on
