"""Which words of a text are hidden, by what, and which came close: for a person who reviews the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.answer.filters import hide_secrets
from collectors.answer.net import inspect
from collectors.answer.text import without_secrets
from collectors.define.platform import Platform


@dataclass(frozen=True, slots=True)
class Remark:
    """What was done to a line, or nearly.

    number  the line's, counted from 1
    line    as it is stored, without its secrets
    hidden  whether something is hidden there by `reason`; if not, `word` came close and stays because of it
    """

    number: int
    line: str
    hidden: bool
    reason: str
    word: str = ""


def explain(platform: Platform, text: str) -> Iterator[Remark]:
    """What the rules of `platform` and the net make of `text`, line by line. What is hidden is not in it."""
    stored = without_secrets(platform, text).split("\n")
    remarks: list[Remark] = []
    before = text
    for rule in platform.hides:
        after = hide_secrets(before, (rule,))
        for number in _changed(before, after):
            remarks.append(Remark(number, stored[number - 1], True, f"rule {rule.text}"))
        before = after
    for number, line, find in inspect(before, platform.public):
        word = "" if find.secret else line[find.start : find.end]
        if find.secret or word in stored[number - 1]:
            because = f"the net: {find.because}" if find.secret else find.because
            remarks.append(Remark(number, stored[number - 1], find.secret, because, word))
    yield from sorted(dict.fromkeys(remarks), key=lambda remark: (remark.number, not remark.hidden))


def _changed(before: str, after: str) -> Iterator[int]:
    lines = zip(before.split("\n"), after.split("\n"), strict=True)
    return (number for number, (old, new) in enumerate(lines, 1) if old != new)
