"""What `devicevault deadletter` shows. A letter's content may hold a secret, and is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.text.words import printable
from pipeline.transit.dead_letters import DeadLetter
from pipeline.views.table import Column

COLUMNS: tuple[Column[DeadLetter], ...] = (
    Column("letter", lambda letter: letter.name),
    Column("refused", lambda letter: f"{letter.at:%Y-%m-%d %H:%M:%SZ}", rank=1),
    Column("backup", lambda letter: printable(letter.task_identifier or "-")),
    Column("problem", lambda letter: printable(letter.problem), wraps=True),
)


def to_json(letter: DeadLetter) -> dict[str, Any]:
    """A letter as scripts read it."""
    return {
        "letter": letter.name,
        "kind": letter.kind,
        "refused_at": letter.at,
        "task_identifier": letter.task_identifier,
        "problem": letter.problem,
        "size": letter.size,
    }


def lines(letter: DeadLetter) -> Iterator[str]:
    """All that may be shown of a letter."""
    yield f"letter   {letter.name}"
    yield f"refused  {letter.at:%Y-%m-%d %H:%M:%SZ}"
    yield f"backup   {printable(letter.task_identifier or '-')}"
    yield f"size     {letter.size:,} bytes"
    yield f"problem  {printable(letter.problem)}"
