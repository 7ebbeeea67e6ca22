"""What the net below the rules says of a word: a secret, or why it is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Find:
    """A word of a line that the net looked at.

    name     where the word begins that made the net look, such as `password`; `start` if none did
    because  by what it is known as a secret, or why it is none
    secret   whether it is masked
    until    what ends a value that goes on in the next lines: a quote, an end tag or a smaller indentation
    """

    start: int
    end: int
    name: int
    because: str
    secret: bool
    until: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a configuration. `block` tells the lines that head the blocks around it, in small letters."""

    text: str
    low: str
    block: Callable[[], str]
