"""Collect what is wrong with an inventory, with places and hints, within bounds.

Values are shown only where they cannot be secrets, and always shortened and escaped: an inventory comes
from a pull request, and its text must not forge lines in a log.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pipeline.errors import Problem

MAX_PROBLEMS = 1000
"""Problems that are listed; the rest is counted."""

NO_FILE = "…"
"""The file of what is said of no file."""

# Comparing words is what takes time in an inventory where everything is wrong.
_MAX_HINTS = 50
_MAX_WORD = 64


class Located(Protocol):
    """What stands somewhere in a file; line and column count from 1."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column in characters."""


class Place(NamedTuple):
    """A bare place."""

    line: int
    column: int


@dataclass(slots=True)
class Problems:
    """All problems found so far."""

    found: list[Problem] = field(default_factory=list)
    unlisted: int = 0
    unread: int = 0
    """Files that were left alone because it was enough."""
    enough: bool = False
    """Whether no further file is worth its reading; also once there are as many problems as are listed."""
    _hints: int = 0

    @property
    def count(self) -> int:
        """How many there are, listed or not."""
        return len(self.found) + self.unlisted

    def add(
        self,
        file: str,
        place: Located | None,
        message: str,
        hint: str = "",
        *,
        word: str = "",
        among: Iterable[str] = (),
        rule: str = "invalid",
    ) -> None:
        """Note a problem; with `word` and `among`, the closest of these names becomes the hint."""
        if len(self.found) >= MAX_PROBLEMS:
            self.enough = True
            self.unlisted += 1
            return
        if not hint and word and self._hints < _MAX_HINTS:
            self._hints += 1
            hint = did_you_mean(word, among)
        line, column = (place.line, place.column) if place else (0, 0)
        self.found.append(Problem(file, line, column, message, hint, rule))

    def listing(self) -> tuple[Problem, ...]:
        """In file order; last lines count what is not listed."""
        counts = (
            (self.unlisted, "more problems are not listed"),
            (self.unread, "further files were not read"),
        )
        rest = [Problem(NO_FILE, 0, 0, f"{count} {what}") for count, what in counts if count]
        return (*sorted(self.found), *rest)


def did_you_mean(word: str, among: Iterable[str]) -> str:
    """`did you mean 'cisco_ios'?`, or nothing if no name comes close."""
    if len(word) > _MAX_WORD:
        return ""
    close = difflib.get_close_matches(word.casefold(), among, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def printable(text: str) -> str:
    """`text` with all that is not printable escaped: one line, in the direction in which it is read."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def shown(text: str) -> str:
    """`text` in quotes, shortened, with control characters escaped."""
    short = text if len(text) <= 40 else text[:37] + "..."
    return repr(short)
