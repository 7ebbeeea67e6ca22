"""Waits for the outcomes of backups, and sweeps from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pipeline.driver.driver import Driver
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.values.job import Job

_POLL_S = 0.2


_REST = 9  # times as long as the last look took, which takes a while for 100,000 backups


def wait_for(
    driver: Driver,
    results: Results,
    jobs: Sequence[Job],
    republish_after_s: float,
    tell: Callable[[Sequence[Row]], None] = lambda _: None,
    timeout_s: float | None = None,
) -> list[Row]:
    """Wait until every job has its outcome; returns the rows in the order of `jobs`.

    `tell` gets the rows that have their outcomes, at every look. The wait ends at the latest deadline of the
    jobs, or after `timeout_s` seconds. A row without an outcome is then still "queued": its outcome may be on
    the stream, and the consumer writes it when it comes back. Sweeps every `republish_after_s` seconds.
    """
    rows: dict[str, Row] = {}
    waiting = {job.task_identifier: job.deadline for job in jobs}
    give_up = None if timeout_s is None else time.monotonic() + timeout_s
    next_sweep = time.monotonic() + republish_after_s
    while True:
        look_began = time.monotonic()
        ended = results.with_outcome(waiting)
        rows |= results.get(ended)
        waiting = {name: deadline for name, deadline in waiting.items() if name not in ended}
        tell(list(rows.values()))
        now = time.monotonic()
        if not waiting or (give_up is not None and now >= give_up):
            break
        past_deadlines = max(waiting.values()) <= datetime.now(UTC)
        if past_deadlines or now >= next_sweep:
            driver.sweep(republish_after_s)
            next_sweep = now + republish_after_s
        if past_deadlines:
            break
        time.sleep(max(_POLL_S, _REST * (now - look_began)))
    rows |= results.get(waiting)
    return [rows[job.task_identifier] for job in jobs]
