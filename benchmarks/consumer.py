"""Results per second from the stream to Git and the table, all of it on disk when it is acknowledged."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import samples
from benchmarks.fleet import configuration
from benchmarks.report import Goal, Report, Table
from pipeline.store.consumer import Consumer
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Results
from pipeline.system.embedded import Embedded
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from pipeline.values.job import expected_job

_RUNS = (("first", ""), ("one line changed", "vlan 42\n"), ("unchanged", "vlan 42\n"))


@dataclass(frozen=True, slots=True)
class Size:
    """Results of each kind, published before the clock starts."""

    devices: int


TINY, NORMAL, LARGE = Size(10), Size(3000), Size(20_000)


def run(size: Size = NORMAL) -> Report:
    """First backups, then changed ones, then unchanged ones, in batches of 100."""
    rows: list[tuple[str | float, ...]] = []
    goals: list[Goal] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Embedded(Path(folder) / "state") as services,
        Results(services.database_url or "") as results,
        closing(connect(services.redis_url or "")) as client,
        ConfigsRepos(lambda name: Path(folder) / f"{name}.git", stored=results.checkpoints.of) as repos,
    ):
        results.migrate()
        stream = ResultStream(client, "device:results")
        consumer = Consumer(stream, repos, results, "bench")
        consumer.recover()
        for what, edit in _RUNS:
            _publish(stream, results, size.devices, what, edit)
            began, cpu, done = time.perf_counter(), time.process_time(), 0
            while done < size.devices:
                done += consumer.run_once(1)
            wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
            began = time.perf_counter()
            if more := consumer.run_once(1):
                raise RuntimeError(f"{done + more} results were consumed and not {size.devices}")
            idle_s = time.perf_counter() - began
            rows.append((what, done / wall_s, 1000 * cpu_s / done, 1000 * idle_s / done))
            goals.append(Goal(f"consumer, {what}", 2000, done / wall_s, "results/s", at_least=True))
    columns = ("results", "per second", "CPU ms each", "packs put together afterwards, ms each")
    return Report((Table("Consumer, 20 kB each, batches of 100", columns, tuple(rows)),), tuple(goals))


def _publish(stream: ResultStream, results: Results, devices: int, what: str, edit: str) -> None:
    now = datetime.now(UTC)
    backups = (samples.backup(samples.device(number), what) for number in range(devices))
    for job in results.expect(expected_job(backup, now, "a" * 40) for backup in backups):
        stream.publish(samples.success(job, f"{edit}{configuration(job.device.name, 20_000)}"))
