"""``awa-batch build``, ``awa-batch push`` and ``awa-batch image``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from awa_batch.batch.scanning import SEVERITIES, Scan, at_least
from awa_batch.cli.asking import agreed
from awa_batch.cli.options import (
    environment_option,
    only_with,
    open_environment,
    output_option,
    refuse_of_account,
    refuse_of_local,
    runner_option,
    say,
)
from awa_batch.cli.pushing import pushing_shown
from awa_batch.cli.render import moment, print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.cli.types import Duration
from awa_batch.environment import environment_of
from awa_batch.errors import AwsError, JobFailedError, UsageError
from awa_batch.images.platforms import parse_platforms
from awa_batch.text import Step

_IMAGE = click.option("--image", default="latest", show_default=True, help="The folder below container/ to build.")


def _checked(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """Refuse what is no platform, for ENV=local too, where a variable says it to no effect."""
    if text is not None:
        parse_platforms(text)
    return text


_PLATFORM = click.option(
    "--platform",
    metavar="PLATFORM",
    callback=_checked,
    help="linux/amd64, linux/arm64 (Graviton), or both with a comma.",
)


@click.command()
@environment_option
@_IMAGE
@runner_option
@_PLATFORM
def build(environment: str, image: str, runner: str, platform: str | None) -> None:
    """Build the container image. ENV=local without an engine makes the image's locked uv environment instead."""
    refuse_of_local(environment, runner="--runner")
    refuse_of_account(environment, platform="--platform")
    built = environment_of(environment).build(say, image=image, runner=runner, platform=platform)  # type: ignore[arg-type]
    click.echo(built)


_SEVERITY = click.Choice(SEVERITIES, case_sensitive=False)
_WAIT = click.option(
    "--scan-wait", type=Duration(0, 3600), default=600.0, show_default="10m", help="Wait so long for the scan's end."
)


@click.command()
@environment_option
@_IMAGE
@click.option(
    "--severity", type=_SEVERITY, help="Release nothing where ECR's scan finds this or worse, or ends in nothing."
)
@_WAIT
@_PLATFORM
@click.option("--attest", is_flag=True, help="Push SBOM and provenance too; another digest each time it is built.")
def push(
    environment: str, image: str, severity: str | None, scan_wait: float, platform: str | None, attest: bool
) -> None:
    """Push the built image and write its digest into the release file.

    Applying the release makes it run: awa-batch plan, awa-batch apply. ENV=local is brought up first. An image of the
    same commit that is there already is taken, not pushed again.
    """
    only_with("--scan-wait", "scan_wait", "--severity", severity)
    if severity is not None:
        refuse_of_account(environment, severity="--severity")
    refuse_of_account(environment, platform="--platform")
    refuse_of_account(environment, attest="--attest")
    scan = None if severity is None else Scan(severity.upper(), scan_wait)
    with pushing_shown() as pushing:
        reference = environment_of(environment).release(
            say, image=image, scan=scan, platform=platform, attest=attest, pushing=pushing
        )
    click.echo(reference)


@click.group()
def image() -> None:
    """Build, push and run images; list, compare, scan and prune them; say what is in them."""


image.add_command(build)
image.add_command(push)


@image.command("list")
@environment_option
@_IMAGE
@output_option("table", "json")
def list_(environment: str, image: str, output: str) -> None:
    """Show the images of a repository, the newest first, and which of them runs."""
    from awa_batch.environment.images import images_of

    found = images_of(open_environment(environment, None, None), image)
    slots = {digest: slot for slot, digest in found.running.items()}
    if output == "json":
        print_json(
            [
                {"image": f"{found.repository}@{one.digest}", **asdict(one), "slot": slots.get(one.digest)}
                for one in found.stored
            ]
        )
        return
    rows = [
        (
            one.digest.removeprefix("sha256:")[:12],
            ", ".join(tag for tag in one.tags if not tag.startswith("released-")),
            moment(one.pushed_at),
            "" if one.size is None else f"{one.size / 1e6:.1f}",
            one.scan,
            slots.get(one.digest, ""),
        )
        for one in found.stored
    ]
    seldom = {"pushed": any(row[2] for row in rows), "scan": any(row[4] for row in rows)}
    shown = [number for number, column in enumerate(_COLUMNS) if seldom.get(column.name, True)]
    print_table([_COLUMNS[number] for number in shown], [[row[number] for number in shown] for row in rows])
    if not rows:
        say((f"{found.repository} holds no image. Put one there: ", Step("build-push"), "."))


_COLUMNS = (
    Column("digest"),
    Column("tags", least=12),
    Column("pushed", drop=2),
    Column("MB", right=True, drop=1),
    Column("scan", drop=3),
    Column("slot"),
)


@image.command()
@environment_option
@_IMAGE
@click.option("--before", metavar="IMAGE", help="Default: blue, what runs.")
@click.option("--after", metavar="IMAGE", help="Default: the newest.")
@output_option("table", "json")
def diff(environment: str, image: str, before: str | None, after: str | None, output: str) -> None:
    """Show what differs between two images: packages, other repositories, code, layers. Nothing is pulled.

    IMAGE is a digest (or its beginning), a tag, or a slot: blue is what runs, green the candidate.
    """
    from awa_batch.environment.images import check_reference, images_of
    from awa_batch.images.facts import difference

    for name, text in (("before", before), ("after", after)):
        if text is not None:
            check_reference(text, name)
    found = images_of(open_environment(environment, None, None), image)
    first = found.meant(before or "blue", "before")
    second = found.meant(after, "after") if after else next(iter(found.stored), first)
    one, other = found.api.facts(first.digest), found.api.facts(second.digest)
    told = difference(one, other)
    if output == "json":
        print_json({"before": one.digest, "after": other.digest, **asdict(told)})
        return
    rows = [
        (kind, name, old or "", new or "")
        for kind, changed in (("package", told.packages), ("repository", told.repositories), ("code", told.code))
        for name, (old, new) in changed.items()
    ]
    rows += [
        ("layer", digest.removeprefix("sha256:")[:12], "", f"{size / 1e6:.1f} MB")
        for digest, size in told.new_layers.items()
    ]
    rows.append(("size", "all layers", f"{told.sizes[0] / 1e6:.1f} MB", f"{told.sizes[1] / 1e6:.1f} MB"))
    names = [one.digest.removeprefix("sha256:")[:12], other.digest.removeprefix("sha256:")[:12]]
    print_table([Column("what"), Column("name", least=16), Column(names[0]), Column(f"{names[1]} ")], rows)
    for unknown in told.unknown:
        say(f"Of the {unknown} nothing is known: an image was built before images said it.")


@image.command()
@environment_option
@_IMAGE
@click.option("--of", "reference", metavar="IMAGE", help="Which image. Default: the newest.")
@click.option(
    "--severity", type=_SEVERITY, default="HIGH", show_default=True, help="Exit 1 where this or worse was found."
)
@_WAIT
def scan(environment: str, image: str, reference: str | None, severity: str, scan_wait: float) -> None:
    """Show what ECR's scanner found in an image, waiting for its end; exit 1 where that is bad.

    IMAGE is a digest (or its beginning), a tag, or a slot. Basic scanning and enhanced scanning are both read. Where
    nothing is known of an image the exit code is 3.
    """
    from awa_batch.environment.images import check_reference, images_of

    if reference:
        check_reference(reference, "of")
    found = images_of(open_environment(environment, None, None), image)
    meant = found.meant(reference, "of") if reference else next(iter(found.stored), None)
    if meant is None:
        raise UsageError(f"{found.repository} holds no image.", fix=("Put one there: ", Step("build-push"), "."))
    counts = found.findings(meant.digest, scan_wait, say)
    print_table([Column("severity"), Column("findings", right=True)], [(name, count) for name, count in counts.items()])
    worst = severity.upper()
    if at_least(counts, worst):
        raise JobFailedError(
            f"{meant.digest[:19]} has findings of {worst} or worse.",
            fix="Correct them (a newer base image, newer packages), or name another severity.",
        )
    say(f"{meant.digest[:19]}: nothing of {worst} or worse.")


@image.command()
@environment_option
@_IMAGE
@click.option("--config", type=click.Path(path_type=Path), help="JSON file that the job gets as CONFIG_JSON.")
@click.option("--env", "variables", multiple=True, metavar="K=V", help="Environment variable (again for more).")
@click.option("--shell", is_flag=True, help="Open a shell in the container.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- WORDS...]")
def run(
    environment: str, image: str, config: Path | None, variables: tuple[str, ...], shell: bool, command: tuple[str, ...]
) -> None:
    """Build the image and run it in a container here, against an environment's AWS; exit as the container does.

    WORDS are the container's command: -- python run_batch.py version_test. The root is read-only and /tmp lies in
    memory, as in a job. ENV=local must be up; for an account it has the credentials that the aws command would have.
    """
    from awa_batch.cli.parse import json_value, pairs
    from awa_batch.environment.image_run import run_image

    if shell and command:
        raise UsageError("--shell opens a shell, and the command after -- is another.", fix="Leave one of the two out.")
    if shell and not sys.stdin.isatty():
        raise UsageError("--shell needs a terminal.", fix="Give the command after --.")
    given = pairs(variables, "--env")
    if config is not None:
        given["CONFIG_JSON"] = json.dumps(json_value(config, "--config"), separators=(",", ":"), ensure_ascii=False)
    sys.exit(run_image(environment, image, command, variables=given, shell=shell, say=say))


@image.command()
def pin() -> None:
    """Ask the registries for the digests of the base images, and write them.

    container/base_images.env names those images by their tags; the digests are put behind them, all of them or none,
    and replaced by what the tags mean now. The next build is made of those.
    """
    from awa_batch.images.base_names import pin_base_images
    from awa_batch.paths import project_root

    changed = pin_base_images(project_root(), say)
    for argument, one in changed.items():
        click.echo(f"{argument}={one.reference}")
    say("Commit container/base_images.env." if changed else "Nothing has changed.")


@image.command()
@environment_option
@click.option("--image", help="Images of this folder of container/.  [default: all]")
@click.option("--keep", type=click.IntRange(1, 1000), default=3, show_default=True, help="The newest so many of each.")
@click.option(
    "--history",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="What the release file named in its last so many commits stays.",
)
@click.option("--dry-run", is_flag=True, help="Show what would go, and end.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def prune(environment: str, image: str | None, keep: int, history: int, dry_run: bool, yes: bool) -> None:
    """Remove images that nothing needs.

    ENV=local: those that were built here from this clone, off this machine's engine. Another environment: those of its
    ECR repositories. The newest stay, what a release file names, what runs; in ECR also what an active job definition,
    a job that has not ended, or a tag released-... names.
    """
    from awa_batch.environment import image_prune
    from awa_batch.images.docker_engine import find_engine
    from awa_batch.images.dockerfiles import dockerfile
    from awa_batch.images.local_images import remove_local, unneeded
    from awa_batch.paths import project_root

    if environment_of(environment).target.has_account:
        clients = open_environment(environment, None, None)
        found = image_prune.unneeded_in(clients, keep, history, image)
        rows = [
            (one.name, each.digest[7:19], ", ".join(each.tags), each.size) for one in found for each in one.unneeded
        ]
    else:
        root = project_root()
        if image is not None:
            dockerfile(root, image)
        engine = find_engine()
        released = image_prune.all_released(history)
        local = unneeded(root, engine, keep, released, None if image is None else [image])
        rows = [(one.name, one.image_id[7:19], ", ".join(one.tags), one.size) for one in local]
    if not rows:
        say("There is nothing to remove.")
        return
    print_table(
        [Column("image"), Column("digest"), Column("tags", least=12, drop=1), Column("MB", right=True)],
        [(name, digest, tags, "" if size is None else f"{size / 1e6:.1f}") for name, digest, tags, size in rows],
    )
    if dry_run:
        say(f"{len(rows)} images would be removed.")
        return
    if not yes and not agreed(f"Remove {len(rows)} images?"):
        raise UsageError("Not confirmed: nothing was removed.", fix="Answer y, or pass --yes.")
    if environment_of(environment).target.has_account:
        # What was released or submitted while the question stood is kept.
        failed = image_prune.delete_unneeded(clients, found, image_prune.unneeded_in(clients, keep, history, image))
    else:
        failed = {one.tags[0]: why for one in local if (why := remove_local(engine, one))}
    for name, why in failed.items():
        say(f"{name} stays: {why}")
    say(f"{len(rows) - len(failed)} images were removed.")
    if failed:
        raise AwsError(f"{len(failed)} of {len(rows)} images could not be removed.", fix="The lines above say why.")


_JOB = click.option("--job", metavar="NAME", help="Packages of this job alone: jobs/NAME/pyproject.toml.")
_OF = click.option("--image", help="Packages of this image: container/IMAGE/pyproject.toml.  [default: latest]")


@image.command()
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...")
@_JOB
@_OF
def add(packages: tuple[str, ...], job: str | None, image: str | None) -> None:
    """Add packages that job code may import, lock them, and install them here.

    PACKAGE is a name, or a name and versions: polars, 'polars>=1.2'. They go into container/latest/pyproject.toml, or
    with --job into that of the job, and into the image's lock, which holds what all its jobs import; and into this
    clone's environment, where jobs run on a laptop and in their tests. The next build has them.
    """
    _change(packages, job, image, remove=False)


@image.command()
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...")
@_JOB
@_OF
def remove(packages: tuple[str, ...], job: str | None, image: str | None) -> None:
    """Take packages out again, and lock."""
    _change(packages, job, image, remove=True)


@image.command()
@_JOB
@_OF
def lock(job: str | None, image: str | None) -> None:
    """Lock what was changed in a pyproject.toml by hand, and install it here.

    With --job the lock of the image that the job runs in.
    """
    _change((), job, image, remove=False)


def _change(packages: tuple[str, ...], job: str | None, image: str | None, *, remove: bool) -> None:
    from awa_batch.images.packages import change_packages, install
    from awa_batch.images.projects import LATEST_IMAGE, image_lock
    from awa_batch.paths import project_root

    root = project_root()
    locked = change_packages(root, packages, say, remove=remove, job=job, image=image)
    for pin in locked.pins:
        click.echo(pin)
    if locked.lock == image_lock(LATEST_IMAGE):
        install(root, say)
        say((f"Job code can import what is in {locked.project}. Into the image: ", Step("up"), "."))
    else:
        say(f"An image that installs {locked.lock} has it once it is built.")


@image.command()
@click.argument("name")
@click.option(
    "--in",
    "environments",
    multiple=True,
    metavar="ENV",
    help="Give this environment its repository (again for more).",
)
def new(name: str, environments: tuple[str, ...]) -> None:
    """Make a new image: container/NAME with every job, in a locked environment of its own.

    It starts as container/latest is. With --in the environment's main.tf gets its repository; applying that makes it.
    Its README.md says how a job runs in it.
    """
    from awa_batch.images.new_image import new_image
    from awa_batch.paths import project_root

    for path in new_image(project_root(), name, say, environments):
        click.echo(path)
    say(f"Build it: make docker-build IMAGE={name}. What comes then says container/{name}/README.md.")
