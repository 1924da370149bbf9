"""Which objects are joined, in which order, and what they are."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.s3_concat.codecs import PROBE, Format, by_content, by_name
from jobs.s3_concat.errors import EXIT_REFUSED, JobError
from jobs.s3_concat.gz import DataError
from jobs.s3_concat.model import Config
from jobs.s3_concat.reading import fetch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PROBES = 16  # objects that are looked into at a time


@dataclass(frozen=True)
class Input:
    """An object as it was listed. ``etag`` pins it: whatever is read or copied later must still be that."""

    bucket: str
    key: str
    size: int
    etag: str
    modified: float = 0.0

    @property
    def address(self) -> str:
        """Return it as s3://bucket/key."""
        return f"s3://{self.bucket}/{self.key}"


_ORDERS: dict[str, Callable[[Input], tuple[Any, ...]]] = {
    "name": lambda one: (one.key.encode(),),
    "modified": lambda one: (one.modified, one.key.encode()),
    "size": lambda one: (one.size, one.key.encode()),
}


def listed(s3: S3Client, config: Config) -> list[Input]:
    """Return the objects to join, in their order (names by their bytes). Raises JobError where there is none."""
    found: dict[str, Input] = {}
    for prefix in config.prefixes:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=config.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                name = item["Key"].rpartition("/")[2]
                # Keys that end in / are the folders that the S3 console makes.
                if name and fnmatch.fnmatchcase(name, config.pattern):
                    modified = item["LastModified"].timestamp()
                    found[item["Key"]] = Input(config.bucket, item["Key"], item["Size"], item["ETag"], modified)
    if not found:
        matching = "" if config.pattern == "*" else f" that matches {config.pattern}"
        where = " or ".join(f"s3://{config.bucket}/{prefix}" for prefix in config.prefixes)
        raise JobError(
            f"There is no object under {where}{matching}: nothing to join.",
            "Upload the inputs first, or set input_prefix to where they are.",
            EXIT_REFUSED,
        )
    return sorted(found.values(), key=_ORDERS[config.order])


def fingerprint(config: Config, inputs: Sequence[Input]) -> str:
    """Return the SHA-256 (hex) of all that decides the result: the inputs in their order, and how they are joined."""
    how = config.model_dump(
        include={"output_format", "level", "recompress", "header_lines", "marker", "end_lines", "shards"}
    )
    text = json.dumps([how, [[one.key, one.size, one.etag] for one in inputs]], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def formats(s3: S3Client, inputs: Sequence[Input]) -> list[Format]:
    """Return each input's format: from its name's ending, or else from its first bytes. Raises JobError."""

    def look(one: Input) -> Format:
        if (named := by_name(one.key)) is not None:
            return named
        try:
            return by_content(fetch(s3, one, 0, min(PROBE, one.size)))
        except DataError as error:
            raise unreadable(one, error) from None

    with ThreadPoolExecutor(_PROBES, "probe") as pool:
        return list(pool.map(look, inputs))


def unreadable(one: Input, error: DataError) -> JobError:
    """Return what is said of an input whose content is not right."""
    return JobError(
        f"{one.address} cannot be read: {error}.", "Upload it again whole, or move it out of the input prefix."
    )
