"""A collection's own log: what was done and how long it took. Of a device's words it holds only refusals."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Literal

from collectors.contract import LogEntry, Severity, iso

Step = Literal["connect", "host_key", "login", "session", "collect"]
"""How far a collection is: connection, host key, login, command line, answers."""

_TOOK = re.compile(r" \(\d+ ms\)$")


def untimed(message: str) -> str:
    """An entry's message without the time that it took."""
    return _TOOK.sub("", message)


class Journal:
    """Notes what is done, in order.

    `step` is the step under way; a failure is noted under its name. `facts` are learnt before the device is
    asked for anything, and a failure does not lose them.
    """

    def __init__(self) -> None:
        self._notes: list[tuple[datetime, Severity, str, str, float]] = []
        self.facts: dict[str, str] = {}
        self.step: Step = "connect"
        self._last = time.monotonic()

    def add(self, source: str, message: str, severity: Severity = "info") -> None:
        """Note that something was done, or how it failed."""
        now = time.monotonic()
        self._notes.append((datetime.now(UTC), severity, source, message, now - self._last))
        self._last = now

    def done(self, message: str, then: Step) -> None:
        """Note that the step under way is done, and go on to the next one."""
        self.add(self.step, message)
        self.step = then

    def entries(self) -> tuple[LogEntry, ...]:
        """All notes as log entries. Each tells the milliseconds since the one before.

        The texts are made here, all at once, because that takes half the time.
        """
        return tuple(
            LogEntry(iso(at), severity, source, f"{message} ({took_s * 1000:.0f} ms)")
            for at, severity, source, message, took_s in self._notes
        )
