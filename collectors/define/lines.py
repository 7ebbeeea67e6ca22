"""An expression that stays within one line, although it searches a text of many.

`[^,]`, `\\s` and `\\W` match line ends, too. In a text of megabytes they would run from line to line, once
for each line, and find what is in no line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any

_LINE_END = (sre.LITERAL, ord("\n"))
_SPACES = "\t\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BLANKS = list(_parser.parse(f"[{_SPACES}]")[0][1])
_OPPOSITE = {sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE, sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD}
_OPPOSITE[sre.CATEGORY_NOT_DIGIT] = sre.CATEGORY_DIGIT


@lru_cache(maxsize=4096)
def within_line(pattern: str, before: str = "") -> re.Pattern[str]:
    """`pattern`, compiled with `^` and `$` at each line, so that nothing in it matches a line end.

    `before` is a text that must stand before it, such as the line end itself. Raises re.error.
    """
    tree = _parser.parse(pattern, re.MULTILINE)
    _bound(tree, tree.state.flags | re.MULTILINE)
    for char in reversed(before):
        tree.insert(0, (sre.LITERAL, ord(char)))
    compiled: re.Pattern[str] = _compiler.compile(tree, re.MULTILINE)
    return compiled


def _bound(tree: Any, flags: int) -> None:
    """Change each node of `tree`."""
    for index, (kind, value) in enumerate(tree):
        match str(kind):
            case "ANY" if flags & re.DOTALL:
                tree[index] = (sre.NOT_LITERAL, ord("\n"))
            case "NOT_LITERAL":
                tree[index] = (sre.IN, [(sre.NEGATE, None), (sre.LITERAL, value), _LINE_END])
            case "IN":
                tree[index] = _bounded_class(tree, value)
            case "SUBPATTERN":
                _bound(value[3], (flags | value[1]) & ~value[2])
            case "BRANCH" | "GROUPREF_EXISTS":
                for branch in value[1] if kind is sre.BRANCH else value[1:]:
                    _bound(branch or (), flags)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                _bound(value[2], flags)
            case "ATOMIC_GROUP":
                _bound(value, flags)
            case "ASSERT" | "ASSERT_NOT":
                _bound(value[1], flags)


def _bounded_class(tree: Any, items: Sequence[Any]) -> Any:
    if items[0][0] is sre.NEGATE:
        return (sre.IN, [*items, _LINE_END])
    if len(items) == 1 and items[0][1] in _OPPOSITE:
        return (sre.IN, [(sre.NEGATE, None), (sre.CATEGORY, _OPPOSITE[items[0][1]]), _LINE_END])
    kept: list[Any] = []
    for kind, value in items:
        kept += _BLANKS if value is sre.CATEGORY_SPACE else [(kind, value)]
    if not any(_holds_line_end(kind, value) for kind, value in kept):
        return (sre.IN, kept)
    not_there = _parser.SubPattern(tree.state, [_LINE_END])
    both = [(sre.ASSERT_NOT, (1, not_there)), (sre.IN, kept)]
    return (sre.SUBPATTERN, (None, 0, 0, _parser.SubPattern(tree.state, both)))


def _holds_line_end(kind: Any, value: Any) -> bool:
    match str(kind):
        case "LITERAL":
            return bool(value == ord("\n"))
        case "RANGE":
            return bool(value[0] <= ord("\n") <= value[1])
    return value in _OPPOSITE
