"""How the time that an expression needs grows with the text that it searches: linearly, or faster.

Python's `re` tries all ways to match before it gives up, and nothing can interrupt it meanwhile. A hostile
device can print a text that allows very many ways. `collectors.define.ways` looks for such a text.

It errs on the safe side: some expressions that are linear are not recognised. `(?>…)`, `*+` and `++` are
understood; they are the usual way to mend an expression.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from re import _parser  # type: ignore[attr-defined]
from typing import Literal, NamedTuple

from collectors.define.ways import START, Exit, Ways

Use = Literal["search", "match", "fullmatch"]

_MOST_TEXTS = 12
_LONG_TEXT, _SLOW_S = 1 << 18, 0.2
"""Characters, and seconds of CPU: a linear expression takes milliseconds, a quadratic one several seconds."""


class Growth(NamedTuple):
    """A text on which an expression is slow: `prefix`, and then `word` again and again."""

    prefix: str
    word: str

    def text(self, times: int, end: str = "\x00") -> str:
        """The text with `times` repetitions, and with an `end` that should not match."""
        return self.prefix + self.word * times + end


class Expression(NamedTuple):
    """An expression, its flags, and the method by which it is used."""

    text: str
    flags: int = 0
    use: Use = "search"

    @classmethod
    def of(cls, pattern: re.Pattern[str] | re.Pattern[bytes]) -> Expression:
        """A compiled one, which is taken for one that searches."""
        text = pattern.pattern
        plain = text.decode("latin-1") if isinstance(text, bytes) else text
        return cls(plain, pattern.flags & ~re.UNICODE)


def growths(pattern: str, flags: int = 0, use: Use = "search") -> tuple[Growth, ...]:
    """Texts that may show that `pattern` needs more than linear time; none for a linear expression.

    `use` is the method by which the expression is used. Raises re.error for what is no expression, and
    ValueError for one that is too large to be judged.
    """
    return _growths(pattern, int(flags) & ~re.UNICODE, use)


def check_linear(pattern: str, flags: int = 0, use: Use = "search") -> None:
    """Raise ValueError for an expression that needs more than linear time, with a text that shows it.

    Raises re.error for what is no expression. What `growths` finds is tried out, because it errs on the safe
    side.
    """
    find = getattr(re.compile(pattern, flags), use)
    slow = next((found for found in growths(pattern, flags, use) if _is_slow(find, found)), None)
    if slow is not None:
        shown = slow.text(3, "")
        raise ValueError(
            f"{pattern!r} takes too long on a line such as {shown!r}, repeated: "
            "leave it only one way to match, as with (?>...) or *+"
        )


def _is_slow(find: Callable[[str], object], found: Growth) -> bool:
    times = 4
    while len(text := found.text(times)) <= _LONG_TEXT:
        for tried in (text, text[:-1]):
            began = time.thread_time()
            find(tried)
            if time.thread_time() - began > _SLOW_S:
                return True
        # By little at first, because exponential time cannot be interrupted.
        times = times + 2 if times < 40 else times * 3 // 2
    return False


@lru_cache(maxsize=4096)
def _growths(pattern: str, flags: int, use: Use) -> tuple[Growth, ...]:
    tree = _parser.parse(pattern, flags)
    ways = Ways()
    exits = [Exit(START)]
    if use == "search":
        exits.append(ways.search())
    exits = ways.sequence(tree, exits, tree.state.flags | flags, frozenset())
    if use != "fullmatch":
        ways.end(exits)
    found = (Growth(prefix, word) for prefix, word in ways.pumped())
    return tuple(dict.fromkeys(islice(found, _MOST_TEXTS)))
