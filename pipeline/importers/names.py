"""Names of other tools → names that Git hosts, file systems and queues accept. Pure and deterministic."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from pipeline.values.names import UNGROUPED, name_problem

_MAX = 63
# Letters that Unicode does not take apart into one of ASCII and a mark. Capitals come to be small ones first.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"}
)
_OTHER = re.compile(r"[^a-z0-9._-]+")


def acceptable(text: str) -> str:
    """The name nearest to `text` that `name_problem` accepts: `RTR01.Example.Net` → `rtr01.example.net`."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = apart.encode("ascii", "ignore").decode().lower()
    name = _OTHER.sub("-", plain).lstrip("._-").rstrip(".-")
    name = re.sub(r"\.{2,}", ".", name)
    if not name:
        return f"unnamed-{_digest(text)}"
    if len(name) > _MAX:
        name = f"{name[: _MAX - 9].rstrip('.')}-{_digest(text)}"
    if name_problem(name):
        # Only names that Git or an operating system keeps for itself are left: `con`, `x.lock`, `x.cfg`.
        name = f"dev-{name.replace('.', '-')}"[:_MAX].rstrip("-")
    return name


def acceptable_group(text: str) -> str:
    """The same for a group; the folder of devices without one keeps its name to itself."""
    name = acceptable(text)
    return f"{name}-group" if name == UNGROUPED else name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class Names:
    """Names that are taken, each by one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def take(self, wish: str) -> str:
        """`wish`, or the first of `wish-2`, `wish-3`, … that is free; it is taken from now on."""
        name = wish
        while name in self._taken:
            # From where the last one of this wish was found: a thousand may share it.
            number = self._numbers[wish] = self._numbers.get(wish, 1) + 1
            tail = f"-{number}"
            name = wish[: _MAX - len(tail)].rstrip(".-") + tail
        self._taken.add(name)
        return name
