"""The command line: parse, call one function, render. Each command's module loads only when it is used."""

from awa_batch.cli.main import main

__all__ = ["main"]
