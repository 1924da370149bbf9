"""s3_concat: join every object under a prefix, in order, into one.

Memory is bounded (300 MiB) and nothing is kept on disk: objects are read in ranges, and the result is sent in parts
that become an object when all are there. Running it again gives the same object. Exit codes: 1 failed, 2 refused.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from awa_runtime import array_index, array_size, configure_logging, has_row, load_config, manifest_row, on_sigterm
from awa_runtime.usage import is_wanted, write_usage
from jobs.s3_concat import codecs, shards
from jobs.s3_concat.errors import EXIT_REFUSED, JobError, explain
from jobs.s3_concat.gz import ENGINE
from jobs.s3_concat.inputs import Input, fingerprint, formats, listed
from jobs.s3_concat.joining import Joining
from jobs.s3_concat.memory import give_large_buffers_back
from jobs.s3_concat.model import Config
from jobs.s3_concat.output import Output, existing, kept
from jobs.s3_concat.progress import Progress
from jobs.s3_concat.recoding import Recoding, Source
from jobs.s3_concat.tally import Tally

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger("s3_concat")

CONNECTIONS = 40
"""More than all threads of a run take at a time."""


def client() -> S3Client:
    """Return an S3 client; with a local endpoint (AWS_ENDPOINT_URL), which has no bucket host names, buckets are paths.

    Raises JobError where the region, the profile or the endpoint is none.
    """
    local = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    try:
        return boto3.client(
            "s3",
            config=ClientConfig(
                max_pool_connections=CONNECTIONS,
                retries={"mode": "standard", "total_max_attempts": 8},
                s3={"addressing_style": "path" if local else "auto"},
            ),
        )
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no address
        raise JobError(
            f"There is no S3 client: {error}.", "Correct AWS_REGION, AWS_PROFILE or AWS_ENDPOINT_URL.", EXIT_REFUSED
        ) from error


def run(config: Config, s3: S3Client) -> dict[str, Any]:
    """Do the job; return its summary. However it ends, nothing half done is left. Raises JobError."""
    try:
        inputs = listed(s3, config)
        made_of = fingerprint(config, inputs)
        if config.stage == "shard":
            index = shards.index_of_child(config, array_index(), array_size())
            mine = shards.shard_of(inputs, config.shards or 0, index)
            # A child's own result is never anybody else's: what is there of an earlier run is replaced.
            config = config.model_copy(update={"overwrite": True})
            return _made(s3, config, mine, shards.shard_key(config, index), made_of, first=mine[:1] == inputs[:1])
        if config.stage == "final":
            return _final(s3, config, inputs, made_of)
        return _made(s3, config, inputs, config.output_key, made_of, first=True)
    except (ClientError, BotoCoreError) as error:
        raise explain(error, config) from error


def _final(s3: S3Client, config: Config, inputs: Sequence[Input], made_of: str) -> dict[str, Any]:
    """Join what the children of the array made, and remove it."""
    there = existing(s3, config.bucket, config.output_key)
    if there is None or there.made_of != made_of:
        # What they made is changed and compressed as it should be: it is joined as it is.
        plain = config.model_copy(
            update={"recompress": False, "header_lines": 0, "marker": "", "end_lines": False, "order": "name"}
        )
        results = shards.shard_results(s3, config, inputs, made_of)
        summary = _made(s3, plain, results, config.output_key, made_of, first=True)
    else:
        summary = _made(s3, config, inputs, config.output_key, made_of, first=True)
    shards.remove(s3, config)
    return summary


def _made(
    s3: S3Client, config: Config, inputs: Sequence[Input], key: str, made_of: str, *, first: bool
) -> dict[str, Any]:
    """Make the result of the inputs unless it is there; return the summary."""
    size = sum(one.size for one in inputs)
    progress = Progress(len(inputs), size)
    there = existing(s3, config.bucket, key)
    content: Tally | None = None
    if not inputs:
        log.info("there is nothing to join for this child")
        return _summary(config, key, "nothing", progress, 0, None)
    if there is not None and there.made_of == made_of and (config.stage != "whole" or not config.overwrite):
        log.info("s3://%s/%s is there already, made of the same inputs", config.bucket, key)
        return _summary(config, key, "kept", progress, there.size, None)
    if there is not None and not config.overwrite:
        raise kept(config, key)
    output = Output(s3, config, key, made_of)
    in_final = config.stage == "final"
    found = [codecs.Format(config.output_format)] * len(inputs) if in_final else formats(s3, inputs)
    as_is = not config.transforms and set(found) == {codecs.Format(config.output_format)}
    where = " and ".join(config.prefixes)
    log.info("joining %d objects of s3://%s/%s with %s: %d bytes", len(inputs), config.bucket, where, ENGINE, size)
    with progress:
        if as_is:
            joining = Joining(s3, inputs, config.output_format, output, progress, lines=config.count_lines)
            written, content = joining.run(check=config.check_inputs)
            path = "joined"
        else:
            sources = [Source(one, what) for one, what in zip(inputs, found, strict=True)]
            written, content = Recoding(s3, config, sources, output, progress).run(first=first)
            path = "recompressed"
    output.check(written)
    if as_is and progress.copied:
        path = "joined in S3" if progress.read < progress.size else "checked, and joined in S3"
    return _summary(config, key, path, progress, written, content)


def _summary(
    config: Config, key: str, path: str, progress: Progress, written: int, content: Tally | None
) -> dict[str, Any]:
    return {
        "job": "s3_concat",
        "result": f"s3://{config.bucket}/{key}",
        "path": path,
        "objects": progress.objects,
        "compressed_bytes_read": progress.read,
        "bytes_copied_in_s3": progress.copied,
        "bytes": content.size if content else None,
        "lines": content.lines if content else None,
        "crc32": f"{content.crc32:08x}" if content else None,
        "compressed_bytes_written": written,
        "mb_per_second": round(progress.rate, 1),
        "seconds": round(progress.seconds, 3),
    }


def configuration() -> Config:
    """Return the configuration; a row of `--each`, where there is one, has fields that win over it."""
    config = load_config(Config)
    if not has_row():
        return config
    row = manifest_row()
    if not isinstance(row, dict):
        raise JobError(f"The manifest's row is {row!r}, not an object.", "Give fields: input_prefix.", EXIT_REFUSED)
    try:
        return Config.model_validate({**config.model_dump(exclude_unset=True), **row})
    except ValueError as error:
        raise JobError(f"The manifest's row is refused: {error}", "Correct the row.", EXIT_REFUSED) from None


def main() -> int:
    """Read the configuration, run, print the summary as one line of JSON."""
    configure_logging()
    give_large_buffers_back()
    on_sigterm(lambda: log.warning("told to end (SIGTERM): removing what was made in between"))
    try:
        config = configuration()
        summary = run(config, client())
    except JobError as error:
        print(error, file=sys.stderr, flush=True)
        return error.code
    print(json.dumps(summary), flush=True)
    return 0


def leave(code: int) -> None:
    """End the process without waiting for requests that are still under way: what they do counts no more."""
    if is_wanted():
        write_usage(code)  # what does it at the end of a process is passed over
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        leave(main())
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else EXIT_REFUSED)
