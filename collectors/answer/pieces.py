"""A device's answer, a piece after the other: so that what is kept of a piece never grows with the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_LINE = 1 << 16
"""Characters of a line that rules look at. The longest line of a recorded configuration has 4,383."""
_PIECE = 1 << 20  # characters
_MARK = re.compile(r"\0(\d{1,4})\0")


def pieces(text: str) -> Iterator[str]:
    """`text`, cut behind line ends into pieces of a million characters, or of one line that is longer."""
    start = 0
    while len(text) - start > _PIECE:
        cut = text.rfind("\n", start, start + _PIECE) + 1 or text.find("\n", start + _PIECE) + 1 or len(text)
        yield text[start:cut]
        start = cut
    yield text[start:]


def long_lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends that is longer than LONGEST_LINE."""
    start = 0
    while len(text) - start > LONGEST_LINE:
        cut = text.rfind("\n", start, start + LONGEST_LINE + 1)
        if cut >= 0:
            start = cut + 1
            continue
        stop = text.find("\n", start + LONGEST_LINE)
        stop = len(text) if stop < 0 else stop
        yield start, stop
        start = stop + 1


def set_long_lines_aside(text: str) -> tuple[str, list[str]]:
    """`text` with a mark in place of each line that is too long, and these lines. See `with_long_lines`."""
    lines: list[str] = []
    kept: list[str] = []
    done = 0
    for start, stop in long_lines(text):
        kept += text[done:start], f"\0{len(lines)}\0"  # no answer holds a NUL: see session.screen
        lines.append(text[start:stop])
        done = stop
    return "".join(kept) + text[done:] if lines else text, lines


def with_long_lines(text: str, lines: list[str]) -> str:
    """`text` with `lines` in place of their marks."""
    return _MARK.sub(lambda mark: lines[int(mark[1])], text) if lines else text
