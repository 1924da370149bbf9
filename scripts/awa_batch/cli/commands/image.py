"""``awa-batch build``, ``awa-batch push`` and ``awa-batch image``."""

from __future__ import annotations

import click

from awa_batch.cli.options import environment_option, refuse_of_local, runner_option, say
from awa_batch.environment import environment_of
from awa_batch.text import Step

_IMAGE = click.option("--image", default="latest", show_default=True, help="The folder below container/ to build.")


@click.command()
@environment_option
@_IMAGE
@runner_option
def build(environment: str, image: str, runner: str) -> None:
    """Build the container image. ENV=local without an engine makes the image's locked uv environment instead."""
    refuse_of_local(environment, runner="--runner")
    click.echo(environment_of(environment).build(say, image=image, runner=runner))  # type: ignore[arg-type]


@click.command()
@environment_option
@_IMAGE
def push(environment: str, image: str) -> None:
    """Push the built image and write its digest into the release file.

    Applying the release makes it run: awa-batch plan, awa-batch apply. ENV=local is brought up first.
    """
    click.echo(environment_of(environment).release(say, image=image))


@click.group()
def image() -> None:
    """Change what job code may import: image add, image remove."""


@image.command()
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...")
def add(packages: tuple[str, ...]) -> None:
    """Add packages that job code may import, lock them, and install them here.

    PACKAGE is a name, or a name and versions: polars, 'polars>=1.2'. They go into container/latest/pyproject.toml and
    its lock, and into this clone's environment, where jobs run on a laptop and in their tests. The next build has them.
    """
    _change(packages, remove=False)


@image.command()
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...")
def remove(packages: tuple[str, ...]) -> None:
    """Take packages out again, and lock."""
    _change(packages, remove=True)


def _change(packages: tuple[str, ...], *, remove: bool) -> None:
    from awa_batch.images.packages import change_packages, install
    from awa_batch.paths import project_root

    root = project_root()
    for line in change_packages(root, packages, say, remove=remove):
        click.echo(line)
    install(root, say)
    say(("Job code can import what is in container/latest/pyproject.toml. Into the image: ", Step("up"), "."))
