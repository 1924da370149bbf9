"""This machine's addresses, and which of them the server may listen on: never one that others can reach."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
import sys

from local_batch.errors import Given, UsageError

LOOPBACK = "127.0.0.1"
_SIOCGIFADDR = 0x8915


def check_host(host: str, bridge: str | None) -> None:
    """Refuse an address that others could reach. Raises UsageError."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and host != bridge:
        raise UsageError(
            ": the local AWS runs anybody's commands and listens on this machine only.",
            option=Given("host", host),
            fix=f"Use {LOOPBACK}, which it is when none is given.",
        )


def interface_address(name: str) -> str | None:
    """Return the IPv4 address of one of this machine's interfaces, or None (Linux; elsewhere always None)."""
    if sys.platform != "linux":
        return None
    request = struct.pack("256s", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            return socket.inet_ntoa(fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)[20:24])
        except OSError:
            return None


def is_local(address: str) -> bool:
    """Say whether an address is one of this machine's (a bridge inside a virtual machine is not)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
