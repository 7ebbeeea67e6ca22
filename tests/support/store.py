"""The store side on real servers: stream, table and a configs repo, with a consumer to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from pipeline.store.consumer import Consumer
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from tests.support.git import git


@dataclass(frozen=True, slots=True)
class Store:
    """The stores of one test, each new."""

    redis_url: str
    database_url: str
    path: Path
    client: redis.Redis
    stream: ResultStream
    results: Results

    def expect(self, *jobs: Job) -> list[Job]:
        return self.results.expect(jobs)

    def consume(self) -> int:
        """One start of the consumer: recover, then run until nothing is left."""
        with self.repos() as repos:
            consumer = Consumer(self.stream, repos, self.results, "consumer")
            done = consumer.recover()
            while count := consumer.run_once(block_ms=1):
                done += count
        return done

    def repos(self) -> ConfigsRepos:
        return ConfigsRepos(self.path_of, stored=self.results.checkpoints.of)

    def path_of(self, name: str) -> Path:
        return self.path.with_name(f"{name}.git")

    def row(self, job: Job) -> Row:
        return self.results.get([job.task_identifier])[job.task_identifier]

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)

    def commits(self) -> list[str]:
        return self.git("rev-list", "--reverse", "main").split()
