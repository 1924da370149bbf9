"""Which image digest an environment runs: the release file that Terraform reads and git keeps."""

from awa_batch.release.file import read_release, release_path, write_release

__all__ = ["read_release", "release_path", "write_release"]
