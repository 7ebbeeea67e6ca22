"""Texts of several lines inside of a configuration, whose lines are no commands: banners, macros, scripts.

An owner may write anything there: a line that reads like the end of the configuration, like a prompt, or
like a refusal. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.define.growth import Expression
from collectors.define.rules import compiled, finder


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that begins behind a match of `begins` and ends with the next match of `ends`.

    Without `ends`, it ends where the first group of `begins`, the delimiter, comes again. Each beginning
    holds one of the `needles`, which are looked for first, because that costs much less.
    """

    begins: str
    ends: str = ""
    needles: tuple[str, ...] = ("",)

    def next_in(self, padded: str, start: int = 0) -> re.Match[str] | None:
        """The next beginning in a text behind a line end."""
        if all(padded.find(needle, start) < 0 for needle in self.needles):
            return None
        return finder(self.begins).search(padded, start)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All expressions of the passage."""
        return Expression(self.begins), *([Expression(self.ends, re.MULTILINE)] if self.ends else [])

    def check(self) -> None:
        """Raise re.error for an expression that is none, and ValueError for one without a delimiter."""
        compiled(self.ends, re.MULTILINE)
        if not self.ends and not compiled(self.begins).groups:
            raise ValueError(f"the passage {self.begins!r} names neither a delimiter nor an end")


_HEADS = ("banner", "header")
BANNERS = (
    Passage(
        r"^(?>[^\n]*?\b(?:banner|header|message|prompt|title)\b)[^\n]*?(\^C|\x03)", needles=("^C", "\x03")
    ),
    # Any other delimiter stands alone behind the kind of the banner.
    Passage(
        r"^ *(?:set )?(?:banner|header)(?: [\w-]+)?(?: information)? ([^\w\s\"'])[ \t]*$", needles=_HEADS
    ),
    Passage(r"^ *header \w+ information (\")", needles=_HEADS),
)
"""Banners as IOS and its relatives, Comware and VRP write them."""


def ends_inside(text: str, passages: Sequence[Passage]) -> bool:
    """Whether `text` stops inside of a passage."""
    return any(stop is None for _, stop in _spans("\n" + text, passages))


def without_passages(text: str, passages: Sequence[Passage]) -> str:
    """`text` without the lines inside of its passages; the lines with which they begin stay."""
    padded = "\n" + text
    kept, done = [], 0
    for start, stop in _spans(padded, passages):
        kept.append(padded[done:start])
        done = len(padded) if stop is None else stop
    return ("".join(kept) + padded[done:])[1:]


def _spans(padded: str, passages: Sequence[Passage]) -> Iterator[tuple[int, int | None]]:
    """Where the passages begin and end in a text behind a line end; None for one that does not end."""
    stop = 0
    ahead = {passage: passage.next_in(padded) for passage in passages}
    while True:
        for passage, match in ahead.items():
            if match is not None and match.start() < stop:  # each part of the text is searched once
                ahead[passage] = passage.next_in(padded, stop)
        found = [(match.start(), match.end(), each) for each, match in ahead.items() if match is not None]
        if not found:
            return
        _, start, passage = min(found, key=lambda one: one[:2])
        opened = ahead[passage]
        closing = passage.ends or (re.escape(opened[1]) if opened is not None else "")
        end = compiled(closing, re.MULTILINE).search(padded, start)
        yield start, end.end() if end else None
        if end is None:
            return
        stop = max(end.end() - 1, start)
