"""A person accepts a quarantined configuration. It goes the way of every result, with the mark `accepted`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import redis

from pipeline.errors import UsageError
from pipeline.store.git.reader import NoRepository, QuarantinedConfig, open_reader
from pipeline.store.ledger.results import Results
from pipeline.transit.results import ResultStream
from pipeline.transit.trust import NOBODY, Trust
from pipeline.values.job import Backup, Job, expected_job
from pipeline.values.outcome import Outcome
from pipeline.values.times import iso


def find_quarantined(repo_path: Path, path: str) -> QuarantinedConfig:
    """What is quarantined for a path of the configs repo at `repo_path`; UsageError if there is nothing."""
    with suppress(NoRepository), open_reader(repo_path) as repo:
        config = repo.quarantined(path)
        if config is not None:
            return config
    raise UsageError(f"nothing is quarantined for {path}")


def accept(
    config: QuarantinedConfig,
    backup: Backup,
    inventory_commit: str | None,
    results: Results,
    client: redis.Redis,
    stream: str,
    trust: Trust = NOBODY,
) -> Job:
    """Publish a quarantined configuration as a result of its own; the consumer commits it.

    `trust` holds the operator's key: where signers are known, nobody else may accept.
    """
    now = datetime.now(UTC)
    [job] = results.expect([expected_job(backup, now, inventory_commit)])
    ResultStream(client, stream, trust).publish(
        Outcome(
            job=job,
            status="success",
            reason=None,
            collected_at=config.collected_at,
            started_at=now,
            finished_at=now,
            worker="accept",
            attempts=0,
            log=(
                {
                    "timestamp": iso(now),
                    "severity": "info",
                    "source": "accept",
                    "message": f"accepted {config.commit}",
                },
            ),
            device_config=config.text,
            accepted=True,
        )
    )
    return job
