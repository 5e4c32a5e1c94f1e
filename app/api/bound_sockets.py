"""Takes the port before anything slow begins. It listens only once it can answer; till then clients are refused."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from app.errors import ConfigurationError


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Return a socket bound to each address of the host, none of them listening; port 0 becomes a free one.

    Thread: one that may wait, as a name is looked up. The caller closes them.
    Raises: ConfigurationError, if the name can't be looked up or an address can't be had.
    """
    bound: list[socket.socket] = []
    try:
        for family, address in _addresses(host):
            made = socket.socket(family, socket.SOCK_STREAM)
            bound.append(made)
            if os.name == "posix":  # elsewhere it would let two servers have one port
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((address, port))
            port = made.getsockname()[1]
    except OSError as error:
        for one in bound:
            one.close()
        raise cannot_listen(host, port, error) from error
    return bound


def is_listening(bound: socket.socket) -> bool:
    """Whether clients can connect. uvloop closes a socket on which listen() failed, and raises nothing."""
    return bound.fileno() >= 0 and bool(bound.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    """Return the error for an address that can't be had, with what to do if another process has it."""
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"port {port} of {host} is in use by another process; end that, or choose another with --port or "
            "UNBLOCKED_PORT (0: a free one)"
        )
    return ConfigurationError(f"can't listen on port {port} of {host}: {error.strerror or type(error).__name__}")


def _addresses(host: str) -> list[tuple[int, str]]:
    """Return families and addresses, without asking a resolver for what is an address already."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return list(dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found))
    return [(socket.AF_INET if version == 4 else socket.AF_INET6, host)]
