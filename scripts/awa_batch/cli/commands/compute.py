"""``awa-batch compute``: generations of compute environments."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict

import click

from awa_batch.cli.asking import agreed
from awa_batch.cli.options import environment_option, not_with, open_environment, output_option, say
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.cli.types import LONGEST_WAIT, Duration
from awa_batch.environment import environment_of
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.terraform import Root
from awa_batch.terraform.compute_changes import ComputeChange, compute_changes
from awa_batch.terraform.generations import generations_path


@click.group()
def compute() -> None:
    """Replace compute environments without losing a job.

    docs/blue-green.md goes through it step by step.
    """


@compute.command(short_help="Say how compute environments would change, and what running jobs would feel.")
@environment_option
@output_option("table", "json")
def plan(environment: str, output: str) -> None:
    """Say how compute environments would change, and what running jobs would feel.

    From a fresh plan of the environment's values, which is not saved: a scaling update, an infrastructure update in
    place, or a replacement. `awa-batch plan` says the same of the plan that it saves.
    """
    for note in Root(environment).check():
        say(note)
    found = compute_changes(environment_of(environment).root(say).planned())
    left = _left(environment, found)
    if output == "json":
        print_json([{**asdict(one), "disturbs_jobs": one.disturbs_jobs, "tasks": left.get(one.key)} for one in found])
    elif found:
        print_table(_COLUMNS, [[one.key, one.way, " ".join(one.fields), left.get(one.key), one.felt] for one in found])
    else:
        say("No compute environment would change.")


@compute.command(short_help="Put a new generation of compute environments in the place of the old one.")
@click.option("--pool", "pools", multiple=True, metavar="POOL", help="ec2/on_demand, fargate/spot, …; default all.")
@click.option("--ami", is_flag=True, help="Only pools on EC2 that run an older machine image than AWS Batch has.")
@click.option("--keep-old", is_flag=True, help="Stop where both take jobs, the new generation first.")
@click.option("--back", is_flag=True, help="Put the old generation back in its place, while it is there.")
@click.option("--generation", metavar="NAME", help="Name of the new generation. Default: the next letter.")
@click.option("--probe-job", metavar="DEFINITION", help="What is tried on it. Default: the sample, else the smallest.")
@click.option("--no-probe", is_flag=True, help="Try no job on it: it has to become VALID, no more.")
@click.option(
    "--probe-timeout",
    type=Duration(most=LONGEST_WAIT),
    default="15m",
    show_default=True,
    help="How long that may take.",
)
@click.option(
    "--drain-timeout",
    type=Duration(most=LONGEST_WAIT),
    default="2h",
    show_default=True,
    help="How long to wait for the jobs of the old one. They go on in any case.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@environment_option
def roll(
    pools: tuple[str, ...],
    ami: bool,
    keep_old: bool,
    back: bool,
    generation: str | None,
    probe_job: str | None,
    no_probe: bool,
    probe_timeout: float,
    drain_timeout: float,
    yes: bool,
    environment: str,
) -> None:
    """Put a new generation of compute environments in the place of the old one.

    The new one is made beside the old one, tried with a job on a queue of its own, put first on the pool's queues; the
    old one is taken off them, drained and deleted. No job is ended, and no queue is ever without an environment. A new
    one that fails is taken back. A roll that was killed goes on where it was: run it again.
    """
    not_with("--ami", "ami", "--back", back)
    not_with("--keep-old", "keep_old", "--back", back)
    not_with("--generation", "generation", "--back", back)
    not_with("--probe-job", "probe_job", "--back", back)
    not_with("--probe-job", "probe_job", "--no-probe", no_probe)
    from awa_batch.compute import operate
    from awa_batch.environment.lock import environment_held

    chosen = operate.Chosen(pools, ami=ami, keep_old=keep_old, back=back, name=generation)
    operate.check_names(chosen)
    clients = open_environment(environment)
    if probe_job:
        operate.check_probe(clients, probe_job)
    root = environment_of(environment).root(say)
    site = operate.site_of(
        root,
        clients,
        probe=not (no_probe or back),
        probe_job=probe_job,
        patience=probe_timeout,
        noted=lambda: environment_of(environment).applied(say),
    )
    with environment_held(clients, "compute roll", say) as held:
        if held.before:
            root.wait_for_others()  # the terraform that the killed command has left
        found = operate.wanted(site, clients, chosen, say, held.before.get(_ENDING, ()))
        if not found:
            return
        if not yes and not agreed(operate.question(site, found, chosen, environment)):
            raise UsageError("Not confirmed: nothing was changed.", fix="Answer y, or pass --yes.")
        operate.run(
            site,
            clients,
            found,
            chosen,
            say,
            check=held.check,
            ending=lambda pools: held.say(**{_ENDING: pools}),
            bound=drain_timeout,
        )
    say(f"{generations_path(root.path).name} says what there is now: commit it.")


@compute.command(short_help="Show the generations, which machine images they run, and which are newer.")
@output_option("table", "json")
@environment_option
def ami(output: str, environment: str) -> None:
    """Show the generations, which machine images they run, and which are newer.

    AWS Batch changes the image of no environment that is there: `awa-batch compute roll --ami` makes new ones with the
    newest. Instances that run now tell which image that is; without any, and without an image of one's own, AWS does
    not say. Fargate has no machine images.
    """
    from awa_batch.compute.images import images

    clients = open_environment(environment)
    found = images(clients, environment_of(environment).root(say).outputs())
    if output == "json":
        print_json([asdict(one) for one in found])
        return
    print_table(
        _IMAGES, [[one.key, one.state, one.image_type, ", ".join(one.runs), one.newest, one.verdict] for one in found]
    )


_ENDING = "ending"
"""What a roll writes into the environment's lock: the pools whose last step has begun."""

_IMAGES = (
    Column("generation"),
    Column("state"),
    Column("image type", drop=1),
    Column("runs", least=12),
    Column("newest", least=12, drop=2),
    Column("which is"),
)

_COLUMNS = (
    Column("what"),
    Column("how"),
    Column("changes", least=20, drop=1),
    Column("on it now", right=True, drop=2),
    Column("running jobs", least=20),
)


def _left(environment: str, changes: list[ComputeChange]) -> dict[str, int]:
    """Return how many tasks of jobs are on each environment that changes disturb; {} where that cannot be asked."""
    if not any(one.disturbs_jobs and one.cluster for one in changes):
        return {}
    from awa_batch.environment.jobs_left import jobs_left

    with suppress(AwaBatchError):
        return jobs_left(open_environment(environment), changes)
    return {}
