"""The way through jump hosts: each one opens a channel to the next (direct-tcpip, RFC 4254, 7.2).

Every hop is a login of its own, with its own pinned key, its own credential and one attempt. The hops only
carry bytes, so a jump host sees neither the device's password nor its configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from collectors.journal import Journal
from collectors.request import Hop, Network
from collectors.transport.dial import Dial, Socket, within
from collectors.transport.host_key import HostKey
from collectors.transport.ssh import connection
from collectors.transport.wire import Deadline


@contextmanager
def through(
    hops: tuple[Hop, ...], device: str, deadline: Deadline, allowed: Sequence[Network] = ()
) -> Iterator[Dial]:
    """How to dial `device` from the last of `hops`, or from here, within the `allowed` networks.

    Each hop is dialled within its own `allowed_networks`. The hops stay connected inside of the block and are
    closed in reverse order. They raise the same errors as a device, and the messages name the hop.
    """
    with ExitStack() as stack:
        way_on: Dial | None = None
        for hop in hops:
            name = f"{device}: jump host {hop.address} port {hop.port}"
            login = connection.Login(
                device=name,
                address=hop.address,
                port=hop.port,
                host_keys=tuple(HostKey.parse(name, line) for line in hop.host_keys),
                username=hop.username,
                password=hop.password,
                private_key=hop.private_key,
                passphrase=hop.passphrase,
                order=hop.order or connection.LOGIN_ORDER,
            )
            limits = replace(deadline, device=name)
            way_on = stack.enter_context(
                closing(connection.log_in(login, limits, within(hop.allowed_networks, way_on)))
            ).dial
        yield within(allowed, way_on)


def way(hops: tuple[Hop, ...]) -> str:
    """The end of a message: ` through 192.0.2.1` for each hop."""
    return "".join(f" through {hop.address}" for hop in hops)


def noting(dial: Dial, hops: tuple[Hop, ...], journal: Journal) -> Dial:
    """`dial`, which then notes the connection: the journal goes from the step "connect" to "host_key"."""

    def dial_and_note(device: str, address: str, port: int, deadline: Deadline) -> Socket:
        sock = dial(device, address, port, deadline)
        if journal.step == "connect":
            journal.done(f"connected to {address} port {port}{way(hops)}", then="host_key")
        return sock

    return dial_and_note
