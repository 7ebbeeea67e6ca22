"""What `devicevault drift` shows: a line or a row of Markdown for each difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.audit.drift import MEANING, Difference
from pipeline.text import markdown
from pipeline.text.words import counted, utc
from pipeline.values.names import DEFAULT_REPO
from pipeline.views.table import Column


def _file(difference: Difference) -> str:
    """The path, and before it the configs repo if that is not the usual one."""
    path = difference.path
    return path if difference.repo == DEFAULT_REPO else f"{difference.repo}: {path}"


COLUMNS: tuple[Column[Difference], ...] = (
    Column("WHAT", lambda difference: difference.kind),
    Column("DEVICE", lambda difference: difference.device or "-"),
    Column("FILE", _file),
    Column("LAST GOOD BACKUP", lambda difference: utc(difference.last_success)),
)


def lines(differences: Sequence[Difference], devices: int) -> Iterator[str]:
    """What stands below the table: how many of each kind among so many `devices`, and what the kinds mean."""
    yield _summary(differences, devices)
    for kind in dict.fromkeys(difference.kind for difference in differences):
        yield f"  {kind}: {MEANING[kind]}"


def as_markdown(differences: Sequence[Difference], devices: int) -> str:
    """The same for a job's summary."""
    return markdown.bounded(_markdown(differences, devices))


def as_json(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    """The differences as scripts read them."""
    return [asdict(difference) for difference in differences]


def _markdown(differences: Sequence[Difference], devices: int) -> Iterator[str]:
    yield f"**{_summary(differences, devices)}**"
    if differences:
        yield ""
        rows = (
            (each.kind, markdown.code(each.device or "-"), markdown.code(_file(each)), utc(each.last_success))
            for each in differences
        )
        yield from markdown.table(("What", "Device", "File", "Last good backup"), rows)


def _summary(differences: Sequence[Difference], devices: int) -> str:
    counts = Counter(difference.kind for difference in differences)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    return f"{counted(devices, 'device')}: {kinds or 'no drift'}"
