"""AWS Batch on one machine, in one process: our own AWS Batch in front, moto for every other service."""

__version__ = "0.1.0"
