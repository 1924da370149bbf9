"""What s3_concat takes as its configuration."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Key = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Config(BaseModel):
    """Where s3_concat reads and writes, in one bucket.

    Every object under ``input_prefix`` must be gzip; the joined result goes to ``output_key``, gzip as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="bucket of inputs and result")
    input_prefix: Key = "data/"
    output_key: Key = "out/s3_concat/joined.gz"

    @model_validator(mode="after")
    def _output_is_no_input(self) -> Self:
        if self.output_key.startswith(self.input_prefix):
            raise ValueError("output_key must not lie under input_prefix: the next run would read it as an input")
        if self.output_key.endswith("/"):
            raise ValueError("output_key must name an object, not end in /")
        return self
