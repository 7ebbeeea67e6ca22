"""Whoever can write to Redis: bombs, poisons and hints. Nothing stops, and no process outgrows its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.driver.connect import open_driver
from pipeline.driver.driver import Driver
from pipeline.transit.connect import connect
from pipeline.transit.protocol import done_key, lock_key
from pipeline.transit.results import ResultStream
from pipeline.values.device import Credential, Device
from pipeline.values.job import Backup, Job
from pipeline.values.limits import MAX_ARTEFACT_BYTES, MAX_CONFIG, MAX_ENVELOPE
from tests.journey.deployment import Deployment
from tests.store.conftest import store
from tests.support.store import Store
from tests.support.values import make_job, success

__all__ = ["store"]

MEGABYTE = 2**20
MOST_MB = 600
"""What a consumer may have at its peak. An idle one has 60 MB. Measured: 253 to 315 MB with many of
the largest outcomes, and 414 MB when an entry of 100 MB has to be read before it can be refused."""


def deflated(head: bytes, repeated: bytes, size: int, tail: bytes = b"") -> bytes:
    """A zlib stream of `size` bytes and more, made without having them in memory."""
    packer = zlib.compressobj(1)
    piece = repeated * (MEGABYTE // len(repeated))
    parts = [packer.compress(head)]
    parts += [packer.compress(piece) for _ in range(size // len(piece) + 1)]
    return b"".join([*parts, packer.compress(tail), packer.flush()])


def envelope(job: Job, **changes: Any) -> bytes:
    return json.dumps({**json.loads(success(job, "x\n").to_json()), **changes}).encode()


Fields = dict[str, bytes]
Bomb = Callable[[Job], Fields]


def packed(raw: bytes, config: bytes = b"x\n") -> Fields:
    return {"outcome": zlib.compress(raw, 9), "config": zlib.compress(config, 9)}


def within(job: Job, key: str, text: bytes) -> bytes:
    """An envelope of the largest size that is read, with `text` as the value of `key`."""
    return envelope(job, **{key: "@"}).replace(b'"@"', text)


def fill(unit: bytes) -> bytes:
    return unit * ((MAX_ENVELOPE - 4096) // len(unit))


BOMBS: dict[str, Bomb] = {
    "half a gigabyte of JSON": lambda job: {"outcome": deflated(b'{"a": "', b"a", 512 * MEGABYTE, b'"}')},
    "half a gigabyte of configuration": lambda job: {
        "outcome": zlib.compress(envelope(job)), "config": deflated(b"", b"a\n", 512 * MEGABYTE)
    },
    "half a gigabyte of an artefact": lambda job: {
        **packed(envelope(job)), "artefact:version": deflated(b"", b"a\n", 512 * MEGABYTE)
    },
    "artefacts that are too large together": lambda job: {
        **packed(envelope(job)),
        **{f"artefact:a{n}": deflated(b"", b"a\n", 30 * MEGABYTE) for n in range(3)},
    },
    "a thousand artefacts": lambda job: {
        **packed(envelope(job)), **{f"artefact:a{n}": zlib.compress(b"") for n in range(1000)}
    },
    "deep arrays": lambda job: packed(b"[" * (MAX_ENVELOPE - 1)),
    "deep objects": lambda job: packed(within(job, "facts", b'{"a":' * 500_000)),
    "a big integer": lambda job: packed(within(job, "attempts", b"1" * 1_000_000)),
    "a big float": lambda job: packed(within(job, "attempts", b"1" * 1_000_000 + b".0e-999999")),
    "a million keys": lambda job: packed(
        within(job, "facts", b"{" + b",".join(b'"%x":""' % n for n in range(350_000)) + b"}")
    ),
    "a million entries": lambda job: packed(within(job, "log", b"[" + fill(b"{},")[:-1] + b"]")),
    "a million lists": lambda job: packed(within(job, "nothing", b"[" + fill(b"[],")[:-1] + b"]")),
    "a long text": lambda job: packed(within(job, "worker", b'"' + fill(b"a") + b'"')),
    "a long escaped text": lambda job: packed(within(job, "reason", b'"' + fill(rb"\ud83d\ude00") + b'"')),
    "an entry of a hundred megabytes": lambda job: {"outcome": os.urandom(100 * MEGABYTE)},
}  # fmt: skip
LARGE: dict[str, Bomb] = {
    "the largest configuration": lambda job: {
        "outcome": zlib.compress(envelope(job)), "config": deflated(b"", b"a\n", MAX_CONFIG - 2 * MEGABYTE)
    },
    "one of empty lines": lambda job: {
        "outcome": zlib.compress(envelope(job)),
        "config": deflated(b"a", b"\n", MAX_CONFIG - 2 * MEGABYTE),
    },
    "one of wide characters": lambda job: {
        "outcome": zlib.compress(envelope(job)),
        "config": deflated("\U0001f600".encode(), b"a\n", MAX_CONFIG - 2 * MEGABYTE),
    },
    "the largest artefact": lambda job: {
        **packed(envelope(job)), "artefact:version": deflated(b"", b"a\n", MAX_ARTEFACT_BYTES - 2 * MEGABYTE)
    },
}  # fmt: skip


class ConsumerProcess:
    """A consumer as a process of its own."""

    def __init__(self, store: Store) -> None:
        command = [sys.executable, "-m", "tests.store.run_consumer", store.redis_url, store.database_url]
        self._process = subprocess.Popen([*command, str(store.path), "never", "100"])

    def peak_mb(self, store: Store) -> float:
        """Wait until it has come to the end of the stream; the most memory that it had until then."""
        peak = 0
        give_up = time.monotonic() + 240
        while self._process.poll() is None:
            assert time.monotonic() < give_up
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)])
            time.sleep(0.02)
        assert self._process.returncode == 0
        assert store.stream.waiting() == 0
        return peak / 1024


def put(store: Store, bombs: dict[str, Bomb], times: int = 1) -> list[Job]:
    jobs = store.expect(*(make_job(f"sw{n}") for n in range(len(bombs) * times)))
    for number, job in enumerate(jobs):
        fields = list(bombs.values())[number % len(bombs)](job)
        store.client.xadd(store.stream.key, {"task_identifier": job.task_identifier, **fields})  # type: ignore[dict-item]
    return jobs


def test_no_bomb_fills_the_consumers_memory_or_stops_it(store: Store) -> None:
    store.stream.ensure_group()
    jobs = put(store, BOMBS)
    [good] = store.expect(make_job("good"))
    store.stream.publish(success(good, "hostname good\n"))
    peak = ConsumerProcess(store).peak_mb(store)
    assert peak < MOST_MB
    assert store.row(good).status == "success"
    statuses = dict(zip([*BOMBS], (store.row(job).status for job in jobs), strict=True))
    assert {name for name, status in statuses.items() if status != "failure"} == {"a million lists"}


@pytest.mark.parametrize("name", LARGE)
def test_many_of_the_largest_outcomes_in_a_row_do_not_add_up(store: Store, name: str) -> None:
    jobs = put(store, {name: LARGE[name]}, times=6)
    peak = ConsumerProcess(store).peak_mb(store)
    assert peak < MOST_MB
    assert {store.row(job).status for job in jobs} == {"success"}


def overdue(deployment: Deployment, driver: Driver, past: timedelta) -> Job:
    """A backup that nobody made, and whose deadline is over since `past`."""
    device = Device("core-sw1", "core-sw1", "127.0.0.1", "noop", Credential("lab", "backup"))
    backup = Backup(f"manual:core-sw1:{past.total_seconds():.0f}", device, datetime.now(UTC) - past)
    [job] = driver.enqueue([backup], None)
    return job


@pytest.mark.parametrize("past", [timedelta(seconds=1), timedelta(days=30)])
@pytest.mark.parametrize("life_s", [None, 86400 * 365 * 9])
def test_hints_that_somebody_wrote_keep_no_row_open(
    deployment: Deployment, past: timedelta, life_s: int | None
) -> None:
    deployment.write(devicevault="version: 1\n")
    with (
        open_driver(deployment.settings) as (driver, results),
        closing(connect(deployment.settings.redis_url or "")) as client,
    ):
        job = overdue(deployment, driver, past)
        client.set(done_key(job.task_identifier), "success", ex=life_s)
        client.set(lock_key("core-sw1"), f"{job.task_identifier}|host|1|pid:[1]-x", ex=life_s)
        assert driver.sweep(60).lost == (job.task_identifier,)
        assert results.get([job.task_identifier])[job.task_identifier].status == "lost"


def test_an_entry_that_was_put_there_later_says_that_the_hint_is_a_lie(deployment: Deployment) -> None:
    deployment.write(devicevault="version: 1\n")
    with (
        open_driver(deployment.settings) as (driver, results),
        closing(connect(deployment.settings.redis_url or "")) as client,
    ):
        job = overdue(deployment, driver, timedelta(hours=2))
        client.set(done_key(job.task_identifier), "success")
        stream = ResultStream(client, deployment.settings.stream)
        stream.ensure_group()
        client.xadd(stream.key, {"outcome": "of another backup"})
        assert driver.sweep(60).lost == ()  # the consumer may have been away for all that time
        stream.read("consumer", 1, None)
        assert driver.sweep(60).lost == (job.task_identifier,)
        # What may have been published before it, and waits for the consumer, is not lost.
        later = overdue(deployment, driver, timedelta(seconds=2))
        client.set(done_key(later.task_identifier), "success")
        assert driver.sweep(60).lost == ()
        assert results.get([later.task_identifier])[later.task_identifier].status == "queued"


def test_a_lock_that_somebody_wrote_lets_backups_through(guarded: Deployment) -> None:
    with closing(connect(guarded.settings.redis_url or "")) as client:
        client.set(lock_key("core-ios"), "mine")
        with guarded.running("worker-core", "consumer"):
            assert guarded.collect("--device", "core-ios")["core-ios"]["status"] == "success"
            # One that expires in time is believed for so long, and status tells.
            client.set(lock_key("core-ios"), "mine", ex=600)
            with guarded.results() as results:
                results._db.execute(
                    "UPDATE device_backup_result SET finished_at = finished_at - interval '1 day'"
                )
            assert guarded.collect("--device", "core-ios", expect=3)["core-ios"]["reason"] == "contended"
            guarded.cli("status", "core-ios", expect=3)
