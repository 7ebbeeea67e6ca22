"""Text for a Git host's pages: escaped, in tables, and no larger than the page takes. Pure.

What is shown comes from devices and pull requests. It must not become markup, a mention of somebody, or a
row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SUMMARY_BYTES = 1_000_000
"""What fits into a GitHub job summary (1 MiB), with room for what other steps say."""

COMMENT_BYTES = 60_000
"""What fits into a comment (65,536 characters), with room for a heading."""

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$&])")
_TICKS = re.compile(r"`+")


def escape(text: str) -> str:
    """`text` on one line, shown as it is: in a cell of a table, or after other words."""
    # The zero-width space keeps `@name` from calling somebody, and `https://` from becoming a link.
    return _MARKUP.sub(r"\\\1", _one_line(text)).replace("@", "@\u200b").replace("://", ":\u200b//")


def code(text: str) -> str:
    """`text` in a code span, for names and ids in a table; it may hold backticks and bars."""
    plain = _one_line(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _TICKS.findall(plain)), default=0) + 1)
    room = " " if plain.startswith("`") or plain.endswith("`") or not plain else ""
    return f"{fence}{room}{plain}{room}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; the cells are Markdown already."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def bounded(lines: Iterable[str], limit: int = SUMMARY_BYTES) -> str:
    """The lines that fit into `limit` bytes of UTF-8, whole; a last one counts what is left out."""
    kept: list[str] = []
    room, left_out = limit - 100, 0
    for line in lines:
        room -= len(line.encode(errors="replace")) + 1
        if left_out or room < 0:
            left_out += 1
        else:
            kept.append(line)
    if left_out:
        kept += ["", f"… and {left_out} more lines, which do not fit here."]
    return "\n".join(kept) + "\n"


def _one_line(text: str) -> str:
    """A blank for each sign that breaks lines, steers terminals or turns the direction of writing."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
