"""The way from a clone to finished jobs: environment, input, two jobs, a checked result."""

from awa_batch.demo.steps import EXAMPLES, DemoResult, check, follow_jobs, submit_jobs, upload_inputs, where

__all__ = ["EXAMPLES", "DemoResult", "check", "follow_jobs", "submit_jobs", "upload_inputs", "where"]
