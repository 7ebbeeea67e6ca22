"""The way through jump hosts: from each one a channel to the next (direct-tcpip, RFC 4254, 7.2).

Every hop is a login of its own, with its own pinned key, its own credential and one attempt; the hops
only carry bytes, so a jump host sees neither the device's password nor its configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from collectors.request import Hop
from collectors.transport import ssh
from collectors.transport.dial import Dial, dial
from collectors.transport.host_key import HostKey
from collectors.transport.wire import Deadline


@contextmanager
def through(hops: tuple[Hop, ...], device: str, deadline: Deadline) -> Iterator[Dial]:
    """How to dial `device` from behind the last of `hops`; without any, from here.

    The hops stay connected inside of the block and are closed in reverse order. What one of them raises
    is what a device raises, with the hop named in front.
    """
    with ExitStack() as stack:
        reach: Dial = dial
        for hop in hops:
            name = f"{device}: jump host {hop.address} port {hop.port}"
            login = ssh.Login(
                device=name,
                address=hop.address,
                port=hop.port,
                host_keys=tuple(HostKey.parse(name, line) for line in hop.host_keys),
                username=hop.username,
                password=hop.password,
                private_key=hop.private_key,
                passphrase=hop.passphrase,
                order=hop.order or ssh.LOGIN_ORDER,
            )
            limits = replace(deadline, device=name)
            reach = stack.enter_context(closing(ssh.connect(login, limits, reach))).dial
        yield reach
