"""``python -m local_batch`` is ``aws-batch-local``."""

from local_batch.command import main

if __name__ == "__main__":
    main()
