"""Telnet: a TCP connection, or a channel through a jump host, as a Wire.

telnetlib3 is not used: its blocking interface keeps a thread with an event loop for each connection, and it
dials by itself. A collection has its own thread, its deadline, and its way through jump hosts. The rest of
Telnet is the hundred lines of collectors.transport.telnet_protocol.

Nothing is encrypted and no key can be pinned: whoever is on the way reads the password. Telnet is therefore
used only if the device's options say so.
"""

from __future__ import annotations

import contextlib
import socket
import time

from collectors.errors import BadRequest, Disconnected, TimedOut
from collectors.transport import greeting
from collectors.transport.dial import Dial, Socket, dial
from collectors.transport.telnet_protocol import Telnet
from collectors.transport.wire import COLUMNS, ROWS, Channel, Deadline, Received, Wire, send_all

PORT = 23


def open_telnet(
    device: str, address: str, port: int, deadline: Deadline, dial: Dial = dial
) -> TelnetConnection:
    """Connect; the device will ask for the login itself. Raises Unreachable or TimedOut without an answer."""
    return TelnetConnection(dial(device, address, port, deadline), device, deadline, f"{address} port {port}")


class TelnetConnection:
    """A connection, and the one Wire on it."""

    def __init__(self, sock: Socket, device: str, deadline: Deadline, where: str) -> None:
        self._sock = sock
        self._device = device
        self._deadline = deadline
        self._where = where
        self._telnet = Telnet(COLUMNS, ROWS)
        self._open = True
        self._first = b""
        self._received = Received(device)

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as is known."""
        return self._open

    @property
    def asks_login(self) -> bool:
        """Yes: Telnet has no login of its own."""
        return True

    def shell(self) -> Wire:
        """The command line, which asks for the login first."""
        return self

    def run(self, command: str) -> Channel:
        """BadRequest: Telnet has no channels."""
        raise BadRequest(f"{self._device}: '{command}' needs a channel of its own: collect it over SSH")

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:  # noqa: ARG002 - Connection's
        """BadRequest: Telnet carries no files."""
        raise BadRequest(f"{self._device}: the file '{path}' can be fetched over SSH only")

    def send(self, data: bytes) -> None:
        """See Wire."""
        self._send(self._telnet.encode(data))

    def receive(self, timeout_s: float) -> bytes | None:
        """See Wire. Incompatible where an SSH or a web server answers."""
        ends = time.monotonic() + timeout_s
        left_s = max(timeout_s, 0.001)
        # A device may send options for ever, and no text.
        while left_s > 0:
            try:
                self._sock.settimeout(left_s)
                data = self._sock.recv(1 << 16)
            except TimeoutError:
                return None
            except OSError as error:
                self._open = False
                raise Disconnected(
                    f"{self._device}: the connection broke while receiving: {error}"
                ) from error
            left_s = ends - time.monotonic()
            if not data:
                self._open = False
                return b""
            self._received.add(len(data))
            if len(self._first) < greeting.ENOUGH:
                self._first = greeting.append(self._first, data)
                greeting.check_service(f"{self._device}: {self._where}", self._first, "telnet")
            printed = self._telnet.decode(data)
            if replies := self._telnet.replies():
                self._send(replies)
            if printed:
                return printed
        return None

    def exit_status(self, timeout_s: float) -> int | None:  # noqa: ARG002 - Wire's
        """None: Telnet does not say how a command ended."""
        return None

    def close(self) -> None:
        """See Wire."""
        self._open = False
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _send(self, data: bytes) -> None:
        try:
            send_all(self._sock, data, self._deadline, "while sending")
        except TimeoutError as error:
            raise TimedOut(f"{self._device}: no answer sending") from error
        except OSError as error:
            self._open = False
            raise Disconnected(f"{self._device}: the connection broke while sending: {error}") from error
