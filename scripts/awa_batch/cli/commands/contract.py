"""``awa-batch contract``."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from awa_batch.cli.options import environment_option, open_environment, output_option
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.table import Column


@click.command()
@environment_option
@output_option("table", "json")
def contract(environment: str, output: str) -> None:
    """Print what an environment offers: queues, definitions, bucket, repositories.

    With -o json it is the file that AWA_BATCH_CONTRACT takes where no Terraform is at hand.
    """
    found = open_environment(environment).contract
    if output == "json":
        print_json(asdict(found))
        return
    print_table(
        ["environment", "region", "account", Column("data bucket", least=20)],
        [[found.environment, found.region, found.account_id, found.data_bucket.name]],
    )
    click.echo()
    print_table(
        [
            "queue",
            "platform",
            "capacity",
            Column("priority", right=True),
            "scheduling",
            Column("max vCPUs", right=True),
        ],
        [
            [name, queue.platform, queue.capacity, queue.priority, queue.scheduling, queue.max_vcpus]
            for name, queue in found.queues.items()
        ],
    )
    click.echo()
    print_table(
        [
            "job definition",
            "platform",
            *(Column(name, right=True) for name in ("revision", "vCPU", "MiB")),
            Column("slot", drop=1),
            Column("image", least=12),
        ],
        [
            [name, entry.platform, entry.revision, f"{entry.vcpu:g}", entry.memory, entry.slot, _image(entry.image)]
            for name, entry in found.job_definitions.items()
        ]
        or [["(none: no image released yet)", "", "", "", "", "", ""]],
    )


def _image(image: str) -> str:
    """Return an image; on a terminal what tells it from another: its name and the beginning of its digest."""
    name, _, digest = image.partition("@sha256:")
    return f"{name.rsplit('/', 1)[-1]}@{digest[:12]}" if digest and sys.stdout.isatty() else image
