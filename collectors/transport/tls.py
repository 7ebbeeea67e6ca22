"""TLS on any connection, also on a jump host's channel: the certificate is verified before a byte is sent.

A device's certificate is pinned in known_hosts like a host key, by its fingerprint:

    fw1 https-sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=

which is the base64 of the SHA-256 of the certificate in DER form, as
`openssl x509 -outform der | openssl dgst -sha256 -binary | base64` prints it. A pinned certificate may be
self-signed, expired or made out to another name. Without a pin the system's authorities must vouch for it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from collectors.errors import (
    BadRequest,
    CollectError,
    Disconnected,
    HostKeyRejected,
    Incompatible,
    TimedOut,
)
from collectors.transport import greeting
from collectors.transport.dial import Dial, Socket, dial
from collectors.transport.wire import Deadline, Received, send_all

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIN = "https-sha256"
HANDSHAKE_S = 30.0
_T = TypeVar("_T")


def is_pin(line: str) -> bool:
    """Whether a line of `host_keys` is about a certificate and not about an SSH key."""
    return line.split(" ")[0] == PIN


def pins(device: str, lines: tuple[str, ...]) -> tuple[bytes, ...]:
    """The fingerprints among `lines`; BadRequest for one that is not the base64 of 32 bytes."""
    found = []
    for line in filter(is_pin, lines):
        try:
            digest = base64.b64decode(line.split(" ")[1], validate=True)
        except (ValueError, IndexError):
            digest = b""
        if len(digest) != hashlib.sha256().digest_size:
            raise BadRequest(f"{device}: the pinned certificate '{line[:80]}' is not '{PIN} <base64>'")
        found.append(digest)
    return tuple(found)


def pin_of(certificate: bytes) -> str:
    """The line that pins a certificate in DER form: `https-sha256 <base64>`."""
    return f"{PIN} {base64.b64encode(hashlib.sha256(certificate).digest()).decode()}"


def open_stream(
    device: str, address: str, port: int, pinned: tuple[bytes, ...], deadline: Deadline, dial: Dial = dial
) -> TlsStream:
    """Connect and verify. Every failure is a CollectError and leaves nothing open.

    With `pinned` certificates, only they are accepted; without any, only one for which an authority vouches
    that this system trusts. Raises HostKeyRejected, which names the certificate that was shown.
    """
    if not pinned:
        return _open_vouched(device, address, port, deadline, dial)
    stream = _shake_hands(_context_for_any(), device, address, port, deadline, dial)
    if hashlib.sha256(stream.certificate).digest() in pinned:
        return stream
    stream.close()
    wanted = ", ".join(base64.b64encode(pin).decode() for pin in pinned)
    shown = pin_of(stream.certificate)
    raise HostKeyRejected(
        f"{device}: the certificate is {shown}, pinned is {wanted}: "
        "no credential was sent; replace the pin if the device or its certificate was replaced",
        offered=shown,
    )


def offered_pin(device: str, address: str, port: int, timeout_s: float, dial: Dial = dial) -> str:
    """The pin of the certificate that the device shows, for a person to check. Nothing is sent."""
    stream = _shake_hands(_context_for_any(), device, address, port, Deadline.after(device, timeout_s), dial)
    stream.close()
    return pin_of(stream.certificate)


class TlsStream:
    """One verified TLS connection. No wait is longer than `patience_s`, and none outlives the deadline."""

    def __init__(self, sock: Socket, context: ssl.SSLContext, name: str, deadline: Deadline) -> None:
        self.patience_s = HANDSHAKE_S
        self.first = b""  # the first bytes that came
        self._sock = sock
        self._deadline = deadline
        self._received = Received(deadline.device)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    @property
    def certificate(self) -> bytes:
        """What the device showed, in DER form."""
        return self._tls.getpeercert(binary_form=True) or b""

    def handshake(self) -> None:
        """Agree on keys. Raises what ssl and the socket raise."""
        self._drive(self._tls.do_handshake, "during the TLS handshake")

    def sendall(self, data: bytes) -> None:
        """Send all of `data`. Raises what ssl and the socket raise."""
        view = memoryview(data)
        while view:
            view = view[self._drive(partial(self._tls.write, view), "while sending") :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client reads from; only "rb" is known."""
        assert mode == "rb"
        return io.BufferedReader(_Readable(self), 1 << 16)

    def receive(self, size: int) -> bytes:
        """Up to `size` bytes, b"" after the end, which need not be announced: many devices do not."""
        try:
            return self._drive(lambda: self._tls.read(size), "while receiving")
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def close(self) -> None:
        """Let go of the connection. May be called twice."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _drive(self, step: Callable[[], _T], doing: str) -> _T:
        """The result of `step`. Bytes are moved between TLS and the socket until there is one."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush(doing)
            except ssl.SSLError:
                with contextlib.suppress(OSError, CollectError):
                    self._flush(doing)  # the alert that tells the device why
                raise
            else:
                self._flush(doing)
                return done
            self._sock.settimeout(min(self.patience_s, self._deadline.left(doing)))
            if data := self._sock.recv(1 << 16):
                self._received.add(len(data))
                self.first = greeting.append(self.first, data)
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self, doing: str) -> None:
        if self._outgoing.pending:
            send_all(self._sock, self._outgoing.read(), self._deadline, doing)


class _Readable(io.RawIOBase):
    """A TlsStream as a file. Closing it closes nothing else."""

    def __init__(self, stream: TlsStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.receive(len(view))
        view[: len(data)] = data
        return len(data)


def _context_for_any() -> ssl.SSLContext:
    """A context that takes any certificate. Its caller compares the fingerprint, or sends nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _open_vouched(device: str, address: str, port: int, deadline: Deadline, dial: Dial) -> TlsStream:
    try:
        return _shake_hands(ssl.create_default_context(), device, address, port, deadline, dial)
    except ssl.SSLCertVerificationError as error:
        shown = ""
        with contextlib.suppress(CollectError):
            left_s = deadline.left("while looking at the certificate")
            shown = offered_pin(device, address, port, left_s, dial)
        raise HostKeyRejected(
            f"{device}: unknown certificate{shown and ' '}{shown}: none is pinned, and no authority "
            f"that this system trusts vouches for it ({error.verify_message}), so no credential was sent; "
            "check the fingerprint on the device, then pin it",
            offered=shown,
        ) from error


def _shake_hands(
    context: ssl.SSLContext, device: str, address: str, port: int, deadline: Deadline, dial: Dial
) -> TlsStream:
    """A stream after the handshake. SSLCertVerificationError passes as it is; the caller explains it."""
    step = "during the TLS handshake"
    sock = dial(device, address, port, deadline)
    stream = TlsStream(sock, context, address.rstrip("."), deadline)
    try:
        stream.handshake()
    except ssl.SSLCertVerificationError:
        sock.close()
        raise
    except BaseException as error:
        sock.close()
        match error:
            case TimeoutError():
                raise TimedOut(f"{device}: {address} port {port} did not answer {step}") from error
            case ssl.SSLError() if not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                greeting.check_service(f"{device}: {address} port {port}", stream.first, "https")
                why = (error.reason or "unknown").replace("_", " ").lower()
                raise Incompatible(f"{device}: {address} port {port}: no common TLS: {why}") from error
            case OSError():
                raise Disconnected(f"{device}: the device closed the connection {step}") from error
        raise
    return stream


def described(pin: str) -> str:
    """A pin as `openssl x509 -fingerprint -sha256` and browsers print it, for a person to compare."""
    digest = base64.b64decode(pin.split(" ")[1])
    return f"certificate SHA-256 {digest.hex(':').upper()}"
