"""How many lines a change added and removed: the subject of its commit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.text.words import counted

# To align more differing lines than this exactly costs more than a commit's subject is worth.
_MAX_ALIGNED = 2000
# Characters that are split into lines. An empty line takes eight times as much memory as it has bytes.
_MAX_COMPARED = 8 * 2**20


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines added and removed; `first` says that there was no configuration before."""

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
    came and went, blind to lines that only moved. One of many megabytes counts every line between the first
    and the last that differ.
    """
    if before is None:
        return LineCount(after.count("\n") + (not after.endswith("\n")), 0, first=True)
    differing = _differing(before, after)
    if sum(map(len, differing)) > _MAX_COMPARED:
        removed, added = (text.count("\n") for text in differing)
        return LineCount(added, removed)
    old, new = (text.splitlines() for text in differing)
    if len(old) + len(new) > _MAX_ALIGNED:
        return LineCount((Counter(new) - Counter(old)).total(), (Counter(old) - Counter(new)).total())
    kept = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return LineCount(len(new) - kept, len(old) - kept)


def _differing(old: str, new: str) -> tuple[str, str]:
    """Both texts without the lines that they have in common at their beginning and at their end.

    Of most configurations little is left.
    """
    start = old.rfind("\n", 0, _common(old, new)) + 1
    old, new = old[start:], new[start:]
    # The first line of the common end may begin differently.
    line_end = old.find("\n", len(old) - _common(old, new, at_end=True))
    kept = 0 if line_end < 0 else len(old) - line_end - 1
    return old[: len(old) - kept], new[: len(new) - kept]


def _common(old: str, new: str, *, at_end: bool = False) -> int:
    """How many characters both texts begin with, or end with.

    A binary search over slices: Python compares slices at the speed of C.
    """
    same, limit = 0, min(len(old), len(new))
    while same < limit:
        middle = (same + limit + 1) // 2
        if at_end:
            alike = old[len(old) - middle : len(old) - same] == new[len(new) - middle : len(new) - same]
        else:
            alike = old[same:middle] == new[same:middle]
        if alike:
            same = middle
        else:
            limit = middle - 1
    return same
