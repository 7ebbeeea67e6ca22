"""Up to which commit of each configs repo every commit has its row.

A checkpoint moves from the commit that this process has read, or has put there, to a newer one. If it is
somewhere else, another consumer writes to the same table, and not to the same repo: it would have the lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from pipeline.errors import StateError
from pipeline.store.ledger.actions import Word, note
from pipeline.store.ledger.database import Connection, Transaction

_MOVE = """INSERT INTO configs_repo_checkpoint AS c VALUES (%(repo)s, %(after)s)
    ON CONFLICT (repo) DO UPDATE SET "commit" = excluded."commit" WHERE c."commit" = %(before)s"""


class Checkpoints:
    """The checkpoints, over a connection of `Results`. Methods raise ServiceError if Postgres is away."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._seen: dict[str, str | None] = {}

    def of(self, repo: str) -> str | None:
        """The checkpoint of a configs repo; None if nothing was ever stored in it."""
        with Transaction(self._db) as cursor:
            row = cursor.execute(
                'SELECT "commit" FROM configs_repo_checkpoint WHERE repo = %s', (repo,)
            ).fetchone()
        self._seen[repo] = None if row is None else row[0]
        return self._seen[repo]

    def move(self, cursor: psycopg.Cursor[Any], heads: Mapping[str, str]) -> None:
        """Move checkpoints to these commits, in the caller's transaction.

        StateError if one of them is not where this process left it.
        """
        for repo, head in heads.items():
            cursor.execute(_MOVE, {"repo": repo, "before": self._seen.get(repo), "after": head})
            if cursor.rowcount != 1:
                raise StateError(
                    f"DEVICEVAULT_CONFIGS_REPO: another consumer stores the configs repo '{repo}' in another "
                    "place and writes to the same table; stop one of the two"
                )
        self._seen |= heads

    def begin_new_history(self, repo: str, word: Word) -> None:
        """Forget the checkpoint, and note on whose word, and why."""
        with Transaction(self._db) as cursor:
            row = cursor.execute(
                'DELETE FROM configs_repo_checkpoint WHERE repo = %s RETURNING "commit"', (repo,)
            ).fetchone()
            note(cursor, "new-history", repo, word, f"lost {row[0]}" if row else "")
        self._seen[repo] = None
