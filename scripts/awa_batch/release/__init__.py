"""Which image digest an environment runs: the release file that Terraform reads and git keeps."""

from awa_batch.release.file import release_path, write_release

__all__ = ["release_path", "write_release"]
