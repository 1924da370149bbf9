"""Let the children of a retry know the index that each had in the original array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.index_map import INDEX_MAP, read_indexes, write_indexes
from awa_batch.batch.jobs import array_size, describe_jobs
from awa_batch.errors import AwsError, UsageError
from awa_batch.request.upload import Upload
from awa_batch.text import Field

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import ContainerOverridesTypeDef, JobDetailTypeDef, KeyValuePairTypeDef

    from awa_batch.batch.clients import Clients

ARRAY_SIZE = "AWA_BATCH_ARRAY_SIZE"
MAP_CHARACTERS = 1_500
"""Above this an index map goes to S3: the overrides have 8192 characters in all."""


def with_original_indexes(
    clients: Clients, detail: JobDetailTypeDef, overrides: ContainerOverridesTypeDef, indexes: Sequence[int]
) -> tuple[ContainerOverridesTypeDef, tuple[Upload, ...]]:
    """Return ``overrides`` with the variables that tell the children's original ``indexes``, and what goes to S3.

    ``detail`` is the job that is retried. Where it was a retry itself, its own map says which children were meant.
    Raises UsageError, and AwsError where that map cannot be read.
    """
    environment = {entry.get("name", ""): entry.get("value", "") for entry in overrides.get("environment", ())}
    size = _size_of_array(clients, detail)
    if (before := environment.get(INDEX_MAP)) is not None:
        known = read_indexes(_fetched(clients, before))
        if max(indexes) >= len(known):
            raise AwsError(f"The index map of {detail['jobId']} has {len(known)} indexes only.", fix="Submit it anew.")
        indexes = [known[index] for index in indexes]
    text = write_indexes(indexes)
    uploads: tuple[Upload, ...] = ()
    if len(text) > MAP_CHARACTERS:
        if not clients.contract.data_bucket.name:
            raise UsageError(
                "The index map is too long for the request, and no data bucket is known.",
                fix=("Use ", Field("env_name"), "."),
            )
        uploads = (Upload.of(clients.contract.data_bucket.name, text.encode(), "txt"),)
        text = uploads[0].uri
    environment[INDEX_MAP] = text
    environment.setdefault(ARRAY_SIZE, str(size))
    listed: list[KeyValuePairTypeDef] = [{"name": name, "value": value} for name, value in environment.items()]
    return {**overrides, "environment": listed}, uploads


def _size_of_array(clients: Clients, detail: JobDetailTypeDef) -> int:
    """Return the size of the array that the job is, or is a child of."""
    job_id = detail["jobId"]
    parent_id, colon, _ = job_id.rpartition(":")
    parent = describe_jobs(clients.batch, [parent_id]).get(parent_id) if colon else detail
    size = None if parent is None else array_size(parent)
    if size is None:
        raise UsageError(Field("job_id"), f": AWS Batch does not show the array of {job_id}.", fix="Submit it anew.")
    return size


def _fetched(clients: Clients, text: str) -> str:
    if not text.startswith("s3://"):
        return text
    bucket, _, key = text.removeprefix("s3://").partition("/")
    with calling(f"reading {text}"):
        return clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
