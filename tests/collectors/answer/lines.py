"""Lines with secrets that no rule of a platform knew, and lines that only look so. All are of our making.

A row is `PLATFORM|TEXT`. In it, `\\n` and `\\t` are a line end and a tab, and `«…»` marks what is masked.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_SCRIPT_END = "\\r\\n"  # how a script inside of a configuration writes its own line ends


def marked_lines(table: str) -> list[tuple[str, str]]:
    """(platform, text) of each row of the table `secret` or `public`."""
    rows = (_HERE / f"{table}_lines.txt").read_text().rstrip("\n").split("\n")
    parts = (row.partition("|") for row in rows)
    return [(name, _read(text)) for name, _, text in parts]


def _read(text: str) -> str:
    scripts = text.split(_SCRIPT_END)
    return _SCRIPT_END.join(part.replace("\\n", "\n").replace("\\t", "\t") for part in scripts)
