"""A connection to the device of a request: over SSH, Telnet or HTTPS, and through jump hosts if it names any.

Nothing here knows a platform. The caller says what the platform decides: the port, or the login at an API.
Each connection stands inside of its block. Every failure is a CollectError and leaves nothing open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from collectors.errors import BadRequest
from collectors.journal import Journal
from collectors.request import Request
from collectors.transport import https, jump, telnet, tls
from collectors.transport.dial import Dial
from collectors.transport.host_key import HostKey
from collectors.transport.https import HttpsConnection
from collectors.transport.ssh import connection as ssh
from collectors.transport.wire import Connection, Deadline

HttpsLogin = Callable[[HttpsConnection, Request], Mapping[str, str]]
"""The headers that show who asks, made of the request's credential."""


@contextmanager
def over_ssh(request: Request, port: int, deadline: Deadline, journal: Journal) -> Iterator[Connection]:
    """A connection that is logged in. `port` is the one to use where the request names none."""
    login = ssh.Login(
        device=request.device,
        address=request.address,
        port=request.port or port,
        host_keys=pinned_keys(request),
        username=request.username,
        password=request.password,
        private_key=request.private_key,
        passphrase=request.passphrase,
        order=request.order or ssh.LOGIN_ORDER,
        legacy=request.options.ssh == "legacy",
    )
    with (
        jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial,
        closing(ssh.log_in(login, deadline, jump.noting(dial, request.jump, journal), journal)) as connection,
    ):
        yield connection


@contextmanager
def over_telnet(request: Request, deadline: Deadline, journal: Journal) -> Iterator[Connection]:
    """A connection at whose command line the device will ask for the login."""
    if not request.password:
        raise BadRequest(f"{request.device}: the credential holds no password, and Telnet has no other login")
    port = request.port or telnet.PORT
    with (
        jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial,
        closing(telnet.open_telnet(request.device, request.address, port, deadline, dial)) as connection,
    ):
        way = jump.way(request.jump)
        journal.done(f"connected to {request.address} port {port}{way}, nothing is encrypted", then="login")
        yield connection


@contextmanager
def over_https(
    request: Request, login: HttpsLogin, deadline: Deadline, journal: Journal
) -> Iterator[HttpsConnection]:
    """The device's API. Every request carries the headers that `login` has made."""
    device, address, port = request.device, request.address, request.port or https.PORT
    if not request.password:
        raise BadRequest(f"{device}: the credential holds no password, and HTTPS has no other login")
    pinned = tls.pins(device, request.host_keys)
    with jump.through(request.jump, device, deadline, request.allowed_networks) as dial:
        host = f"[{address}]" if ":" in address else address
        host += "" if port == https.PORT else f":{port}"
        connection = HttpsConnection(
            host, device, deadline, lambda: _open_stream(request, port, pinned, deadline, dial, journal)
        )
        connection.authorize(login(connection, request))
        yield connection


def pinned_keys(request: Request) -> tuple[HostKey, ...]:
    """The device's pinned SSH keys: those that are no certificate's. Raises BadRequest for a bad one."""
    return tuple(HostKey.parse(request.device, line) for line in request.host_keys if not tls.is_pin(line))


def _open_stream(
    request: Request, port: int, pinned: tuple[bytes, ...], deadline: Deadline, dial: Dial, journal: Journal
) -> tls.TlsStream:
    """A verified stream for one request. The first one is noted in the journal."""
    dial = jump.noting(dial, request.jump, journal)
    stream = tls.open_stream(request.device, request.address, port, pinned, deadline, dial)
    if journal.step == "host_key":
        by = "its pin" if pinned else "the system's authorities"
        journal.done(f"the certificate was checked against {by}", then="login")
    return stream
