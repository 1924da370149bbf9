"""``awa-batch doctor``."""

from __future__ import annotations

import contextlib
import os

import click

from awa_batch.cli.options import environment_option, output_option, profile_option, refuse_other, refuse_profile
from awa_batch.cli.render import coloured, print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.cli.terminal import plain
from awa_batch.cli.words import words
from awa_batch.errors import NotAppliedError
from awa_batch.paths import is_project


@click.command()
@output_option("table", "json")
@environment_option
@profile_option
def doctor(output: str, environment: str, profile: str | None) -> None:
    """Check tools, credentials, environment and local AWS. Exit 1 where something needs a fix."""
    from awa_batch.applied import load_contract
    from awa_batch.applied.contract import FILE_VARIABLE
    from awa_batch.doctor import examine
    from awa_batch.terraform import Root, environment_names

    refuse_profile(environment, profile)
    if os.environ.get(FILE_VARIABLE):
        with contextlib.suppress(NotAppliedError):  # which is a finding
            refuse_other(environment, load_contract(environment))
    elif is_project() and environment not in environment_names():
        Root(environment)  # says which there are
    checks = examine(environment, profile=profile)
    told = words().say
    rows = [(check.name, check.verdict, told(check.found).partition("\n")[0], told(check.fix)) for check in checks]
    if output == "json":
        print_json([dict(zip(("name", "verdict", "found", "fix"), row, strict=True)) for row in rows])
    else:
        print_table(["check", Column("", style=coloured), Column("found", least=20)], [row[:3] for row in rows])
        for name, verdict, found, fix in rows:
            if fix or verdict == "BAD":  # whole: of what is to be done nothing may be cut
                click.echo(plain(f"{name}: {found}\n  {fix}") if verdict == "BAD" else plain(f"{name}: {fix}"))
    if any(check.verdict == "BAD" for check in checks):
        raise click.exceptions.Exit(1)
