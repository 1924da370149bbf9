"""``awa-batch doctor``."""

from __future__ import annotations

import click

from awa_batch.cli.options import environment_option, output_option, profile_option
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.words import words


@click.command()
@output_option("table", "json")
@environment_option
@profile_option
def doctor(output: str, environment: str, profile: str | None) -> None:
    """Check tools, credentials, environment and local AWS. Exit 1 where something needs a fix."""
    from awa_batch.doctor import examine

    checks = examine(environment, profile=profile)
    told = words().say
    rows = [(check.name, check.verdict, told(check.found).partition("\n")[0], told(check.fix)) for check in checks]
    if output == "json":
        print_json([dict(zip(("name", "verdict", "found", "fix"), row, strict=True)) for row in rows])
    else:
        print_table(["check", "", "found", "what to do"], rows)
    if any(check.verdict == "BAD" for check in checks):
        raise click.exceptions.Exit(1)
