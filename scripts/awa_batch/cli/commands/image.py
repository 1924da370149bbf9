"""``awa-batch build`` and ``awa-batch push``."""

from __future__ import annotations

import click

from awa_batch.cli.options import environment_option, runner_option, say

_IMAGE = click.option("--image", default="latest", show_default=True, help="The folder below container/ to build.")


@click.command()
@environment_option
@_IMAGE
@runner_option
def build(environment: str, image: str, runner: str) -> None:
    """Build the container image. ENV=local without an engine makes the image's locked uv environment instead."""
    from awa_batch.environment.runner import choose_runner
    from awa_batch.images.build import build_image
    from awa_batch.images.engine import find_engine
    from awa_batch.images.process import build_process_image
    from awa_batch.paths import project_root, state_dir

    if environment == "local":
        chosen, reason = choose_runner(runner, image, say)  # type: ignore[arg-type]
        if chosen == "process":
            if reason:
                say(reason)
            click.echo(build_process_image(project_root(), state_dir(), say))
            return
    built = build_image(image, root=project_root(), engine=find_engine(), state_dir=state_dir(), say=say)
    click.echo(built.reference)


@click.command()
@environment_option
@_IMAGE
def push(environment: str, image: str) -> None:
    """Push the built image and write its digest into the release file.

    Applying the release makes it run: awa-batch plan, awa-batch apply. ENV=local is brought up first.
    """
    if environment == "local":
        from awa_batch.environment.local import push_local

        click.echo(push_local(say, image=image))
        return
    from awa_batch.environment.account import release_image

    click.echo(release_image(environment, say, image=image))
