from awa_batch.api import BatchJob, Connection, connect

__version__: str

__all__ = ["BatchJob", "Connection", "__version__", "connect"]
