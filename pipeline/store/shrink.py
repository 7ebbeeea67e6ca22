"""The shrink rule: a configuration that has lost much of itself is not believed. Pure.

Some devices cut an answer short, and it still looks whole: the platform has no end marker that could be
missing, and the prompt returns. Such a result would look like a deletion in every diff, so it is quarantined
until a person accepts it.
"""

from __future__ import annotations

_TOO_SMALL_TO_JUDGE = 10  # lines


def shrunk(before: str, after: str, max_shrink: float) -> bool:
    """Whether `after` has lost more than `max_shrink` (a share, 0 to 1) of the lines of `before`."""
    lines = line_count(before)
    if lines < _TOO_SMALL_TO_JUDGE:
        return False
    return line_count(after) < lines * (1 - max_shrink)


def line_count(text: str) -> int:
    """How many lines a configuration has. Its last line ends with a line end, as the others do."""
    return text.count("\n")
