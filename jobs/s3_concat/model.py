"""What s3_concat takes as its configuration."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Key = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

MAX_LEVEL = {"gzip": 9, "zstd": 19, "plain": 0}


class Config(BaseModel):
    """Where s3_concat reads and writes, in one bucket, and how it joins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="bucket of inputs and result")
    input_prefix: Key | Annotated[tuple[Key, ...], Field(min_length=1)] = Field(
        "data/", description="every object under it is an input; a list: under any of them"
    )
    pattern: Annotated[str, StringConstraints(min_length=1)] = Field(
        "*", description="inputs are the names (after the last /) that match it, as in a shell: `*.csv.gz`"
    )
    order: Literal["name", "modified", "size"] = Field("name", description="how they are sorted; then by name")
    output_key: Key = Field("out/s3_concat/joined.gz", description="the result; not under an input prefix")
    output_format: Literal["gzip", "zstd", "plain"] = Field("gzip", description="what the result is compressed with")
    level: int | None = Field(
        None, ge=1, description="1 to 9 for gzip (to 3 by isal, above by zlib-ng), 1 to 19 for zstd; else 2 and 3"
    )
    recompress: bool = Field(False, description="compress anew where compressed inputs could be joined as they are")
    header_lines: int = Field(0, ge=0, le=1000, description="lines at the top to drop from all files but the first")
    marker: str = Field(
        "", description="text before each file, `{name}`, `{key}` and `{number}` filled in: `==> {name} <==\\n`"
    )
    end_lines: bool = Field(False, description="end each file with a line end where it has none")
    check_inputs: bool = Field(
        True,
        description="decompress and check what is joined as it is; false: S3 joins it unread, from 5 MiB on",
    )
    count_lines: bool = Field(True, description="count the lines of what is read")
    overwrite: bool = Field(False, description="replace a result that other inputs or settings made")
    shards: int | None = Field(None, ge=2, le=10_000, description="children that each join a part; see stage")
    stage: Literal["whole", "shard", "final"] = Field(
        "whole", description="with shards: shard in the array's children, final in the job that joins what they made"
    )

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The input prefixes."""
        return (self.input_prefix,) if isinstance(self.input_prefix, str) else self.input_prefix

    @property
    def transforms(self) -> bool:
        """Whether the content is changed, so that nothing can be joined as it is."""
        return bool(self.recompress or self.header_lines or self.marker or self.end_lines)

    @model_validator(mode="after")
    def _output_is_no_input(self) -> Self:
        if self.output_key.startswith(self.prefixes):
            raise ValueError("output_key must not lie under input_prefix: the next run would read it as an input")
        if self.output_key.endswith("/"):
            raise ValueError("output_key must name an object, not end in /")
        return self

    @model_validator(mode="after")
    def _level_is_one_of_the_format(self) -> Self:
        if self.level is not None and self.level > MAX_LEVEL[self.output_format]:
            raise ValueError(f"level must be at most {MAX_LEVEL[self.output_format]} for {self.output_format}")
        return self

    @model_validator(mode="after")
    def _stage_has_shards(self) -> Self:
        if (self.stage == "whole") != (self.shards is None):
            raise ValueError("stage and shards go together: shard or final with shards, whole without")
        return self
