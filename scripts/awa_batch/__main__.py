"""``python -m awa_batch`` is the ``awa-batch`` command."""

from awa_batch.cli import main

main()
