"""A TCP connection to a device, within the collection's deadline, name resolution included."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import paramiko

from collectors.errors import Forbidden, TimedOut, Unreachable
from collectors.request import Network
from collectors.transport.wire import Deadline

CONNECT_S = 15.0
Socket = socket.socket | paramiko.Channel
"""What carries a session: TCP from here, or a channel through a jump host."""


class Dial(Protocol):
    """How a device's port is reached."""

    def __call__(self, device: str, address: str, port: int, deadline: Deadline) -> Socket:
        """A connection that the caller closes; Unreachable if there is none, TimedOut at the deadline."""
        ...


def dial(
    device: str, address: str, port: int, deadline: Deadline, allowed: Sequence[Network] = ()
) -> socket.socket:
    """Connect from this host to the first address that answers; see Dial.

    With `allowed` networks, raises Forbidden unless every address of the name lies in one of them: a name
    that also leads elsewhere cannot be trusted.
    """
    found = _resolve(device, address, port, deadline)
    _check_allowed(device, address, [where[0] for *_, where in found], allowed)
    failure: OSError | None = None
    for family, kind, protocol, _, where in found:
        limit_s = min(CONNECT_S, deadline.left(f"while connecting to {address} port {port}"))
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(limit_s)
            sock.connect(where)
            # Without it a session waits for delayed acknowledgements: 88 ms instead of 4 on loopback.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    words = failure and (failure.strerror or str(failure))
    why = f"no connection within {CONNECT_S:g} s" if isinstance(failure, TimeoutError) else words
    raise Unreachable(f"{device}: {address} port {port}: {why}") from failure


def within(allowed: Sequence[Network], way_on: Dial | None = None) -> Dial:
    """How to dial from here, or by `way_on` from a jump host, within these networks."""
    if way_on is None:
        return partial(dial, allowed=allowed)
    return _from_hop(way_on, allowed) if allowed else way_on


def _from_hop(way_on: Dial, allowed: Sequence[Network]) -> Dial:
    """`way_on` for addresses in these networks. What a name stands for is known to the jump host alone."""

    def dial_from_hop(device: str, address: str, port: int, deadline: Deadline) -> Socket:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise Forbidden(
                f"{device}: the name '{address}' is resolved by a jump host, where the allowed networks "
                "cannot be checked; write its address"
            ) from None
        _check_allowed(device, address, [address], allowed)
        return way_on(device, address, port, deadline)

    return dial_from_hop


def _check_allowed(device: str, address: str, found: Sequence[str], allowed: Sequence[Network]) -> None:
    for where in found if allowed else ():
        # A link-local address carries its interface: fe80::1%eth0.
        ip = ipaddress.ip_address(where.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if not any(ip in network for network in allowed):
            networks = ", ".join(map(str, allowed))
            raise Forbidden(f"{device}: {address} is {ip}, in none of the allowed networks: {networks}")


def _resolve(device: str, address: str, port: int, deadline: Deadline) -> list[Any]:
    """What getaddrinfo returns. It has no time limit, so another thread looks a name up."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        found: list[list[Any] | OSError | UnicodeError] = []
        done = threading.Event()

        def look_up() -> None:
            try:
                found.append(socket.getaddrinfo(address, port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                found.append(error)
            done.set()

        step = f"while resolving '{address}'"
        thread = threading.Thread(target=look_up, name=f"resolve {address}", daemon=True)
        thread.start()
        if not done.wait(min(CONNECT_S, deadline.left(step))):
            deadline.left(step)
            raise TimedOut(
                f"{device}: the name '{address}' was not resolved within {CONNECT_S:g} s"
            ) from None
        thread.join()
        if isinstance(found[0], Exception):
            raise Unreachable(f"{device}: the name '{address}' does not resolve: {found[0]}") from found[0]
        return found[0]
    return socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
