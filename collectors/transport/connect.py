"""The connection to a device that its options ask for: SSH, Telnet or HTTPS, through jump hosts or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Protocol

from collectors.define import api
from collectors.define.platform import Platform
from collectors.errors import BadRequest
from collectors.journal import Journal
from collectors.request import Request
from collectors.transport import jump, telnet, tls
from collectors.transport.host_key import HostKey
from collectors.transport.ssh import connection as ssh
from collectors.transport.wire import Connection, Deadline


class Connected(Protocol):
    """How a device is reached. Every failure is a CollectError and leaves nothing open."""

    def __call__(
        self, platform: Platform, request: Request, deadline: Deadline, journal: Journal
    ) -> AbstractContextManager[Connection]:
        """A connection that stands inside of the block."""
        ...


@contextmanager
def connected(
    platform: Platform, request: Request, deadline: Deadline, journal: Journal
) -> Iterator[Connection]:
    """A connection inside of the block; over SSH it is logged in, over Telnet the command line will ask.

    Every failure is a CollectError and leaves nothing open.
    """
    if request.options.transport == "https":
        with api.connected(platform, request, deadline, journal) as answering:
            yield answering
        return
    if request.options.transport == "telnet":
        _check_telnet(platform, request)
        port = request.port or telnet.PORT
        with (
            jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial,
            closing(telnet.connect(request.device, request.address, port, deadline, dial)) as plain,
        ):
            way = jump.way(request.jump)
            journal.done(
                f"connected to {request.address} port {port}{way}, nothing is encrypted", then="login"
            )
            yield plain
        return
    login = _login(platform, request)
    with (
        jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial,
        closing(ssh.connect(login, deadline, jump.noted(dial, request.jump, journal), journal)) as connection,
    ):
        yield connection


def pinned(request: Request) -> tuple[HostKey, ...]:
    """The device's pinned SSH keys: those that are no certificate's. Raises BadRequest for a bad one."""
    return tuple(HostKey.parse(request.device, line) for line in request.host_keys if not tls.is_pin(line))


def _login(platform: Platform, request: Request) -> ssh.Login:
    return ssh.Login(
        device=request.device,
        address=request.address,
        port=request.port or platform.port,
        host_keys=pinned(request),
        username=request.username,
        password=request.password,
        private_key=request.private_key,
        passphrase=request.passphrase,
        order=request.order or ssh.LOGIN_ORDER,
        legacy=request.options.ssh == "legacy",
    )


def _check_telnet(platform: Platform, request: Request) -> None:
    if platform.transport != "shell":
        raise BadRequest(f"{request.device}: this platform is collected over SSH, not over Telnet")
    if not request.password:
        raise BadRequest(f"{request.device}: the credential holds no password, and Telnet has no other login")
