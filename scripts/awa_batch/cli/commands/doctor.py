"""``awa-batch doctor``."""

from __future__ import annotations

import click

from awa_batch.cli.options import environment_option, output_option, profile_option


@click.command()
@output_option("table", "json")
@environment_option
@profile_option
def doctor(output: str, environment: str, profile: str | None) -> None:
    """Check tools, credentials, environment and local AWS. Exit 1 where something needs mending."""
    from dataclasses import asdict

    from awa_batch.cli.render import print_json, print_table
    from awa_batch.doctor import examine

    checks = examine(environment, profile=profile)
    if output == "json":
        print_json([asdict(check) for check in checks])
    else:
        print_table(
            ["check", "", "found", "what to do"],
            [[check.name, check.verdict, check.found, check.fix] for check in checks],
        )
    if any(check.verdict == "BAD" for check in checks):
        raise click.exceptions.Exit(1)
