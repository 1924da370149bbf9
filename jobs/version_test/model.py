"""What version_test takes as its configuration (parameters.json is an example)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Part(BaseModel):
    # A field that is not known is a typing error: refused, not ignored.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(_Part):
    """How the pretended work would be done."""

    batchSize: int = Field(ge=1, le=10_000, description="rows at a time")  # noqa: N815 — the names of parameters.json
    modelType: Text  # noqa: N815
    maxIterations: int = Field(ge=1, le=1_000_000)  # noqa: N815
    learningRate: float = Field(gt=0, le=1, allow_inf_nan=False)  # noqa: N815


class Metadata(_Part):
    """Who asks, in words."""

    jobType: Text  # noqa: N815
    version: Text
    description: str = ""


class Config(_Part):
    """The parameters of version_test."""

    inputFile: Text  # noqa: N815
    outputPath: Text  # noqa: N815
    settings: Settings
    metadata: Metadata
    apiToken: SecretStr | None = Field(default=None, description="never shown: here to see that it is not")  # noqa: N815
