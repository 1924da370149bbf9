"""``awa-batch up, plan, drift, apply, destroy, outputs``: Terraform on one environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from awa_batch.cli.asking import agreed, answer
from awa_batch.cli.options import environment_option, output_option, refuse_of_local, runner_option, say
from awa_batch.cli.pushing import pushing_shown
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.words import words
from awa_batch.environment import environment_of
from awa_batch.errors import AwaBatchError, ForeignContractError, NotAppliedError, UsageError
from awa_batch.target import target_of
from awa_batch.terraform import Root, environment_names
from awa_batch.terraform.bootstrap import BootstrapRoot, check_policies_folder, write_backend, write_policies
from awa_batch.terraform.compute_changes import compute_changes
from awa_batch.terraform.generations import NAME
from awa_batch.terraform.new_environment import new_environment
from awa_batch.terraform.planned_changes import plan_page, planned_changes
from awa_batch.text import Step


def _root(environment: str, *, checked: bool = False, rebuild: bool = False) -> Root:
    """Return the root module, initialised; that of ENV=local with its local AWS running.

    ``rebuild``: where that is gone, ENV=local is built anew. ``checked``: settings that no module takes are refused
    before anything runs.
    """
    if checked:
        for note in Root(environment).check():
            say(note)
    return environment_of(environment).root(say, rebuild=rebuild)


def planned_root(environment: str) -> Root:
    """Return the root module of an environment whose plan is to be looked at."""
    return _root(environment, checked=True)


def _confirm(question: str, yes: bool) -> None:
    """Ask; no answer (no terminal, end of input) means no."""
    if not yes and not agreed(question):
        raise UsageError("Not confirmed: nothing was changed.", fix="Answer y, or pass --yes (make: YES=1).")


@click.command()
@environment_option
@runner_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--verbose", "-v", is_flag=True, help="ENV=local: show what terraform and the image build print.")
def up(environment: str, runner: str, yes: bool, verbose: bool) -> None:
    """Bring an environment up: platform, image, release.

    ENV=local starts the local AWS and asks nothing. Elsewhere each plan is shown and asked for.
    """
    refuse_of_local(environment, runner="--runner", verbose="--verbose")
    with pushing_shown() as pushing:
        following = environment_of(environment).up(
            say,
            agree=lambda question: _confirm(question, yes),
            runner=runner,  # type: ignore[arg-type]
            detail=say if verbose else None,
            pushing=pushing,
        )
    if following:
        say(f"ENV={environment} is up. Next: {', '.join(map(words().command, following))}")


@click.command()
@environment_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there is something to change, as terraform does.")
@output_option("text", "markdown")
def plan(environment: str, detailed_exitcode: bool, output: str) -> None:
    """Show what Terraform would change, and save that plan.

    `awa-batch apply` applies it. What it does to compute environments, and to the jobs that run on them, is told below
    it. With `-o markdown` stdout gets a page for a pull request (`make plan-comment`), and all else goes to stderr.
    """
    root = _root(environment, checked=True)
    changes = root.plan(say if output == "markdown" else None, save=True)
    shown = root.saved_plan() if changes or output == "markdown" else {}
    notes = list(_of_compute(root, shown))
    for note in notes:
        say(note)
    _tell_of_newer_images(environment)
    if output == "markdown":
        click.echo(plan_page(environment, shown, root.saved_plan_text() if changes else "", notes), nl=False)
    if detailed_exitcode and changes:
        raise click.exceptions.Exit(2)


@click.command()
@environment_option
@output_option("table", "json")
def drift(environment: str, output: str) -> None:
    """Say where an environment differs from its files; exit 1 where it does.

    From a fresh plan that takes no lock and is not saved: what was changed outside Terraform, and what the files say
    and nobody has applied.
    """
    found = planned_changes(_root(environment, checked=True).planned())
    if output == "json":
        print_json([asdict(one) for one in found])
    elif found:
        print_table(
            ["resource", "an apply would", "fields", "because"],
            [[one.address, " and ".join(one.actions), " ".join(one.fields), _BECAUSE[one.outside]] for one in found],
        )
    if not found:
        say(f"ENV={environment} is as its files say.")
        return
    say((f"ENV={environment} is not as its files say. Look at it: ", Step("plan", environment=environment), "."))
    raise click.exceptions.Exit(1)


_BECAUSE = {True: "it was changed outside Terraform", False: "the files say so and nobody has applied it"}


def _of_compute(root: Root, shown: dict[str, Any]) -> Iterator[str]:
    """Yield what the saved plan does to compute environments and to the jobs on them."""
    found = compute_changes(shown)
    generations = (shown.get("output_changes") or {}).get("generations") or {}
    before = generations.get("before") or {}
    if any(before.values()) and before != generations.get("after"):
        yield (
            f"{NAME} is not what was applied last. Where nobody here has changed it, another clone's is newer: get it "
            "(git pull) before you apply."
        )
    left: dict[str, int] = {}
    if any(one.disturbs_jobs and one.cluster for one in found):
        from awa_batch.environment.jobs_left import jobs_left
        from awa_batch.environment.opening import open_clients

        with suppress(AwaBatchError):
            left = jobs_left(open_clients(root.environment, patience=0, waits_itself=True), found)
    for one in found:
        now = f" (on it now: {left[one.key]})" if one.key in left else ""
        yield f"{one.key}: {one.way} ({', '.join(one.fields) or 'all of it'}). Running jobs{now}: {one.felt}."


def _refuse_to_end_jobs(root: Root) -> None:
    """Refuse the saved plan where it takes a compute environment away from under jobs."""
    ending = [one for one in compute_changes(root.saved_plan()) if one.ends_environment and one.cluster]
    if ending:
        from awa_batch.environment.jobs_left import check_no_jobs_end
        from awa_batch.environment.opening import open_clients

        check_no_jobs_end(open_clients(root.environment, say=say), ending)


def _tell_of_newer_images(environment: str) -> None:
    """Say which compute environments run an older machine image than there is: no plan would ever show it.

    Where that cannot be asked (nothing is applied yet, no permission for it), nothing is said.
    """
    if not target_of(environment).is_lasting:
        return
    from awa_batch.environment.opening import open_clients
    from awa_batch.observe.queue_state import newer_image_note, newer_images

    with suppress(AwaBatchError):
        clients = open_clients(environment, patience=0, waits_itself=True)
        for name in newer_images(clients.batch, [queue.arn for queue in clients.contract.queues.values()]):
            say(f"{newer_image_note(name)}.")


@click.command()
@environment_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--end-jobs", is_flag=True, help="Also delete compute environments on which jobs run, and end these.")
def apply(environment: str, yes: bool, end_jobs: bool) -> None:
    """Apply the saved plan, or plan and ask.

    Where no plan is saved, a new one is shown and asked for. A plan that deletes or replaces a compute environment on
    which jobs run is refused, unless --end-jobs is there.
    """
    root = _root(environment, checked=True, rebuild=True)
    if not root.plan_path.is_file():
        if not root.plan(save=True):
            root.plan_path.unlink(missing_ok=True)
            return
        _confirm(f"Apply this to {environment}?", yes)
    if not end_jobs:
        _refuse_to_end_jobs(root)
    root.apply(plan_file=True)
    environment_of(environment).applied(say)


@click.command()
@environment_option
@click.option("--confirm", metavar="NAME", help="The environment's name, instead of being asked for it.")
@click.option("--empty", is_flag=True, help="Delete all images and objects that it holds first.")
def destroy(environment: str, confirm: str | None, empty: bool) -> None:
    """Destroy an environment, after asking for its name.

    One that still holds jobs, images or objects is refused before anything is destroyed; with --empty its images and
    objects are deleted first. prod only with --confirm prod (make: CONFIRM=prod).
    """
    if environment not in environment_names():
        _root(environment)  # says which there are
    if confirm is None and environment != "prod":
        confirm = answer(f"Type {environment} to destroy it")
    if confirm != environment:
        raise UsageError(
            f"--confirm {confirm!r} is not its name: {environment} is not destroyed."
            if confirm
            else f"{environment} is not destroyed: its name was not given.",
            fix=f"Pass --confirm {environment} (make destroy ENV={environment} CONFIRM={environment}).",
        )
    root = _root(environment)
    if target_of(environment).is_lasting:
        _look_before_destroying(root, empty)
    root.destroy()
    environment_of(environment).applied(say)


def _look_before_destroying(root: Root, empty: bool) -> None:
    """Refuse what AWS would stop in the middle. Of an environment that is not applied there is nothing to ask.

    One that another version applied is refused: it cannot be looked at.
    """
    from awa_batch.environment.holdings import check_destroyable, deregister_derived
    from awa_batch.environment.opening import open_clients

    try:
        clients = open_clients(root.environment, say=say)
    except ForeignContractError:
        raise
    except NotAppliedError:
        return
    check_destroyable(clients, root.environment, empty=empty, say=say, before_deleting=lambda: root.plan(destroy=True))
    deregister_derived(clients, say)


def _make_service_linked_roles(root: Root, yes: bool) -> None:
    """Make those that the account does not have. Who may not look is told what to see to, and stopped from nothing."""
    from awa_batch.batch.failures import CallError
    from awa_batch.environment.service_linked_roles import ROLES, iam_client, make_role, missing_roles

    iam = iam_client(root.target, root.path)
    try:
        missing = missing_roles(iam)
    except CallError as error:
        say((*error.problem, f" Somebody who may has to see that the account has {', '.join(ROLES)}."))
        return
    if missing:
        _confirm(f"Make the service-linked roles {', '.join(missing)}?", yes)
    for name in missing:
        make_role(iam, name)
        say(f"made {name}")


@click.command()
@environment_option
@click.option(
    "--deployer-policies",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Also write the IAM policies of who plans and of who applies, a JSON file each.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def bootstrap(environment: str, deployer_policies: Path | None, yes: bool) -> None:
    """Make the bucket of an account's Terraform states, once, and point an environment to it.

    It uses your AWS credentials and the project and region of the environment's main.tf and providers.tf. Where the
    bucket is there already from here, only the environment's backend.hcl is written. The service-linked roles of
    Batch, ECS, Auto Scaling and Spot are made where the account does not have them; they are never destroyed.

    It also makes the policies and roles of `deployers` in terraform/bootstrap/deployers.auto.tfvars, with which a team
    or GitHub Actions plan and apply without being an administrator (terraform/modules/deployer/README.md).
    """
    if deployer_policies is not None:
        check_policies_folder(deployer_policies)
    root = BootstrapRoot(environment).with_settings
    from awa_batch.environment.account_root import PROFILE_VARIABLES, check_credentials, keys_for_terraform

    settings = Root(environment)
    check_credentials(settings.target, settings.path)
    given = keys_for_terraform(settings.target, settings.path)
    if given:
        root = replace(root, extra_env=(*root.extra_env, *given), without_env=PROFILE_VARIABLES)
    root.init(lambda _line: None)
    if root.plan(save=True):
        _confirm("Apply this plan?", yes)
        root.apply(plan_file=True)
    else:
        root.plan_path.unlink(missing_ok=True)
    _make_service_linked_roles(settings, yes)
    click.echo(write_backend(root, say))
    for file in write_policies(root, deployer_policies) if deployer_policies is not None else ():
        click.echo(file)


@click.command()
@environment_option
def init(environment: str) -> None:
    """Run terraform init on an environment, from a provider mirror where one lies.

    The other commands do it by themselves when it is needed.
    """
    Root(environment).init(force=True)


@click.command()
@environment_option
def validate(environment: str) -> None:
    """Check an environment's Terraform without credentials and without its state."""
    root = Root(environment)
    for note in root.check():
        say(note)
    root.validate()


@click.command(name="new-env")
@click.argument("name")
@click.option("--from", "source", default="dev", show_default=True, help="The environment to copy.")
def new_env(name: str, source: str) -> None:
    """Make a new environment's Terraform root from an existing one.

    It gets a state and a vpc_cidr of its own and starts without a release. From local its values are taken, the rest
    from an environment in an account.
    """
    click.echo(new_environment(name, source))
    say(
        (
            f"Next: look at {name}/main.tf (project, vpc_cidr, NAT, sizes, budgets) and {name}/providers.tf (region, "
            "account), then run ",
            Step("bootstrap", "plan", environment=name),
        )
    )


@click.command()
@environment_option
@output_option("table", "json")
def outputs(environment: str, output: str) -> None:
    """Print Terraform's outputs."""
    values = _root(environment).outputs()
    if output == "json":
        print_json(values)
        return
    print_table(["output", "value"], _flat({name: value for name, value in values.items() if name != "contract"}))


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Return (path, value) of every leaf: nested outputs as rows a person can read and search."""
    if isinstance(value, dict) and value:
        prefix = f"{path}." if path else ""
        return [row for key, part in value.items() for row in _flat(part, f"{prefix}{key}")]
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        return [(path, " ".join(map(str, value)))]
    return [(path, value if isinstance(value, str) else json.dumps(value))]
