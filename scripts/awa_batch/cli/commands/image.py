"""``awa-batch build`` and ``awa-batch push``."""

from __future__ import annotations

import click

from awa_batch.cli.options import environment_option, refuse_of_local, runner_option, say
from awa_batch.environment import environment_of

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
