"""A table for a terminal, as data: its columns, and how each makes a cell of a thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its heading, the text of a thing's cell, and the colour of that text ("" for none).

    A column that `wraps` may break its cells into several lines where the terminal is narrow. Of the others,
    those with a `rank` may be left out there; the one with the smallest rank goes first.
    """

    heading: str
    text: Callable[[T], str]
    colour: Callable[[T], str] = lambda _: ""
    wraps: bool = False
    rank: int | None = None


def without_least_needed(columns: tuple[Column[Any], ...]) -> tuple[Column[Any], ...]:
    """The columns without the one that is needed least; all of them if each is needed."""
    ranked = [column for column in columns if column.rank is not None]
    if not ranked:
        return columns
    least = min(ranked, key=lambda column: column.rank or 0)
    return tuple(column for column in columns if column is not least)
