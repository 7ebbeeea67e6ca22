"""One delivery of one job: what it becomes, step by step, on a real Valkey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded

from collectors import registry
from collectors.contract import CollectorResult, utc_now
from pipeline.errors import ServiceError
from pipeline.transit import device_lock
from pipeline.transit.device_lock import DeviceLocks
from pipeline.transit.protocol import Entry, lock_key
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from pipeline.worker.backup import Drop, Worker
from pipeline.worker.connections import Connections
from pipeline.worker.retry import Retry
from tests.support.settings import make_settings
from tests.support.values import make_job

Collect = Callable[[dict[str, Any]], dict[str, Any]]


def good(config: dict[str, Any]) -> dict[str, Any]:
    return CollectorResult(config["task_id"], "success", utc_now(), device_config="hostname a\n").to_dict()


def away(config: dict[str, Any]) -> dict[str, Any]:
    return CollectorResult(
        config["task_id"], "failure", utc_now(), reason="unreachable", transient=True
    ).to_dict()


class Bench:
    """A worker, its stream, and a collector that a test chooses."""

    def __init__(self, worker: Worker, connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
        self.worker = worker
        self.client = connections.redis
        self.locks = connections.locks
        self.stream = ResultStream(self.client, "device:results")
        self.stream.ensure_group()
        self._monkeypatch = monkeypatch
        self.calls: list[float | None] = []

    def collects_with(self, collect: Collect) -> None:
        def collector(config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
            self.calls.append(timeout)
            return collect(config)

        self._monkeypatch.setattr(registry, "collector_for", lambda _: collector)

    def deliver(self, job: Job) -> float | None:
        """The seconds until the next attempt, or None if there is none."""
        ending = self.worker.deliver(job.to_json())
        return ending.delay_s if isinstance(ending, Retry) else None

    def outcomes(self) -> list[Outcome]:
        return [entry.outcome for entry in self.stream.read("test", 100, 1) if isinstance(entry, Entry)]


@pytest.fixture
def bench(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("LAB_PASSWORD", "canary-task")
    settings = make_settings(tmp_path, redis_url, "postgresql:///unused")
    connections = Connections(settings)
    with closing(connections.redis):
        bench = Bench(Worker(settings, connections), connections, monkeypatch)
        bench.collects_with(good)
        yield bench


def test_a_collected_device_is_one_outcome_and_leaves_no_lock(bench: Bench) -> None:
    job = make_job()
    assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert (outcome.job, outcome.status, outcome.device_config) == (job, "success", "hostname a\n")
    assert (outcome.attempts, outcome.worker) == (1, "w1")
    assert device_lock.holder_of(bench.client, job.device.id) is None


def test_a_delivery_ends_as_an_outcome_a_drop_or_a_retry(bench: Bench) -> None:
    job = make_job()
    outcome = bench.worker.deliver(job.to_json())
    assert isinstance(outcome, Outcome)
    assert bench.worker.deliver(job.to_json()) == Drop("duplicate")
    bench.collects_with(away)
    assert isinstance(bench.worker.deliver(make_job("core-sw2").to_json()), Retry)
    assert bench.outcomes() == [outcome]


def test_a_second_delivery_after_the_outcome_collects_nothing(bench: Bench) -> None:
    job = make_job()
    bench.deliver(job)
    assert bench.deliver(job) is None
    assert len(bench.outcomes()) == len(bench.calls) == 1


def test_a_second_delivery_meanwhile_ends_silently(bench: Bench) -> None:
    job = make_job()
    with DeviceLocks(bench.client).hold(job.device.id, job.task_identifier, 30):
        assert bench.deliver(job) is None
    assert bench.outcomes() == []
    assert bench.calls == []


def test_another_task_at_the_device_is_recorded_as_contended(bench: Bench) -> None:
    job = make_job()
    with DeviceLocks(bench.client).hold(job.device.id, "manual:other", 30):
        assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts) == ("contended", 0)
    assert "manual:other" in outcome.log[0]["message"]


def test_a_failure_that_may_pass_is_tried_again_until_the_limit(bench: Bench) -> None:
    bench.collects_with(away)
    job = make_job()
    delays = [bench.deliver(job), bench.deliver(job)]
    assert all(delay is not None and 0.1 <= delay <= 0.4 for delay in delays)
    assert bench.outcomes() == []
    assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts) == ("unreachable", 3)


def test_a_failure_that_will_not_pass_is_told_at_once(bench: Bench) -> None:
    bench.collects_with(lambda config: {**away(config), "reason": "authentication", "transient": False})
    assert bench.deliver(make_job()) is None
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts) == ("authentication", 1)


def test_no_attempt_is_made_that_would_end_after_the_deadline(bench: Bench) -> None:
    bench.collects_with(away)
    job = make_job(deadline=datetime.now(UTC) + timedelta(seconds=0.08))
    assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert outcome.reason in ("unreachable", "expired")


def test_a_collection_gets_no_more_time_than_its_deadline_leaves(bench: Bench) -> None:
    bench.deliver(make_job(deadline=datetime.now(UTC) + timedelta(seconds=5), timeout_s=30.0))
    [timeout] = bench.calls
    assert timeout is not None
    assert 4 < timeout <= 5


def test_a_backup_whose_worker_died_each_time_ends_as_crashed(bench: Bench) -> None:
    job = make_job()
    bench.client.set(f"attempts:{job.task_identifier}", 3)
    assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts) == ("crashed", 3)
    assert bench.calls == []


def test_attempts_are_counted_before_the_collector_runs(bench: Bench) -> None:
    job = make_job()
    seen: list[object] = []

    def look(config: dict[str, Any]) -> dict[str, Any]:
        seen.append(bench.client.get(f"attempts:{job.task_identifier}"))
        return good(config)

    bench.collects_with(look)
    bench.deliver(job)
    assert seen == [b"1"]
    assert bench.client.ttl(f"attempts:{job.task_identifier}") > 3600


def test_after_a_lost_lock_nothing_is_published(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else is at the device by now; the sweep queues the backup again."""
    monkeypatch.setattr(device_lock, "MARGIN_S", 0.4 - make_job().hard_limit_s)

    def collect(config: dict[str, Any]) -> dict[str, Any]:
        bench.client.set(lock_key(config["device"]), "manual:other|elsewhere|1|x", px=60_000)
        [lease] = bench.locks._leases
        assert lease.lost.wait(60)
        return good(config)

    bench.collects_with(collect)
    assert bench.worker.deliver(make_job().to_json()) == Drop("lock lost")
    assert bench.outcomes() == []
    assert not bench.stream.is_done(make_job().task_identifier)
    assert "the lock was lost" in caplog.text


def test_the_soft_limit_is_a_timeout_and_never_a_bug(bench: Bench) -> None:
    def slow(_: dict[str, Any]) -> dict[str, Any]:
        raise SoftTimeLimitExceeded

    bench.collects_with(slow)
    job = make_job()
    assert bench.deliver(job) is not None
    assert bench.deliver(job) is not None
    assert bench.deliver(job) is None
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts) == ("timeout", 3)


@pytest.mark.parametrize(
    "raw", [None, "job", [], {}, {"device": "../x"}, {**make_job().to_json(), "group": "a/b"}]
)
def test_a_job_that_cannot_be_read_is_dropped_and_told(
    bench: Bench, raw: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert bench.worker.deliver(raw) == Drop("unreadable")
    bench.worker.record_end({"job": raw}, RuntimeError())
    assert bench.stream.waiting() == 0
    assert "dropped a job that cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("exception", "reason", "message"),
    [
        (TimeLimitExceeded(50), "timeout", "core-sw1: killed at the limit of 115 s"),
        (SoftTimeLimitExceeded(), "timeout", "core-sw1: killed at the limit of 105 s"),
        (TaskRevokedError(), "revoked", "core-sw1: the task was revoked"),
        (ValueError("a\nb"), "internal", "core-sw1: ValueError: a b"),
    ],
)
def test_what_only_the_parent_sees_is_recorded_once(
    bench: Bench, exception: BaseException, reason: str, message: str
) -> None:
    job = make_job()
    bench.client.set(f"attempts:{job.task_identifier}", 2)
    for _ in range(2):  # the signal can fire twice
        bench.worker.record_end({"job": job.to_json()}, exception)
    [outcome] = bench.outcomes()
    assert (outcome.reason, outcome.attempts, outcome.log[0]["message"]) == (reason, 2, message)


def test_an_outcome_that_is_there_is_not_followed_by_another(bench: Bench) -> None:
    job = make_job()
    bench.deliver(job)
    bench.worker.record_end({"job": job.to_json()}, TimeLimitExceeded(50))
    assert [outcome.status for outcome in bench.outcomes()] == ["success"]


def test_a_stream_that_was_away_leaves_the_backup_to_the_sweep(bench: Bench) -> None:
    bench.worker.record_end({"job": make_job().to_json()}, ServiceError("away"))
    assert bench.stream.waiting() == 0
