"""Which image digest an environment runs: the release file that Terraform reads and git keeps."""

from awa_batch.release.file import Slots, is_digest, read_slots, release_path, write_release, write_slots

__all__ = ["Slots", "is_digest", "read_slots", "release_path", "write_release", "write_slots"]
