"""A collection's own log: what was done and how long it took; of what a device said, how it refused."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Literal

from collectors.contract import LogEntry, Severity, iso

Step = Literal["connect", "host_key", "login", "session", "collect"]
"""How far a collection is: a connection, the key behind it, the login, the command line, the answers."""

_TOOK = re.compile(r" \(\d+ ms\)$")


def untimed(message: str) -> str:
    """An entry's message without the time that it took."""
    return _TOOK.sub("", message)


class Journal:
    """Notes what is done, in order.

    `step` is the one under way: a failure is noted under its name. `facts` are what was learnt before the
    device was asked for anything, and outlive a failure.
    """

    def __init__(self) -> None:
        self._noted: list[tuple[datetime, Severity, str, str, float]] = []
        self.facts: dict[str, str] = {}
        self.step: Step = "connect"
        self._last = time.monotonic()

    def add(self, source: str, message: str, severity: Severity = "info") -> None:
        """Note that something is done, or how it failed."""
        now = time.monotonic()
        self._noted.append((datetime.now(UTC), severity, source, message, now - self._last))
        self._last = now

    def done(self, message: str, then: Step) -> None:
        """Note that the step under way is done, and which one comes now."""
        self.add(self.step, message)
        self.step = then

    def entries(self) -> tuple[LogEntry, ...]:
        """All that was noted; each tells the milliseconds since the one before.

        Written out only now, in one go: that takes half the time.
        """
        return tuple(
            LogEntry(iso(at), severity, source, f"{message} ({took_s * 1000:.0f} ms)")
            for at, severity, source, message, took_s in self._noted
        )
