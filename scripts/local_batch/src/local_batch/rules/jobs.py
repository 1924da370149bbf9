"""AWS's limits of one job: what SubmitJob and RegisterJobDefinition take, and how long things last."""

from __future__ import annotations

import re

from local_batch.rules.bounds import Bounds

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""Names of jobs and of all objects (model: SubmitJobRequest.jobName, Create…Request.…Name)."""

DEFINITION_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}(:[0-9]+)?")
"""A job definition's name, with a revision or without (model: SubmitJobRequest.jobDefinition)."""

SHARE_IDENTIFIER = re.compile(r"[A-Za-z0-9]{0,254}([A-Za-z0-9]|\*)")
"""At most 255 letters and digits, the last may be an asterisk (model: ShareAttributes.shareIdentifier)."""

REQUEST_BYTES = 30 * 1024
"""The greatest SubmitJob request (quotas)."""

DEFINITION_BYTES = 24 * 1024
"""The greatest RegisterJobDefinition request (quotas)."""

OVERRIDES_CHARACTERS = 8192
"""ECS's limit on all overrides of a task together (ECS RunTask, "overrides"). Batch takes such a job and fails it."""

ARRAY_SIZE = Bounds(2, 10_000)
"""Children of an array (model: SubmitJobRequest.arrayProperties)."""

MOST_DEPENDENCIES = 20
"""Entries of dependsOn (model: SubmitJobRequest.dependsOn)."""

ATTEMPTS = Bounds(1, 10)
"""Attempts of a job, the first one included (model: RetryStrategy.attempts)."""

MOST_CONDITIONS = 5
"""Entries of evaluateOnExit (model: RetryStrategy.evaluateOnExit)."""

CONDITIONS = {
    "onStatusReason": re.compile(r"[A-Za-z0-9.:\s]{0,511}[A-Za-z0-9.:\s*]"),
    "onReason": re.compile(r"[A-Za-z0-9.:\s]{0,511}[A-Za-z0-9.:\s*]"),
    "onExitCode": re.compile(r"[0-9]{0,511}[0-9*]"),
}
"""The globs of evaluateOnExit: at most 512 characters, an asterisk at the end only (model: EvaluateOnExit)."""

LEAST_TIMEOUT = 60
"""The least attemptDurationSeconds (model: JobTimeout.attemptDurationSeconds)."""

SCHEDULING_PRIORITY = Bounds(0, 9999)
"""schedulingPriority and its override (model: SubmitJobRequest.schedulingPriorityOverride)."""

MOST_TAGS = 50
"""Tags of a job or an object, and tags propagated to a task in all (model: TagrisTagsMap, propagateTags)."""

TAG_KEY = Bounds(1, 128)
"""Characters of a tag's key (model: TagKey)."""

TAG_VALUE = Bounds(0, 256)
"""Characters of a tag's value (model: TagValue)."""

TAG_CATEGORIES, TAG_SIGNS = "LZN", "_.:/=+-@"
"""What a tag's key and value are made of: the general categories of Unicode (letters, separators, numbers) and the
other characters (botocore's models of ECS and IAM, pattern of TagKey and TagValue; guide, "Tag your resources")."""

RESERVED_TAG_PREFIX = "aws:"
"""Keys that begin so, in any case of letters, are AWS's own (AWS General Reference, "Tagging")."""

RESERVED_VARIABLE_PREFIX = "AWS_BATCH"
"""Environment variables that begin so are Batch's own (model: ContainerProperties.environment)."""

REASON_CHARACTERS = 1024
"""The greatest reason of CancelJob and TerminateJob (model: CancelJobRequest.reason)."""

STOP_SECONDS = 30.0
"""From SIGTERM to SIGKILL for a job that is terminated or times out (guide, "Job timeouts")."""

KEPT_SECONDS = 7 * 86400.0
"""How long ended jobs are shown (guide, "Job states": at least 7 days)."""
