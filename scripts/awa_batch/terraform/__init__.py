"""Drive the terraform (or tofu) command on one environment's root module."""

from awa_batch.terraform.binary import TerraformBinary, find_terraform
from awa_batch.terraform.root import Root, environment_names

__all__ = ["Root", "TerraformBinary", "environment_names", "find_terraform"]
