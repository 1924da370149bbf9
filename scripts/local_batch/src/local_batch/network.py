"""Which addresses the local AWS may listen on: this machine's own, never a public one."""

from __future__ import annotations

import errno
import fcntl
import ipaddress
import socket
import struct
import sys
from typing import TYPE_CHECKING

from local_batch.errors import UsageError
from local_batch.http import WsgiServer

if TYPE_CHECKING:
    from local_batch.http import WsgiApp

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
            f"--host {host}: the local AWS runs anybody's commands and listens on this machine only.",
            fix=f"Leave --host out, or use --host {LOOPBACK}.",
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


def listen(app: WsgiApp, hosts: list[str], port: int) -> list[WsgiServer]:
    """Bind one port on every address. ``port`` 0 means any that is free on all of them. Raises UsageError."""
    for _ in range(20):
        servers: list[WsgiServer] = []
        try:
            for host in hosts:
                servers.append(WsgiServer(host, servers[0].port if servers else port, app))
        except OSError as error:
            for server in servers:
                server.server_close()
            if error.errno in {errno.EADDRINUSE, errno.EACCES} and (port or not servers):
                words = "is taken" if error.errno == errno.EADDRINUSE else "is not allowed for this user"
                raise UsageError(
                    f"--port {port} {words} on {hosts[len(servers)]}.", fix="Leave --port out to take any free port."
                ) from None
            if error.errno != errno.EADDRINUSE:
                raise UsageError(
                    f"The local AWS cannot listen on {hosts[len(servers)]}: {error.strerror}.",
                    fix="Check this machine's network settings.",
                ) from None
        else:
            return servers
    raise UsageError("No port is free on all of " + ", ".join(hosts) + ".", fix="Name one with --port.")
