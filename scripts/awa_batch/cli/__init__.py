"""The command line: parse, call one function, render. Each command's module loads only when it is used."""

import signal
import threading

# A Ctrl-C while the modules load ends the process without a traceback; then Python's own handler is back.
_quiet = (
    threading.current_thread() is threading.main_thread()
    and signal.getsignal(signal.SIGINT) is signal.default_int_handler
)
if _quiet:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from awa_batch.cli.main import main  # noqa: E402 - see above

if _quiet:
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["main"]
