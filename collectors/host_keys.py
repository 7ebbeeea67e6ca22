"""The keys that a device shows, for a person to compare and pin. Nobody logs in to the device.

Only the jump hosts on the way are logged in to, each with its own credential and its own pinned key.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from collectors import registry
from collectors.errors import BadRequest, Disconnected, HostKeyRejected, Incompatible
from collectors.request import Request
from collectors.transport import connect, https, jump, tls
from collectors.transport.dial import Dial
from collectors.transport.host_key import ALGORITHMS, LEGACY, HostKey, algorithms_for, verify
from collectors.transport.ssh.handshake import close_transport, open_transport, server_key
from collectors.transport.wire import Deadline

Standing = Literal["ok", "changed", "unknown"]

_KINDS = (
    tuple(name for name in ALGORITHMS if name == "ssh-ed25519"),
    tuple(name for name in ALGORITHMS if name.startswith("ecdsa-")),
    tuple(name for name in ALGORITHMS if name.startswith("rsa-")),
)
"""One handshake for each: a server shows a single key per handshake, the best of those asked for."""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """The key that a backup would be shown, as known_hosts writes it, and how it compares to the pinned ones.

    `key` is "" for a certificate for which the system's authorities vouch.
    """

    standing: Standing
    key: str


def scan(request: Request, timeout_s: float) -> tuple[str, ...]:
    """Every key that the device shows, as `<type> <base64>`: SSH keys, or the pin of its certificate.

    Raises a CollectError: BadRequest for Telnet, which has no keys, and what connecting raises.
    """
    deadline = Deadline.after(request.device, timeout_s)
    with jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial:
        if request.options.transport == "https":
            port = request.port or https.PORT
            left_s = deadline.left("before the TLS handshake")
            return (tls.offered_pin(request.device, request.address, port, left_s, dial),)
        return tuple(str(key) for key in _ssh_keys(request, deadline, dial))


def check(request: Request, timeout_s: float) -> KeyCheck:
    """Connect as a backup would, and compare. Raises what `scan` raises."""
    deadline = Deadline.after(request.device, timeout_s)
    https_asked = request.options.transport == "https"
    with jump.through(request.jump, request.device, deadline, request.allowed_networks) as dial:
        try:
            key = (_certificate if https_asked else _ssh_key)(request, deadline, dial)
        except HostKeyRejected as error:
            pinned = any(tls.is_pin(line) == https_asked for line in request.host_keys)
            return KeyCheck("changed" if pinned else "unknown", error.offered)
    return KeyCheck("ok", key)


def _ssh_key(request: Request, deadline: Deadline, dial: Dial) -> str:
    pinned = connect.pinned_keys(request)
    key = _key_shown(request, algorithms_for(pinned, legacy=_legacy(request)), deadline, dial)
    verify(request.device, key, pinned)
    return str(key)


def _certificate(request: Request, deadline: Deadline, dial: Dial) -> str:
    pinned = tls.pins(request.device, request.host_keys)
    port = request.port or https.PORT
    with closing(tls.open_stream(request.device, request.address, port, pinned, deadline, dial)) as stream:
        return tls.pin_of(stream.certificate) if pinned else ""


def _ssh_keys(request: Request, deadline: Deadline, dial: Dial) -> list[HostKey]:
    *kinds, rsa = _KINDS
    found: list[HostKey] = []
    no_such_key: Incompatible | Disconnected | None = None
    for kind in (*kinds, (*rsa, LEGACY) if _legacy(request) else rsa):
        try:
            found.append(_key_shown(request, kind, deadline, dial))
        except (Incompatible, Disconnected) as error:
            # Some servers hang up instead of saying that they have no key of this kind.
            no_such_key = error
    if not found and no_such_key is not None:
        raise no_such_key
    return list(dict.fromkeys(found))


def _key_shown(request: Request, key_types: tuple[str, ...], deadline: Deadline, dial: Dial) -> HostKey:
    if request.options.transport == "telnet":
        raise BadRequest(f"{request.device}: Telnet has no host keys")
    known = registry.platform(request.platform)
    port = request.port or (known.port if known else 22)
    with open_transport(
        request.device, request.address, port, key_types, deadline, legacy=_legacy(request), dial=dial
    ) as transport:
        key = server_key(transport)
    close_transport(transport)
    return key


def _legacy(request: Request) -> bool:
    return request.options.ssh == "legacy"
