"""What table_stats takes as its configuration, and as a row of its manifest."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Key = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Names = Annotated[tuple[Annotated[str, StringConstraints(min_length=1)], ...], Field(min_length=1)]

RESULTS = {"column_name", "rows", "n", "mean", "std", "min", "max", "m", "m2", "low", "high"}


class Config(BaseModel):
    """Which statistics of which columns, and where they go, in one bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="bucket of tables and result")
    group_by: Names = Field(description="columns whose values make a group")
    columns: Names = Field(description="columns of numbers to count and to give mean, std, min and max of")
    null_values: tuple[str, ...] = Field(("", "NA"), description="what stands for no value in a CSV file")
    output_key: Key = Field("out/table_stats/stats.csv", pattern=r"\.(csv|parquet)$", description="the result")
    stage: Literal["part", "merge"] = Field(
        "part", description="part in an array's children, merge in the job after it"
    )
    parts: int | None = Field(None, ge=1, description="for merge: how many parts there must be")
    memory_mib: int = Field(512, ge=64, description="what the tables may take of memory; more is kept in /tmp")

    @model_validator(mode="after")
    def _groups_and_results_have_names_of_their_own(self) -> Self:
        if taken := sorted({name.lower() for name in self.group_by} & RESULTS):
            raise ValueError(f"group_by must not have {taken[0]}: a column of the result has that name")
        return self

    @model_validator(mode="after")
    def _merge_knows_how_many_parts(self) -> Self:
        if (self.stage == "merge") != (self.parts is not None):
            raise ValueError("parts goes with stage merge, and must be given there")
        return self


class Row(BaseModel):
    """A table: its key, and its ETag as it was when the manifest was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    etag: str
