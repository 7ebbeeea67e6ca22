"""Waits for the outcomes of backups, and sweeps meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pipeline.driver.driver import Driver
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.values.checks import from_iso
from pipeline.values.job import Job

_POLL_S = 0.2


_REST = 9  # times as long as a look took: of 100,000 backups it takes a while


def wait_for(
    driver: Driver,
    results: Results,
    jobs: Sequence[Job],
    republish_after_s: float,
    tell: Callable[[Sequence[Row]], None] = lambda _: None,
    timeout_s: float | None = None,
) -> list[Row]:
    """Wait until every job has its outcome, sweeping meanwhile; rows in the order of `jobs`.

    `tell` gets the rows that are finished, at every look. Ends at the latest deadline of the jobs, or
    after `timeout_s` seconds; rows without an outcome are then still "queued" (where the outcome is on the
    stream, the consumer writes it when it comes back).
    """
    rows: dict[str, Row] = {}
    waiting = {job.task_identifier: from_iso(job.deadline) for job in jobs}
    give_up = None if timeout_s is None else time.monotonic() + timeout_s
    sweep_at = time.monotonic() + republish_after_s
    while True:
        asked_at = time.monotonic()
        ended = results.ended(waiting)
        rows |= results.get(ended)
        waiting = {name: deadline for name, deadline in waiting.items() if name not in ended}
        tell(list(rows.values()))
        now = time.monotonic()
        if not waiting or (give_up is not None and now >= give_up):
            break
        over = max(waiting.values()) <= datetime.now(UTC)
        if over or now >= sweep_at:
            driver.sweep(republish_after_s)
            sweep_at = now + republish_after_s
        if over:
            break
        time.sleep(max(_POLL_S, _REST * (now - asked_at)))
    rows |= results.get(waiting)
    return [rows[job.task_identifier] for job in jobs]
