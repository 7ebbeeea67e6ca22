"""A TCP connection to a device, within the collection's deadline, name resolution included."""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import paramiko

from collectors.errors import BadRequest, Forbidden, TimedOut, Unreachable
from collectors.request import Network
from collectors.transport.wire import Deadline

CONNECT_S = 15.0
Socket = socket.socket | paramiko.Channel
"""What carries a session: TCP from here, or a channel through a jump host."""


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAME = re.compile(r"[A-Za-z0-9._-]*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,15}", re.ASCII)
"""The name or number of an interface; Linux has names of at most 15 characters."""


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


def literal(device: str, address: str) -> IpAddress | None:
    """The IP address that is written there, an IPv4 one even within an IPv6 one; None for a name.

    Raises BadRequest for what one system takes for a name, and another for an address: `0x7f000001`, `127.1`,
    `0177.0.0.1` (inet_aton(3); the URL Standard, "ends in a number"), and for an interface after `%` where an
    address has none (RFC 4007, 11).
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        if not _NAME.fullmatch(address) or _NUMBER.fullmatch(address.rstrip(".").rpartition(".")[2]):
            raise BadRequest(f"{device}: '{address}' is neither an IP address nor a name") from None
        return None
    zone = getattr(ip, "scope_id", None)
    if zone is not None and not (ip.is_link_local and _ZONE.fullmatch(zone)):
        raise BadRequest(f"{device}: '{address}': only a link-local address has an interface, after '%'")
    return getattr(ip, "ipv4_mapped", None) or ip


def within(allowed: Sequence[Network], way_on: Dial | None = None) -> Dial:
    """How to dial from here, or by `way_on` from a jump host, within these networks."""
    if way_on is None:
        return partial(dial, allowed=allowed)
    return _from_hop(way_on, allowed)


def _from_hop(way_on: Dial, allowed: Sequence[Network]) -> Dial:
    """`way_on` for addresses in these networks. What a name stands for is known to the jump host alone."""

    def dial_from_hop(device: str, address: str, port: int, deadline: Deadline) -> Socket:
        ip = literal(device, address)
        if allowed and ip is None:
            raise Forbidden(
                f"{device}: the name '{address}' is resolved by a jump host, where the allowed networks "
                "cannot be checked; write its address"
            )
        if allowed and "%" in address:
            raise Forbidden(
                f"{device}: the interface in '{address}' is the jump host's, where the allowed networks "
                "cannot be checked; write an address without one"
            )
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
    if literal(device, address) is None:
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
