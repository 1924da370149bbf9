"""``awa-batch completion``: the script that completes commands in a shell, and what is completed without a call."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from awa_batch.cli.main import COMPLETION
from awa_batch.cli.words import NAME


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what completes commands in a shell.

    Commands, options, environments, job definitions, queues, and the ids of what this clone submitted; nothing is asked
    of AWS for it. For bash: echo 'eval "$(awa-batch completion bash)"' >> ~/.bashrc, with awa-batch on PATH.
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click has these three
    click.echo(made(context.find_root().command, {}, NAME, COMPLETION).source())
