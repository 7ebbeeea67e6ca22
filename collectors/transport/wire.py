"""What a session needs of a transport, and the deadline that limits every wait."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from collectors.errors import TimedOut, TooLarge

COLUMNS, ROWS = 511, 512
"""The terminal's size: so wide that no echo wraps, and so high that few pagers start.

IOS XR logs an error for a terminal of more than 512 lines.
"""
MAX_BYTES = 32 * 1024 * 1024
"""The most that is taken from a device in one session."""


MAX_RAW_BYTES = 4 * MAX_BYTES
"""The most that is received on one connection, with what no session sees: keep-alives, padding, options."""


class Wire(Protocol):
    """One conversation with a device. Not for two threads at once."""

    def send(self, data: bytes) -> None:
        """Send all of `data`; Disconnected or TimedOut if the device does not take it."""
        ...

    def receive(self, timeout_s: float) -> bytes | None:
        """The next bytes: at once if some have come, b"" after the end, None if nothing came in time."""
        ...

    def exit_status(self, timeout_s: float) -> int | None:
        """How the command ended, once the end was received; None if the device never said."""
        ...

    def close(self) -> None:
        """Let go of the conversation. May be called twice."""
        ...


class Channel(Wire, Protocol):
    """A conversation that is one command and its answer."""

    def complaint(self) -> str:
        """The first line that came on stderr, for a message; empty if there was none."""
        ...


class Connection(Protocol):
    """A logged-in device. Not for two threads at once."""

    @property
    def alive(self) -> bool:
        """Whether the connection still stands."""
        ...

    @property
    def asks_login(self) -> bool:
        """Whether no secret was shown yet, so that the command line will ask who logs in."""
        ...

    def shell(self) -> Wire:
        """A terminal with the device's command line on it."""
        ...

    def run(self, command: str) -> Channel:
        """A channel on which the device runs `command` and nothing else."""
        ...

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:
        """The file at `path`. Rejected if refused, TooLarge beyond `cap` bytes, TimedOut in a silence."""
        ...

    def close(self) -> None:
        """Close it; its threads have ended when this returns. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which a whole collection must be over."""

    device: str
    limit_s: float
    expires: float

    @classmethod
    def after(cls, device: str, limit_s: float) -> Deadline:
        """A deadline `limit_s` seconds from now, for messages about `device`."""
        return cls(device, limit_s, time.monotonic() + limit_s)

    def left(self, step: str) -> float:
        """Seconds left for `step`; TimedOut if there are none."""
        left = self.expires - time.monotonic()
        if left <= 0:
            raise TimedOut(f"{self.device}: the collection's {self.limit_s:g} s were over {step}")
        return left


class Received:
    """How many bytes have come on one connection. Every loop that receives adds to it, whatever they say."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.count = 0

    def add(self, count: int) -> None:
        """Count them; TooLarge beyond MAX_RAW_BYTES."""
        self.count += count
        if self.count > MAX_RAW_BYTES:
            raise TooLarge(f"{self._device}: more than {MAX_RAW_BYTES >> 20} MB arrived on the connection")


class Sends(Protocol):
    """A socket, or a channel through a jump host."""

    def settimeout(self, timeout: float | None, /) -> None:
        """Limit the next call."""
        ...

    def send(self, data: bytes, /) -> int:
        """Send some of `data`; how many bytes were sent."""
        ...


def send_all(sock: Sends, data: bytes, deadline: Deadline, step: str) -> None:
    """Send all of `data` by the deadline, however little the device takes at a time.

    `sendall` of a channel waits for its limit at every piece. Raises what the socket raises.
    """
    view = memoryview(data)
    while view:
        sock.settimeout(deadline.left(step))
        sent = sock.send(bytes(view))
        if not sent:
            raise ConnectionResetError("closed by the device")
        view = view[sent:]
