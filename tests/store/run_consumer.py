"""A consumer as a process of its own that kills itself (kill -9) after a given step of its n-th batch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from pipeline.store.consumer import Consumer, Step
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Results
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.support.store import Store


def main(redis_url: str, database_url: str, path: str, kill_after: str, batch_size: str) -> None:
    def on_step(step: Step) -> None:
        if step == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    with (
        Results(database_url) as results,
        closing(connect(redis_url)) as client,
        ConfigsRepos(
            lambda name: Path(path).with_name(f"{name}.git"), stored=results.checkpoints.of
        ) as repos,
    ):
        stream = ResultStream(client, "device:results")
        consumer = Consumer(stream, repos, results, "consumer", int(batch_size), on_step=on_step)
        consumer.recover()
        while consumer.run_once(block_ms=1):
            pass


def run_and_kill(store: Store, step: str, batch_size: int = 4) -> int:
    """Run this module as a process that kills itself after `step`; its exit status."""
    command = [sys.executable, "-m", "tests.store.run_consumer", store.redis_url, store.database_url]
    return subprocess.run([*command, str(store.path), step, str(batch_size)], timeout=60).returncode


if __name__ == "__main__":
    main(*sys.argv[1:])
