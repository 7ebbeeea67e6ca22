"""The net below a platform's rules: what looks like a secret on any platform, by its shape. Pure functions.

A rule knows one form of one vendor. The net knows the names that stand before secrets everywhere (family.py)
and how encrypted and hashed secrets look (shapes.py). It sees what the rules have left, and what a rule has
masked stays masked. What it must leave is data: see collectors.define.not_secret and `Platform.public`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from collectors.answer.family import by_name, of_snmp
from collectors.answer.finds import Find, Line
from collectors.answer.masks import Mask, masked_at
from collectors.answer.shapes import by_looks
from collectors.answer.stems import lines_of_interest
from collectors.answer.values import BLOCK, MASKED
from collectors.define.not_secret import COMMANDS, PUBLIC
from collectors.define.rules import Public

_LONGEST = 8_000  # characters of a secret of several lines
_HEAD_WITHIN = 4_000  # characters before a line in which the heads of its blocks are looked for
_TEXT_CLOSES = re.compile(r"[ \t;,)]*(?:\n|\Z)")
_INDENT = re.compile(r"[ \t]*")
_OPEN_MASK = re.compile(r"([\"'])<hidden(?::[a-z2-7]{10})?>$")
_PROSE_LINE = re.compile(
    r"[ \t]*(?:(?:set |snmp-server )?(?:description|remark|comments?|alias|location|contact|descr|no)\b|"
    r"[!;#%*] |##|/\*|//|%)"
)


def masked(padded: str, spans: Sequence[tuple[int, int]], public: Sequence[Public], mask: Mask) -> str:
    """`padded`, which begins with a line end, with each secret that the net finds replaced by its mask.

    `spans` are the lines that it looks at, as `stems.lines_of_interest` finds them.
    """
    kept: list[str] = []
    done = 0
    for start, stop in spans:
        if start < done:
            continue  # a line of a secret that began before
        line = padded[start + 1 : stop]
        found = [find for find in look(line, public, partial(_heads, padded, start)) if find.secret]
        if found:
            places = ((find.start, find.end) for find in found if find.start < find.end)
            kept += padded[done : start + 1], masked_at(line, places, mask)
            done = stop
            if until := next((find.until for find in found if find.until), ""):
                done = _end_of_value(padded, start, stop, until)
                kept.append(_masked_lines(padded[stop:done], mask))
    return "".join(kept) + padded[done:] if kept else padded


def inspect(text: str, public: Sequence[Public]) -> Iterator[tuple[int, str, Find]]:
    """Every word of `text` that the net looks at: the number of its line from 1, the line and the word."""
    padded = "\n" + text
    for start, stop in lines_of_interest(padded):
        line = padded[start + 1 : stop]
        number = padded.count("\n", 0, start + 1)
        for find in look(line, public, partial(_heads, padded, start)):
            yield number, line, find


def look(text: str, public: Sequence[Public] = (), block: Callable[[], str] = str) -> list[Find]:
    """Every word of the line `text` that is a secret or comes close to one, in no order.

    `block` tells the lines that head the blocks in which the line stands, in small letters.
    """
    prose = _PROSE_LINE.match(text) is not None
    finds = [*by_looks(text, prose=prose)]
    if not prose and not text.lstrip().startswith(COMMANDS):
        line = Line(text, text.lower(), block)
        finds += by_name(line)
        if "snmp" in line.low:
            finds += of_snmp(line)
    if MASKED in text and (opened := _OPEN_MASK.search(text)) and text.count(opened[1]) % 2:
        end = len(text)
        finds.append(Find(end, end, end, "the rest of a masked text", True, opened[1]))
    return _without_public(text, finds, public) if any(find.secret for find in finds) else finds


def _without_public(text: str, finds: list[Find], public: Sequence[Public]) -> list[Find]:
    reasons = [""] * (len(text) + 1)  # for each character
    for rule in (*PUBLIC, *public):
        if rule.needle in text:
            for match in rule.pattern.finditer(text):
                reasons[match.start() : match.end()] = [rule.reason] * (match.end() - match.start())
    return [
        replace(find, because=reason, secret=False)
        if find.secret and (reason := reasons[find.name] or reasons[find.start])
        else find
        for find in finds
    ]


def _end_of_value(padded: str, start: int, stop: int, until: str) -> int:
    """Where the value ends that began in the line from `start` to `stop`; `stop` if that cannot be told."""
    limit = min(len(padded), stop + _LONGEST)
    if until == BLOCK:
        depth = _depth(padded, start)
        while stop < limit and (_depth(padded, stop) > depth or padded.startswith("\n", stop + 1)):
            end = padded.find("\n", stop + 1)
            stop = len(padded) if end < 0 else end
        return stop
    if until == "</" and padded[stop:limit].lstrip().startswith("<"):
        return stop  # the element holds others
    end = padded.find(until, stop, limit)
    # A lone quote may be a character of the secret. It opened a text if the next one ends a line.
    closes = end >= 0 and (until == "</" or _TEXT_CLOSES.match(padded, end + 1) is not None)
    return end if closes else stop


def _masked_lines(text: str, mask: Mask) -> str:
    def masked_line(line: str) -> str:
        word = line.strip()
        return line.replace(word, mask(word)) if word and MASKED not in word else line

    return "\n".join(map(masked_line, text.split("\n")))


def _heads(padded: str, start: int) -> str:
    """The lines that head the blocks around the line behind `start`, each with less indentation."""
    depth = _depth(padded, start)
    floor = max(0, start - _HEAD_WITHIN)
    heads = ""
    while depth and start > floor:
        start = padded.rfind("\n", 0, start)
        if start < 0 or padded.startswith(("\n", "!", "#"), start + 1) or _depth(padded, start) >= depth:
            continue
        depth = _depth(padded, start)
        heads += padded[start + 1 : padded.find("\n", start + 1)].lower() + "\n"
    return heads


def _depth(padded: str, start: int) -> int:
    match = _INDENT.match(padded, start + 1)
    return match.end() - match.start() if match else 0
