"""This machine's addresses, and which of them the server may listen on: never one that others can reach."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
import sys
from urllib.parse import urlsplit

from local_batch.errors import Given, UsageError

LOOPBACK = "127.0.0.1"
DOCKER_HOST = "host.docker.internal"
"""How this machine is called inside its containers."""
_SIOCGIFADDR = 0x8915


def check_host(host: str, bridge: str | None, *, for_others: bool = False) -> None:
    """Refuse an address that others could reach, unless it is ``for_others``. Raises UsageError."""
    if not _is_loopback(host) and host != bridge and not for_others:
        raise _reachable(host)


def check_reach(host: str, *, for_others: bool = False) -> None:
    """Refuse what is no address of this machine; whether one is the bridge's is known when the engine is.

    All of its addresses (0.0.0.0, ::) are one only ``for_others``: its owner has named who they are. Raises UsageError.
    """
    try:
        ipaddress.ip_address(host)
        here = is_local(host)
    except ValueError:
        here = host == "localhost"
    if (not here and not _is_loopback(host)) or (is_any(host) and not for_others):
        raise _reachable(host)


def is_any(host: str) -> bool:
    """Say whether an address stands for all of this machine's."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def from_here(host: str) -> str:
    """Return the address by which this machine itself reaches a server that listens on ``host``."""
    return LOOPBACK if is_any(host) else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reachable(host: str) -> UsageError:
    return UsageError(
        ": the local AWS runs anybody's commands and listens on this machine only.",
        option=Given("host", host),
        fix=f"Use {LOOPBACK}, which it is when none is given; for others to reach it, give the names that it has for "
        "them (host names) too.",
    )


def shared_by_containers(host: str, bridge: str | None) -> str | None:
    """Return what leads to this server on this machine and in its containers alike; None where nothing does.

    That is the engine's bridge. An engine in a virtual machine, as Docker Desktop's, has none here: there its name for
    this machine does, where this machine's file of hosts has it too.
    """
    return bridge or (DOCKER_HOST if _resolved(DOCKER_HOST) == {host} else None)


def own_hosts(endpoint_url: str) -> list[str]:
    """Return the hosts that no proxy reaches for a client: this machine's loopback, and where its server is found."""
    host = urlsplit(endpoint_url).hostname
    return list(dict.fromkeys(filter(None, (LOOPBACK, "localhost", host))))


def _resolved(name: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None, socket.AF_INET)}
    except OSError:
        return set()


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
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
