"""A person vouches for a quarantined configuration: it goes the way of every result, marked accepted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis
from dulwich.errors import NotGitRepository
from dulwich.objects import Commit
from dulwich.repo import Repo

from pipeline.errors import UsageError
from pipeline.store.git.repo import quarantine_ref, read_text
from pipeline.store.git.trailers import read_trailers
from pipeline.store.ledger.results import Results
from pipeline.transit.results import ResultStream
from pipeline.values.checks import iso
from pipeline.values.job import Backup, Job, expected_job
from pipeline.values.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What waits for a decision: the text, when it was collected, and its commit."""

    text: str
    collected_at: str
    commit: str


def quarantined(repo_path: Path, path: str) -> Quarantined:
    """What is quarantined for a path of the configs repo; UsageError if there is nothing."""
    with suppress(KeyError, NotGitRepository), Repo(str(repo_path)) as repo:
        sha = repo.refs[quarantine_ref(path)]
        commit = repo.object_store[sha]
        assert isinstance(commit, Commit)
        text = read_text(repo, sha.decode(), path)
        assert text is not None, "a quarantined commit holds its path"
        return Quarantined(text, read_trailers(commit.message)["Collected-At"], sha.decode())
    raise UsageError(f"nothing is quarantined for {path}")


def accept(
    found: Quarantined,
    backup: Backup,
    inventory_commit: str | None,
    results: Results,
    client: redis.Redis,
    stream: str,
) -> Job:
    """Publish a quarantined configuration as a result of its own; the consumer commits it."""
    now = iso(datetime.now(UTC))
    [job] = results.expect([expected_job(backup, datetime.now(UTC), inventory_commit)])
    ResultStream(client, stream).publish(
        Outcome(
            job=job,
            status="success",
            reason=None,
            collected_at=found.collected_at,
            started_at=now,
            finished_at=now,
            worker="accept",
            attempts=0,
            log=(
                {
                    "timestamp": now,
                    "severity": "info",
                    "source": "accept",
                    "message": f"accepted {found.commit}",
                },
            ),
            device_config=found.text,
            accepted=True,
        )
    )
    return job
