"""What a container's exit code means."""

from __future__ import annotations

import signal

_SIGNALS = {
    signal.SIGHUP: "its terminal or parent went away",
    signal.SIGINT: "it was interrupted",
    signal.SIGQUIT: "it was told to quit",
    signal.SIGILL: "it ran an instruction that this processor does not have (built for another one?)",
    signal.SIGABRT: "it ended itself with abort(): a failed assertion, or memory that it could not get",
    signal.SIGBUS: "it used memory that is not there (a mapped file that shrank, or /dev/shm is full)",
    signal.SIGFPE: "it divided by zero",
    signal.SIGKILL: "it was killed; out of memory is the usual cause, also without AWS saying so",
    signal.SIGSEGV: "it used memory that is not its own: a bug in native code",
    signal.SIGPIPE: "it wrote to a pipe that nobody reads",
    signal.SIGALRM: "its own alarm went off",
    signal.SIGTERM: "it was asked to stop",
}

_CODES = {
    1: "the program's own word for an error; its log has the message",
    2: "wrong usage: by custom a program's arguments did not fit (also Python's, where its file is not there)",
    125: "the container could not be run",
    126: "the command was found but cannot be run: no permission, or built for another processor",
    127: "the command was not found in the image",
    255: "an error that the program did not number, or an exit code beyond 0 to 255",
}


def signal_name(code: int) -> str | None:
    """Return the signal that an exit code above 128 stands for (137: SIGKILL), or None."""
    if code <= 128:
        return None
    try:
        return signal.Signals(code - 128).name
    except ValueError:
        return None


def meaning(code: int) -> str:
    """Return what an exit code says, in plain words; empty for a code that only the program itself can tell."""
    if name := signal_name(code):
        return _SIGNALS.get(signal.Signals[name], f"it got the signal {name}")
    return _CODES.get(code, "")


def exit_text(code: int) -> str:
    """Return an exit code in words, with the signal that it stands for where it does: ``exit code 137 (SIGKILL)``."""
    name = signal_name(code)
    return f"exit code {code}" + (f" ({name})" if name else "")
