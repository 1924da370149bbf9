"""An environment as a whole: bring it up, rebuild it when the local AWS is gone, take it down."""

from awa_batch.environment.local import clean_local, down_local, ensure_local, up_local

__all__ = ["clean_local", "down_local", "ensure_local", "up_local"]
