"""Collects what is wrong with an inventory: up to a limit, each problem with its position and a hint.

A value is shown only if it cannot be a secret, and then shortened and escaped: an inventory comes from a pull
request, and its text must not forge lines in a log.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pipeline.errors import Problem

MAX_PROBLEMS = 1000
"""So many problems are listed; the others are counted."""

NO_FILE = "…"
"""Stands in the place of a file's name in a problem that is about no file."""

# In an inventory where everything is wrong, the comparison of words takes most of the time.
_MAX_COMPARED = 10_000
_MAX_WORD = 64


class Location(Protocol):
    """Anything that has a line and a column in a file; both count from 1."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column in characters."""


class Position(NamedTuple):
    """A line and a column, and nothing else."""

    line: int
    column: int


@dataclass(slots=True)
class Problems:
    """The problems so far."""

    found: list[Problem] = field(default_factory=list)
    unlisted: int = 0
    unread: int = 0
    """So many files were not read, because there were problems enough."""
    enough: bool = False
    """Whether to read no further file. It becomes true, too, when there are more problems than are listed."""
    _compared: int = 0

    @property
    def count(self) -> int:
        """How many problems there are, listed or not."""
        return len(self.found) + self.unlisted

    def add(
        self,
        file: str,
        position: Location | None,
        message: str,
        hint: str = "",
        *,
        word: str = "",
        among: Collection[str] = (),
        rule: str = "invalid",
    ) -> None:
        """Add a problem. If it has no hint, the hint is the name in `among` that is closest to `word`."""
        if len(self.found) >= MAX_PROBLEMS:
            self.enough = True
            self.unlisted += 1
            return
        if not hint and word and self._compared + len(among) <= _MAX_COMPARED:
            self._compared += len(among)
            hint = did_you_mean(word, among)
        line, column = (position.line, position.column) if position else (0, 0)
        self.found.append(Problem(file, line, column, message, hint, rule))

    def listing(self) -> tuple[Problem, ...]:
        """The problems in file order. The last lines count those that are not listed."""
        counts = (
            (self.unlisted, "more problems are not listed"),
            (self.unread, "further files were not read"),
        )
        rest = [Problem(NO_FILE, 0, 0, f"{count} {what}") for count, what in counts if count]
        return (*sorted(self.found), *rest)


def did_you_mean(word: str, among: Iterable[str]) -> str:
    """`did you mean 'cisco_ios'?`, or "" if no name comes close to the word."""
    if len(word) > _MAX_WORD:
        return ""
    close = difflib.get_close_matches(word.casefold(), among, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def printable(text: str) -> str:
    """`text` in one line and from left to right: every sign that is not printable is escaped."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def shown(text: str) -> str:
    """`text` in quotes, shortened, with control characters escaped."""
    short = text if len(text) <= 40 else text[:37] + "..."
    return repr(short)
