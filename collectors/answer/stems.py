"""The lines of a text that may hold a secret, found by plain texts. See docs/decisions/needles.md."""

from __future__ import annotations

import re

_BY_LETTER = {
    "k": ("key", "token", "psk", "pmk", "cak", "cookie"),
    "m": ("communit", "snmp"),
    "h": ("auth", "hash"),
    "w": ("pwd",),
    "7": (" 7 ",),
    "q": ("-aq==",),
}
_ALONE = ("pass", "secret", "pin ", "credential", "crypted ", "@", "$", "%")
STEMS = (*_ALONE, *(stem for stems in _BY_LETTER.values() for stem in stems))
"""Texts, in small letters, one of which, or `ENC `, stands in every line that the net changes."""


def _around(letter: str, stems: tuple[str, ...]) -> re.Pattern[str]:
    """An expression that finds any of `stems` by a letter that all of them hold.

    It begins with that letter alone, which is found at the speed of memchr where the letter is rare.
    """
    ends = (rf"{re.escape(stem[stem.index(letter) + 1 :])}(?<={re.escape(stem)})" for stem in stems)
    return re.compile(f"{letter}(?:{'|'.join(ends)})")


_ENC = re.compile(r"E(?=NC )")  # in capitals, as FortiOS writes it
_EXPRESSIONS = tuple(_around(letter, stems) for letter, stems in _BY_LETTER.items())


def lines_of_interest(padded: str) -> list[tuple[int, int]]:
    """Where the lines that hold a stem begin, at their line end, and end."""
    folded = padded.lower()
    if len(folded) != len(padded):
        folded = "".join(low if len(low := each.lower()) == 1 else each for each in padded)
    spans: dict[int, int] = {}
    for stem in _ALONE:
        start = len(folded)
        while (hit := folded.rfind(stem, 0, start)) >= 0:
            start = folded.rfind("\n", 0, hit + 1)
            if start not in spans:
                stop = folded.find("\n", hit + 1)
                spans[start] = len(folded) if stop < 0 else stop
    texts = ((expression, folded) for expression in _EXPRESSIONS)
    for expression, text in (*texts, (_ENC, padded)):
        done = -1
        for match in expression.finditer(text):
            if (hit := match.start()) > done:
                start = folded.rfind("\n", 0, hit)
                stop = folded.find("\n", hit)
                spans[start] = done = len(folded) if stop < 0 else stop
    return sorted(spans.items())
