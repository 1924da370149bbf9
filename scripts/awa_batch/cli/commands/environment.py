"""``awa-batch up, plan, apply, destroy, outputs``: Terraform on one environment."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import click

from awa_batch.cli.asking import agreed, answer
from awa_batch.cli.options import environment_option, output_option, refuse_of_local, runner_option, say
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.words import words
from awa_batch.environment import environment_of
from awa_batch.errors import AwaBatchError, ForeignContractError, NotAppliedError, UsageError
from awa_batch.target import target_of
from awa_batch.terraform import Root, environment_names
from awa_batch.terraform.bootstrap import BootstrapRoot, write_backend
from awa_batch.terraform.cost import hourly_costs
from awa_batch.terraform.new_environment import new_environment
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
    following = environment_of(environment).up(
        say,
        agree=lambda question: _confirm(question, yes),
        runner=runner,  # type: ignore[arg-type]
        detail=say if verbose else None,
    )
    if following:
        say(f"ENV={environment} is up. Next: {', '.join(map(words().command, following))}")


@click.command()
@environment_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there is something to change, as terraform does.")
def plan(environment: str, detailed_exitcode: bool) -> None:
    """Show what Terraform would change, and save that plan.

    `awa-batch apply` applies it.
    """
    changes = _root(environment, checked=True).plan(save=True)
    _tell_of_newer_images(environment)
    if detailed_exitcode and changes:
        raise click.exceptions.Exit(2)


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
def apply(environment: str, yes: bool) -> None:
    """Apply the saved plan, or plan and ask.

    Where no plan is saved, a new one is shown and asked for.
    """
    root = _root(environment, checked=True, rebuild=True)
    if not root.plan_path.is_file():
        if not root.plan(save=True):
            root.plan_path.unlink(missing_ok=True)
            return
        _confirm(f"Apply this to {environment}?", yes)
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
    from awa_batch.environment.holdings import check_destroyable
    from awa_batch.environment.opening import open_clients

    try:
        clients = open_clients(root.environment, say=say)
    except ForeignContractError:
        raise
    except NotAppliedError:
        return
    check_destroyable(clients, root.environment, empty=empty, say=say, before_deleting=lambda: root.plan(destroy=True))


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
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def bootstrap(environment: str, yes: bool) -> None:
    """Make the bucket of an account's Terraform states, once, and point an environment to it.

    It uses your AWS credentials and the project and region of the environment's main.tf and providers.tf. Where the
    bucket is there already from here, only the environment's backend.hcl is written. The service-linked roles of
    Batch, ECS, Auto Scaling and Spot are made where the account does not have them; they are never destroyed.
    """
    root = BootstrapRoot(environment).with_settings
    from awa_batch.environment.account_root import PROFILE_VARIABLES, check_credentials, keys_for_terraform

    settings = Root(environment)
    check_credentials(settings.target, settings.path)
    given = keys_for_terraform(settings.target, settings.path)
    if given:
        root = replace(root, extra_env=(*root.extra_env, *given), without_env=PROFILE_VARIABLES)
    root.init(lambda _line: None)
    if root.plan(save=True):
        _confirm("Make this bucket?", yes)
        root.apply(plan_file=True)
    else:
        root.plan_path.unlink(missing_ok=True)
    _make_service_linked_roles(settings, yes)
    click.echo(write_backend(root, say))


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


@click.command()
@environment_option
@output_option("table", "json")
def cost(environment: str, output: str) -> None:
    """Count what an environment pays for by the hour even when no job runs.

    From a plan, so it also tells of an environment that is not applied yet. Prices are not in it: they differ by
    region and change.
    """
    costs = hourly_costs(_root(environment, checked=True).planned())
    if output == "json":
        print_json([asdict(entry) for entry in costs])
        return
    print_table(
        ["billed by the hour", "count", "which", "set by"],
        [[entry.what, entry.count, entry.detail, entry.lever] for entry in costs],
    )


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
