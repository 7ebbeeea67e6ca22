"""Turn names of other tools into names that Git hosts, file systems and queues accept.

All of it is pure and deterministic: the same name always becomes the same name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from pipeline.values.names import UNGROUPED, name_problem

_MAX = 63
# Letters that Unicode does not split into an ASCII letter and a mark. Capitals are made small before this.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"}
)
_OTHER = re.compile(r"[^a-z0-9._-]+")


def valid_name(text: str) -> str:
    """The name nearest to `text` that `name_problem` accepts: `RTR01.Example.Net` → `rtr01.example.net`."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    ascii_text = decomposed.encode("ascii", "ignore").decode().lower()
    name = _OTHER.sub("-", ascii_text).lstrip("._-").rstrip(".-")
    name = re.sub(r"\.{2,}", ".", name)
    if not name:
        return f"unnamed-{_digest(text)}"
    if len(name) > _MAX:
        name = f"{name[: _MAX - 9].rstrip('.')}-{_digest(text)}"
    if name_problem(name):
        # The only names left are those that Git or an operating system keeps: `con`, `x.lock`, `x.cfg`.
        name = f"dev-{name.replace('.', '-')}"[:_MAX].rstrip("-")
    return name


def valid_group_name(text: str) -> str:
    """The same for a group. The name of the folder for devices without a group is never given to one."""
    name = valid_name(text)
    return f"{name}-group" if name == UNGROUPED else name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class NamePool:
    """Names that are in use. Each is given away once."""

    def __init__(self, used: Iterable[str] = ()) -> None:
        self._used = set(used)
        self._numbers: dict[str, int] = {}

    def take(self, wish: str) -> str:
        """Give away `wish`, or the first of `wish-2`, `wish-3`, … that is free. The name is then in use."""
        name = wish
        while name in self._used:
            # Count on from the last number of this wish: a thousand devices may share it.
            number = self._numbers[wish] = self._numbers.get(wish, 1) + 1
            tail = f"-{number}"
            name = wish[: _MAX - len(tail)].rstrip(".-") + tail
        self._used.add(name)
        return name
