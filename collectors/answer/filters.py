"""Rules at work on a text: volatile lines go, secrets are masked, facts are read. Pure functions.

A rule's `needle`, or else its `finder`, searches the whole text at the speed of a plain text search. The rule
itself sees only the lines that were found. A needle that contains another one is not searched for: `key `
also finds each line with `pre-shared-key `.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby

from collectors.answer.masks import Mask, hidden, masked_at
from collectors.answer.stems import STEMS, lines_of_interest
from collectors.answer.values import settled
from collectors.define.rules import Drop, Fact, Hide, Rule, literals


def without_volatile(text: str, rules: tuple[Drop, ...]) -> str:
    """`text` without the lines that a rule calls volatile."""
    padded = "\n" + text
    for rule in rules:
        padded = _edit(padded, rule, partial(_unless_volatile, rule.pattern))
    return padded[1:]


Spans = Sequence[tuple[int, int]]
"""Where lines begin, at their line end, and end; in the order of the text."""


def hide_secrets(text: str, rules: tuple[Hide, ...], mask: Mask = hidden) -> str:
    """`text` with each secret that a rule captures replaced by its mask. Salted secrets are always hidden."""
    padded = "\n" + text
    return hide_lines(padded, lines_of_interest(padded), rules, mask)[0][1:]


def hide_lines(
    padded: str, spans: Spans, rules: tuple[Hide, ...], mask: Mask, inside: set[int] | None = None
) -> tuple[str, Spans]:
    """The same for a text that begins with a line end and whose lines with a stem are known.

    Rules whose needle holds a stem are tried on these lines only. What comes back is the text, and where
    these lines are in it now. A text may come in pieces of whole lines: `inside` then remembers, from piece
    to piece, in which rules' blocks it is.
    """
    inside = set() if inside is None else inside
    for run in _runs(rules):
        hide = partial(_hide, run.rules, run.needles, mask, inside)
        if run.is_plain:
            padded, spans = _edit_together(padded, spans, run.others, hide)
        elif (changed := hide(padded)) != padded:
            padded, spans = changed, _moved(spans, padded, changed)
    return padded, spans


def _moved(spans: Spans, before: str, after: str) -> Spans:
    """Where the lines at `spans` in `before` are in `after`, which has as many lines."""
    moved: list[tuple[int, int]] = []
    places = iter(spans)
    place = next(places, None)
    start = shift = 0
    for old, new in zip(before[1:].split("\n"), after[1:].split("\n"), strict=True):
        if place is None:
            break
        if place[0] == start:
            moved.append((start + shift, start + shift + len(new) + 1))
            place = next(places, None)
        start += len(old) + 1
        shift += len(new) - len(old)
    return moved


@dataclass(frozen=True, slots=True)
class _Run:
    """Rules in the order of their platform. `is_plain`: each has a needle and holds everywhere.

    `others` are needles that hold no stem and no other needle. Every line with any needle holds one of these,
    or a stem.
    """

    rules: tuple[Hide, ...]
    needles: tuple[str, ...]
    is_plain: bool
    others: tuple[str, ...]


@lru_cache(maxsize=256)
def _runs(rules: tuple[Hide, ...]) -> tuple[_Run, ...]:
    runs = []
    for is_plain, group in groupby(rules, lambda rule: bool(rule.needle) and rule.begins is None):
        together = tuple(group)
        without = dict.fromkeys(rule.needle for rule in together if not _holds_stem(rule)) if is_plain else {}
        others = (each for each in without if not any(other in each for other in without if other != each))
        runs.append(_Run(together, tuple(rule.needle for rule in together), is_plain, tuple(others)))
    return tuple(runs)


def _holds_stem(rule: Hide) -> bool:
    """Whether every line in which `rule` finds something holds a stem."""
    return any(stem in text.lower() for text in (rule.needle, *literals(rule.text)) for stem in STEMS)


def _hide(
    rules: tuple[Hide, ...], needles: tuple[str, ...], mask: Mask, inside: set[int], padded: str
) -> str:
    for rule, needle in zip(rules, needles, strict=True):
        # A block may begin here whose lines with the needle come in the next piece.
        if rule.begins is None and needle not in padded:
            continue
        replace = partial(_mask_groups, rule.pattern, hidden if rule.salted else mask)
        if rule.begins is None or rule.ends is None:
            padded = _edit(padded, rule, replace)
        else:
            padded = _edit_blocks(padded, rule, replace, rule.begins, rule.ends, inside)
    return padded


def _mask_groups(pattern: re.Pattern[str], mask: Mask, line: str) -> str:
    """`line`, with what each group of `pattern` captures masked; see `values.settled` for a wrong word."""
    if not pattern.search(line):
        return line
    spans = {
        part
        for match in pattern.finditer(line)
        for span in match.regs[1:]
        if span[0] >= 0
        for part in settled(line, *span)
    }
    return masked_at(line, spans, mask) if spans else line


def read_facts(text: str, rules: tuple[Fact, ...]) -> dict[str, str]:
    """What the configuration says about its device. Of a fact's rules the first that matches wins."""
    padded = "\n" + text
    found: dict[str, str] = {}
    for rule in rules:
        if rule.name in found or padded.rfind(rule.needle) < 0:
            continue
        if match := rule.finder.search(padded):
            found[rule.name] = rule.told(match[1].strip())
    return found


def _unless_volatile(volatile: re.Pattern[str], line: str) -> str | None:
    return None if volatile.search(line) else line


def _edit_blocks(
    padded: str,
    rule: Hide,
    replace: Callable[[str], str],
    begins: re.Pattern[str],
    ends: re.Pattern[str],
    inside: set[int],
) -> str:
    kept: list[str] = []
    done = 0
    while True:
        start = done
        if id(rule) not in inside:
            first = begins.search(padded, done) if padded.find(rule.opening, done) >= 0 else None
            if first is None:
                break
            inside.add(id(rule))
            start = padded.find("\n", first.end())
            if start < 0:
                break
        last = ends.search(padded, start + 1)
        # The block's lines begin with "\n", as `padded` does.
        stop = last.start() - 1 if last else len(padded)
        kept.append(padded[done:start])
        kept.append(_edit(padded[start:stop], rule, replace))
        done = stop
        if last is None:
            break
        inside.discard(id(rule))
    return "".join(kept) + padded[done:]


def _edit_together(
    padded: str, spans: Spans, needles: tuple[str, ...], edit: Callable[[str], str]
) -> tuple[str, Spans]:
    """Let `edit` change the lines at `spans` and those with one of `needles`, as a text of these lines alone.

    `edit` keeps the number of lines. What comes back is the whole text, and where the lines of `spans` are
    then.
    """
    interesting = set(spans)
    lines = sorted({*spans, *(span for needle in needles for span in _lines_with(padded, needle))})
    before = "".join(padded[start:stop] for start, stop in lines)
    after = edit(before) if lines else before
    if after == before:
        return padded, spans
    kept: list[str] = []
    moved: list[tuple[int, int]] = []
    done = shift = 0
    for (start, stop), line in zip(lines, after[1:].split("\n"), strict=True):
        kept += padded[done : start + 1], line
        done = stop
        longer = len(line) - (stop - start - 1)
        if (start, stop) in interesting:
            moved.append((start + shift, stop + shift + longer))
        shift += longer
    return "".join(kept) + padded[done:], moved


def _edit(padded: str, rule: Rule, edit: Callable[[str], str | None]) -> str:
    """Let `edit` change every line that `rule` finds; a line for which it returns None is left out.

    `padded` begins with "\\n", so that every line follows one: finders look for that.
    """
    kept: list[str] = []
    done = 0
    for start, stop in _lines(padded, rule):
        if start < done:
            continue  # another hit in lines that are done
        lines = (edit(line) for line in padded[start + 1 : stop].split("\n"))
        kept.append(padded[done:start])
        kept.extend("\n" + line for line in lines if line is not None)
        done = stop
    return "".join(kept) + padded[done:] if kept else padded


def _lines(padded: str, rule: Rule) -> Iterator[tuple[int, int]]:
    """Where the lines that `rule` finds begin, at their "\\n", and end."""
    if rule.needle:
        yield from _lines_with(padded, rule.needle)
        return
    for match in rule.finder.finditer(padded):
        start = padded.rfind("\n", 0, match.start() + 1)
        stop = padded.find("\n", max(match.end(), start + 1))
        yield start, len(padded) if stop < 0 else stop


def _lines_with(padded: str, needle: str) -> Sequence[tuple[int, int]]:
    """Where the lines that hold `needle` begin, at their "\\n", and end."""
    found = []
    start = len(padded)
    # Backwards, which CPython does three times as fast.
    while (hit := padded.rfind(needle, 0, start)) >= 0:
        start = padded.rfind("\n", 0, hit + 1)
        stop = padded.find("\n", hit + 1)
        found.append((start, len(padded) if stop < 0 else stop))
    return found[::-1]
