"""What a platform says about single lines: which are volatile, what in them is secret, which facts they tell.

Each expression is searched for in one line at a time, without its line end. A `^` at its start holds for all
of its alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from collectors.define.growth import Expression, check_linear
from collectors.define.lines import within_line

_SHORTEST_NEEDLE = 3
_INNERMOST = re.compile(r"\(\?>(?P<certain>[^()|]*)\)(?![?*{])|\([^()]*\)")
"""A group without another one in it. What stands in an atomic group without a choice is in every line."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression that is looked for in a line: `text`, compiled at its first use.

    A process uses only few of all platforms' expressions. `word` is the needle of a rule that names one
    itself.
    """

    text: str
    word: str | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression itself."""
        return compiled(self.text)

    @property
    def finder(self) -> re.Pattern[str]:
        """See `finder`."""
        return finder(self.text)

    @property
    def needle(self) -> str:
        """See `needle`."""
        return needle(self.text) if self.word is None else self.word

    def check(self) -> None:
        """Raise re.error for an expression that is none, and ValueError for one that its rule cannot use.

        No rule can use an expression that takes more than linear time.
        """
        _ = self.finder, self.needle
        for expression in self.expressions:
            check_linear(*expression)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All expressions of the rule."""
        return (Expression(self.text),)


@dataclass(frozen=True, slots=True)
class Drop(Rule):
    """A volatile line: a clock or a counter, and not a change. The whole line is left out."""


@dataclass(frozen=True, slots=True)
class Hide(Rule):
    """A secret: each capture group is masked, and the rest of the line stays as it is.

    With a `block`, the rule holds only between a line that matches the block's first expression and the next
    one that matches its second. A `salted` secret looks new in every answer. It is hidden under every policy,
    because a fingerprint would say each time that it had changed.
    """

    salted: bool = False
    block: tuple[str, str] | None = None

    @property
    def begins(self) -> re.Pattern[str] | None:
        """What the line that begins a block matches; None for a rule that holds everywhere."""
        return None if self.block is None else within_line(self.block[0])

    @property
    def opening(self) -> str:
        """The needle of the line that begins a block."""
        return "" if self.block is None else needle(self.block[0])

    @property
    def ends(self) -> re.Pattern[str] | None:
        """What the line after a block matches."""
        return None if self.block is None else within_line(self.block[1])

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """See Rule."""
        return tuple(Expression(text) for text in (self.text, *(self.block or ())))

    def check(self) -> None:
        """See Rule. The expression must capture the secret."""
        Rule.check(self)
        _ = self.begins, self.ends
        if not self.pattern.groups:
            raise ValueError(f"hide({self.text!r}) has no capture group to replace")


@dataclass(frozen=True, slots=True)
class Public(Rule):
    """A phrase that looks as if it held a secret and holds none; `reason` says what it is instead."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fact(Rule):
    """What the configuration says about the device: group 1 of the first match, as `told` puts it.

    A match that goes `across` lines is for formats where a line says nothing by itself, such as XML.
    """

    name: str = ""
    told: Callable[[str], str] = str
    across: bool = False

    @property
    def finder(self) -> re.Pattern[str]:
        """See `finder`. One that goes across lines is compiled as it stands."""
        return compiled(self.text, re.MULTILINE) if self.across else finder(self.text)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """See Rule."""
        return (Expression(self.text, re.MULTILINE if self.across else 0),)

    def check(self) -> None:
        """See Rule. The first group must capture the fact."""
        Rule.check(self)
        if not self.pattern.groups:
            raise ValueError(f"fact({self.name!r}, {self.text!r}) has no capture group to tell")


@lru_cache(maxsize=4096)
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As re.compile, whose own cache is too small for a worker of many platforms."""
    return re.compile(pattern, flags)


@lru_cache(maxsize=4096)
def finder(pattern: str) -> re.Pattern[str]:
    """An expression that finds the lines worth a closer look, in a text that begins with "\\n".

    It begins with the line end that "^" stands for: a literal, which is found at the speed of memchr. It goes
    no further than its line.
    """
    return within_line(pattern[1:], "\n") if pattern.startswith("^") else within_line(pattern)


@lru_cache(maxsize=4096)
def needle(pattern: str) -> str:
    """A text that stands in every line in which `pattern` is found, or "" if none can be named.

    A search for a text is ten times as fast as one for an expression. The needle is the longest run of
    literals outside of groups, classes and escapes. An atomic group without a choice counts as if it were
    none. Anything that is not plainly literal ends a run.
    """
    longest = max(literals(pattern), key=len, default="")
    return longest if len(longest) >= _SHORTEST_NEEDLE else ""


@lru_cache(maxsize=4096)
def literals(pattern: str) -> tuple[str, ...]:
    """Texts that stand in every line in which `pattern` is found, as far as they can be named."""
    if compiled(pattern).flags & re.IGNORECASE:
        return ()
    bare = re.sub(r"\[[^\]]*\]", "\0", re.sub(r"\\.", "\0", pattern))
    while (group := _INNERMOST.search(bare)) is not None:
        bare = bare[: group.start()] + (group["certain"] or "\0") + bare[group.end() :]
    if "|" in bare:
        return ()
    certain = re.sub(r".(?:[?*]|\{[^}]*\})", "\0", bare, flags=re.DOTALL)
    return tuple(re.split(r"[^\w !\"#%&',/:;<=>@`~-]", certain))


def drop(pattern: str) -> Drop:
    """Leave out every line in which `pattern` is found."""
    return Drop(pattern)


def hide(
    pattern: str,
    *,
    word: str | None = None,
    salted: bool = False,
    begins: str | None = None,
    ends: str = r"^\S",
) -> Hide:
    """Mask what the groups of `pattern` capture.

    A pattern without a literal of its own should name a `word` that must stand in the line; otherwise it is
    tried at every character of every configuration. With `begins`, the rule holds only inside of a block:
    after a line that matches `begins` and before one that matches `ends`. A secret is `salted` if the device
    encrypts it anew for every answer.
    """
    return Hide(pattern, word, salted, None if begins is None else (begins, ends))


def public(pattern: str, reason: str, *, word: str | None = None) -> Public:
    """Nothing of what `pattern` matches in a line is a secret, for this `reason`.

    It holds against the net below the rules (collectors.answer.net), and not against a rule of the platform.
    """
    return Public(pattern, word, reason)


def fact(name: str, pattern: str, told: Callable[[str], str] = str, *, across: bool = False) -> Fact:
    """Report group 1 of `pattern`'s first match, at any line's start, as the fact `name`.

    `told` turns the device's words into the fact; it must accept whatever the group can match. A pattern that
    matches line ends has to say so by `across`.
    """
    return Fact(pattern, name=name, told=told, across=across)
