"""What a platform says of single lines: volatile ones, secrets in them, facts to be read from them.

Expressions are searched in one line at a time, without its line end; a `^` at their start holds for all of
their alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

_SHORTEST_NEEDLE = 3


@dataclass(frozen=True, slots=True)
class Drop:
    """A volatile line: a clock or a counter, not a change. The whole line goes."""

    pattern: re.Pattern[str]
    needle: str
    finder: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Hide:
    """A secret: each capture group is masked, and nothing else of the line changes.

    With `begins`, only in the lines from one that matches it to the next that matches `ends`. A `salted`
    secret looks new in every answer, so whatever the policy it is only hidden: a fingerprint would say
    each time that it had changed.
    """

    pattern: re.Pattern[str]
    needle: str
    finder: re.Pattern[str]
    salted: bool = False
    begins: re.Pattern[str] | None = None
    ends: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the configuration says about the device: what `told` makes of the first match's group 1."""

    name: str
    pattern: re.Pattern[str]
    needle: str
    told: Callable[[str], str] = str


@lru_cache(maxsize=4096)
def finder(pattern: str) -> re.Pattern[str]:
    """What finds, in a text that begins with "\\n", the lines worth a closer look.

    The line end of "^" is a literal at the expression's start, which is found at the speed of memchr.
    """
    return re.compile(f"\n(?:{pattern[1:]})" if pattern.startswith("^") else pattern, re.MULTILINE)


@lru_cache(maxsize=4096)
def needle(pattern: str) -> str:
    """A text that stands in every line in which `pattern` is found, or "" if none can be named.

    A text is looked for at ten times the speed of an expression. The longest run of literals outside of
    groups, classes and escapes; whatever is not plainly literal ends a run.
    """
    if re.compile(pattern).flags & re.IGNORECASE:
        return ""
    bare = re.sub(r"\[[^\]]*\]", "\0", re.sub(r"\\.", "\0", pattern))
    while (outer := re.sub(r"\([^()]*\)", "\0", bare)) != bare:
        bare = outer
    if "|" in bare:
        return ""
    certain = re.sub(r".(?:[?*]|\{[^}]*\})", "\0", bare, flags=re.DOTALL)
    longest = max(re.split(r"[^\w !\"#%&',/:;<=>@`~-]", certain), key=len)
    return longest if len(longest) >= _SHORTEST_NEEDLE else ""


def drop(pattern: str) -> Drop:
    """Leave out every line in which `pattern` is found."""
    return Drop(re.compile(pattern), needle(pattern), finder(pattern))


def hide(
    pattern: str,
    *,
    word: str | None = None,
    salted: bool = False,
    begins: str | None = None,
    ends: str = r"^\S",
) -> Hide:
    """Mask what the groups of `pattern` capture; ValueError if it captures nothing.

    A pattern without a literal of its own names a `word` that must stand in the line, or every character of
    every configuration is tried. With `begins`, the rule holds only inside of a block: after a line that
    matches `begins`, before one that matches `ends`. `salted`: the device encrypts it anew for every answer.
    """
    compiled = re.compile(pattern)
    if not compiled.groups:
        raise ValueError(f"hide({pattern!r}) has no capture group to replace")
    rule = Hide(compiled, needle(pattern) if word is None else word, finder(pattern), salted)
    if begins is None:
        return rule
    return replace(rule, begins=re.compile(begins, re.MULTILINE), ends=re.compile(ends, re.MULTILINE))


def fact(name: str, pattern: str, told: Callable[[str], str] = str) -> Fact:
    """Report group 1 of `pattern`'s first match, at any line's start, as the fact `name`.

    `told` turns what the device wrote into the fact; it must take whatever the group can match.
    """
    return Fact(name, finder(pattern), needle(pattern), told)
