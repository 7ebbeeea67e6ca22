"""How messages and tables are worded."""

from __future__ import annotations

from datetime import UTC, datetime


def counted(number: int, noun: str) -> str:
    """`1 device`, `2 devices`, `0 devices`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text: str, replacement: str = " ") -> str:
    """One line: `text` with `replacement` for each line end and control character."""
    return "".join(char if char.isprintable() else replacement for char in text)


def utc(moment: datetime | None) -> str:
    """A time to the second, `2025-01-31 02:17:00Z`; a dash if there is none."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
