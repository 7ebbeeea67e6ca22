"""What a person did by hand: on whose word, when by the server's clock, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from pipeline.store.ledger.database import Connection, Transaction

Action = Literal["new-history", "accept", "deadletter drop", "deadletter retry"]


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word an action is: the system's user and host, and the reason that was given, or ""."""

    person: str
    reason: str = ""


class Actions:
    """The actions, over a connection of `Results`. Methods raise ServiceError if Postgres is away."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def note(self, action: Action, subjects: Collection[str], word: Word, detail: str = "") -> None:
        """Note an action on each of these subjects."""
        with Transaction(self._db) as cursor:
            for subject in subjects:
                note(cursor, action, subject, word, detail)

    def subjects(self, action: Action) -> set[str]:
        """All that this was ever done to."""
        with Transaction(self._db) as cursor:
            cursor.execute("SELECT DISTINCT subject FROM operator_action WHERE action = %s", (action,))
            return {row[0] for row in cursor}


def note(cursor: psycopg.Cursor[Any], action: Action, subject: str, word: Word, detail: str = "") -> None:
    """Note an action in the caller's transaction."""
    cursor.execute(
        "INSERT INTO operator_action (action, subject, detail, person, reason) VALUES (%s, %s, %s, %s, %s)",
        (action, subject, detail, word.person, word.reason),
    )
