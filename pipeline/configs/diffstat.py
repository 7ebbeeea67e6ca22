"""How many lines a change added and removed: the subject of its commit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.words import counted

# Beyond this many differing lines an exact alignment costs more than the subject line is worth.
_MAX_ALIGNED = 2000


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines added and removed; `first` where there was nothing before."""

    added: int
    removed: int
    first: bool = False

    def __str__(self) -> str:
        if self.first:
            return f"first backup, {counted(self.added, 'line')}"
        return (
            " ".join(
                [*([f"+{self.added}"] if self.added else []), *([f"−{self.removed}"] if self.removed else [])]
            )
            or "line ends only"
        )


def count_changes(before: str | None, after: str) -> LineCount:
    """Count as `git diff --stat` does; `before` is None for a first backup.

    A rewrite of more than a few thousand lines is counted without aligning it: exact about which lines
    came and went, blind to lines that only moved.
    """
    new = after.splitlines()
    if before is None:
        return LineCount(len(new), 0, first=True)
    old = before.splitlines()
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) + len(new) > _MAX_ALIGNED:
        return LineCount((Counter(new) - Counter(old)).total(), (Counter(old) - Counter(new)).total())
    kept = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return LineCount(len(new) - kept, len(old) - kept)


def _common(old: list[str], new: list[str]) -> int:
    """How many lines both begin with, by halving: slices compare at the speed of C."""
    same, limit = 0, min(len(old), len(new))
    while same < limit:
        middle = (same + limit + 1) // 2
        if old[same:middle] == new[same:middle]:
            same = middle
        else:
            limit = middle - 1
    return same
