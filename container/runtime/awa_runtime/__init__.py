"""What job code needs inside an AWS Batch container: configuration, array index, rows, SIGTERM, logging."""

from awa_runtime.batch import VariableError, array_index, array_size, attempt, job_id
from awa_runtime.config import ConfigError, load_config, read_config
from awa_runtime.image import ImageVersion, image_version
from awa_runtime.logs import configure_logging
from awa_runtime.manifest import ManifestError, has_row, manifest_index, manifest_row, read_manifest_row
from awa_runtime.masking import MASK, masked
from awa_runtime.signals import on_sigterm

__all__ = [
    "MASK",
    "ConfigError",
    "ImageVersion",
    "ManifestError",
    "VariableError",
    "array_index",
    "array_size",
    "attempt",
    "configure_logging",
    "has_row",
    "image_version",
    "job_id",
    "load_config",
    "manifest_index",
    "manifest_row",
    "masked",
    "on_sigterm",
    "read_config",
    "read_manifest_row",
]
