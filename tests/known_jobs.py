"""Jobs that use what is known: 300 MiB of memory, and two seconds of CPU time on each of two threads."""

MIB = 1 << 20
ALLOCATE = "held = bytearray(300 << 20)\nheld[::4096] = b'x' * len(held[::4096])\n"
BURN = """
import hashlib, threading, time
block = bytes(1 << 20)
def burn():
    while time.thread_time() < 2:
        hashlib.sha256(block).digest()
threads = [threading.Thread(target=burn) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
