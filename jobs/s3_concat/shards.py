"""The parts of a fan-out: which child joins what, where it puts it, and what the final job makes of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs.s3_concat.errors import EXIT_REFUSED, JobError
from jobs.s3_concat.inputs import Input
from jobs.s3_concat.model import Config
from jobs.s3_concat.output import existing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


def shard_of(inputs: Sequence[Input], shards: int, index: int) -> Sequence[Input]:
    """Return the inputs of one child: neighbours, about as many bytes for each child.

    An input belongs to the child in whose equal share of all bytes its middle lies: every child finds the same.
    """
    total = sum(one.size + 1 for one in inputs)  # one more, so that empty objects lie somewhere too
    ends = itertools.accumulate(one.size + 1 for one in inputs)
    return [
        one
        for one, end in zip(inputs, ends, strict=True)
        if min((2 * end - one.size - 1) * shards // (2 * total), shards - 1) == index
    ]


def shard_key(config: Config, index: int) -> str:
    """Return where a child puts what it joined."""
    return f"{config.output_key}.shards/{index:05d}-of-{config.shards:05d}"


def shard_results(s3: S3Client, config: Config, inputs: Sequence[Input], made_of: str) -> list[Input]:
    """Return what the children made, in order. Raises JobError where one has not, or of other inputs than now."""
    found = []
    for index in range(config.shards or 0):
        if not shard_of(inputs, config.shards or 0, index):
            continue
        key = shard_key(config, index)
        one = existing(s3, config.bucket, key)
        if one is None or one.made_of != made_of:
            raise JobError(
                f"s3://{config.bucket}/{key} {'is missing' if one is None else 'was made of other inputs'}.",
                f"Run child {index} of the array again (awa-batch retry), then this job."
                if one is None
                else "Inputs changed meanwhile: submit the whole again with --shards.",
            )
        found.append(Input(config.bucket, key, one.size, one.etag))
    return found


def remove(s3: S3Client, config: Config) -> None:
    """Remove what the children made: the result holds it."""
    keys = [shard_key(config, index) for index in range(config.shards or 0)]
    for start in range(0, len(keys), 1000):  # as many as one call takes
        objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[start : start + 1000]]
        s3.delete_objects(Bucket=config.bucket, Delete={"Objects": objects, "Quiet": True})


def index_of_child(config: Config, index: int | None, size: int | None) -> int:
    """Return this child's number. Raises JobError where the job is no child of an array of ``shards``."""
    if index is None or size != config.shards:
        raise JobError(
            f"shards is {config.shards} and stage is shard, but this job is "
            + ("no child of an array." if index is None else f"a child of an array of {size}."),
            f"Submit it as an array of {config.shards}: fan_out.py --shards {config.shards} does.",
            EXIT_REFUSED,
        )
    return index
