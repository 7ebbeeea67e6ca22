"""Sets of characters as bits: what a class, a dot or a literal of an expression matches.

A few characters stand for all: ASCII, and one or two beyond it for each kind that expressions tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

_CHARS = [chr(code) for code in range(128)] + list("\x85\xa0éßſ\u212a\u0660\u2028\u3000")
ALL = (1 << len(_CHARS)) - 1
NEWLINE = 1 << ord("\n")
_BEYOND = ALL & ~((1 << 128) - 1)


def char_of(mask: int) -> str:
    """One of the characters of `mask`, a visible one if there is any."""
    order = "aA0x \t-:,./=\"'" + "".join(_CHARS[33:127]) + "".join(_CHARS)
    return next(char for char in order if mask >> _CHARS.index(char) & 1)


def mask_of(node: tuple[Any, Any], flags: int) -> int | None:
    """The characters for which a node of the parsed expression stands; None if it is no single character."""
    kind, value = node
    match str(kind):
        case "ANY":
            return ALL if flags & re.DOTALL else ALL & ~NEWLINE
        case "LITERAL":
            return _literals(value, value, flags)
        case "NOT_LITERAL":
            return ALL & ~(
                _literals(value, value, flags) & ~_BEYOND if value > 127 else _literals(value, value, flags)
            )
        case "IN":
            return _class(value, flags)
    return None


def _class(items: Sequence[Any], flags: int) -> int:
    mask, negated = 0, False
    for kind, value in items:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                # One character beyond ASCII stands for all of them, but it does not exclude the others.
                mask |= 0 if negated and value > 127 else _literals(value, value, flags)
            case "RANGE":
                mask |= _literals(*value, flags) & ~(_BEYOND if negated else 0)
            case "CATEGORY":
                mask |= category(str(value), flags)
    return ALL & ~mask if negated else mask


@lru_cache(maxsize=1024)
def _literals(first: int, last: int, flags: int) -> int:
    """The characters from `first` to `last`. Those beyond ASCII stand for each other."""
    mask = _BEYOND if last > 127 else 0
    for bit, char in enumerate(_CHARS):
        forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
        if any(len(form) == 1 and first <= ord(form) <= last for form in forms):
            mask |= 1 << bit
    return mask


@lru_cache(maxsize=32)
def category(name: str, flags: int) -> int:
    """The characters of a class such as `\\w`, by the name that the parser gives it."""
    plain = name.replace("NOT_", "")
    holds: Callable[[str], bool] = {
        "CATEGORY_SPACE": str.isspace,
        "CATEGORY_DIGIT": str.isdecimal,
        "CATEGORY_WORD": lambda char: char.isalnum() or char == "_",
    }[plain]
    mask = 0
    for bit, char in enumerate(_CHARS):
        if holds(char) and not (flags & re.ASCII and not char.isascii()):
            mask |= 1 << bit
    return ALL & ~mask if plain != name else mask
