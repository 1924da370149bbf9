"""EventBridge Scheduler's limits."""

from __future__ import annotations

import re

SERVICE = "scheduler.amazonaws.com"
"""Who assumes the execution role (EventBridge Scheduler guide, "Setting up")."""
NAME = r"[0-9a-zA-Z-_.]+"
ROLE_ARN = r"arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@\/-]+"
QUEUE_ARN = r"arn:aws[a-z-]*:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+"
"""Patterns of the service model; the last has no dot, as a FIFO queue's name would."""
SUBMIT_JOB = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:batch:submitJob")
"""The universal target that submits jobs (EventBridge Scheduler guide, "Using universal targets")."""
OLDEST_START = 300
"""Seconds that a start date may lie back (API reference, CreateSchedule: StartDate)."""
ATTEMPTS = 185
AGE = 86_400
"""Retries, and their seconds, of a target that says none (API reference, RetryPolicy)."""
