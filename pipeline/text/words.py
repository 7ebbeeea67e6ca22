"""How messages are worded."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 device`, `2 devices`, `0 devices`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text: str, replacement: str = " ") -> str:
    """One line: `text` with `replacement` for each line end and control character."""
    return "".join(char if char.isprintable() else replacement for char in text)
