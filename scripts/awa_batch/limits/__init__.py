"""AWS Batch's documented limits, checked before any call: the local emulator and often AWS itself would accept more."""

from awa_batch.limits.characters import check_command, check_text
from awa_batch.limits.fargate import check_fargate_size, check_fargate_task, fargate_memory_choices, next_fargate_size
from awa_batch.limits.job import (
    check_array_size,
    check_attempts,
    check_depends_on,
    check_environment_names,
    check_fields,
    check_image,
    check_job_name,
    check_scheduling_priority,
    check_share_identifier,
    check_timeout,
)
from awa_batch.limits.size import (
    MAX_OVERRIDES_CHARACTERS,
    MAX_REQUEST_BYTES,
    check_overrides_size,
    check_request_size,
    overrides_size,
)
from awa_batch.limits.tags import check_number_of_tags, check_tags

__all__ = [
    "MAX_OVERRIDES_CHARACTERS",
    "MAX_REQUEST_BYTES",
    "check_array_size",
    "check_attempts",
    "check_command",
    "check_depends_on",
    "check_environment_names",
    "check_fargate_size",
    "check_fargate_task",
    "check_fields",
    "check_image",
    "check_job_name",
    "check_number_of_tags",
    "check_overrides_size",
    "check_request_size",
    "check_scheduling_priority",
    "check_share_identifier",
    "check_tags",
    "check_text",
    "check_timeout",
    "fargate_memory_choices",
    "next_fargate_size",
    "overrides_size",
]
