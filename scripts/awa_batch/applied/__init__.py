"""What is applied of an environment: its contract, read from Terraform's state or from a file."""

from awa_batch.applied.contract import load_contract

__all__ = ["load_contract"]
