"""A collection's own log: what was done and how long it took, never what the device said."""

from __future__ import annotations

import time

from collectors.contract import LogEntry, Severity


class Journal:
    """Collects entries in order; each tells the milliseconds since the one before."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self._last = time.monotonic()

    def add(self, source: str, message: str, severity: Severity = "info") -> None:
        """Note that a step is done, or how it failed."""
        now = time.monotonic()
        self.entries.append(LogEntry.now(severity, source, f"{message} ({(now - self._last) * 1000:.0f} ms)"))
        self._last = now
