"""An outcome can only end what was expected: the open row of its backup, with the job it was given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.store.ledger.results import Expectation
from pipeline.transit.protocol import StreamEntry, UnreadableEntry
from pipeline.transit.signing import canonical


def check_expected(entry: StreamEntry, expected: Mapping[str, Expectation]) -> StreamEntry:
    """The entry, or why its outcome is not taken: no row expects it, or the row expects it of another job.

    An outcome of a row that has ended is taken: it comes for the second time, and changes nothing.
    """
    if isinstance(entry, UnreadableEntry):
        return entry
    row = expected.get(entry.task_identifier)
    if row is None:
        problem = "no row expects its backup"
    elif row.has_ended or canonical(row.job) == canonical(entry.outcome.job.to_json()):
        return entry
    else:
        problem = "its job is not the one that was given for its backup"
    return UnreadableEntry(entry.id, entry.task_identifier, problem, is_forged=True)


def may_end(entry: UnreadableEntry, row: Expectation | None) -> bool:
    """Whether an entry that nobody can read ends the row that it names, which must be open.

    Where signatures are checked, its signer has to be a worker that speaks for the row's queue.
    """
    if entry.is_forged or row is None or row.has_ended:
        return False
    return entry.signer is None or (
        entry.signer.role == "worker" and entry.signer.speaks_for(row.job.get("queue_id"))
    )
