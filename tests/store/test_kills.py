"""kill -9 between each pair of the consumer's effects: no backup lost, doubled or half written."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from pipeline.store.git.commit_message import read_trailers
from pipeline.values.job import Job
from tests.store.run_consumer import run_and_kill
from tests.support.store import Store
from tests.support.values import make_job, success


def check(store: Store, jobs: list[Job], texts: dict[str, str]) -> None:
    rows = store.results.get([job.task_identifier for job in jobs])
    assert {row.status for row in rows.values()} == {"success"}
    committed = Counter(
        read_trailers(store.git("log", "-1", "--format=%B", commit).encode())["Task-Identifier"]
        for commit in store.commits()
    )
    assert committed == Counter(job.task_identifier for job in jobs)
    for job in jobs:
        row = rows[job.task_identifier]
        assert store.git("show", f"{row.commit}:{row.path}") == texts[job.device.name]
        assert row.changed
    assert store.stream.waiting() == 0
    assert store.client.exists(store.stream.dead_key) == 0
    store.git("fsck", "--strict", "--full")


@pytest.mark.parametrize("step", ["read", "committed", "recorded", "acknowledged"])
def test_a_consumer_killed_after_each_effect_loses_and_doubles_nothing(store: Store, step: str) -> None:
    jobs = store.expect(*(make_job(f"sw{number}") for number in range(10)))
    texts = {job.device.name: f"hostname {job.device.name}\n" for job in jobs}
    for job in jobs:
        store.stream.publish(success(job, texts[job.device.name]))
    assert run_and_kill(store, step) == -signal.SIGKILL
    store.consume()
    check(store, jobs, texts)


def test_a_consumer_killed_again_and_again_still_gets_there(store: Store) -> None:
    jobs = store.expect(*(make_job(f"sw{number}") for number in range(8)))
    texts = {job.device.name: f"hostname {job.device.name}\n" for job in jobs}
    for job in jobs:
        store.stream.publish(success(job, texts[job.device.name]))
    for step in ("committed", "recorded", "read", "acknowledged", "committed", "committed", "acknowledged"):
        assert run_and_kill(store, step, batch_size=2) == -signal.SIGKILL
    store.consume()
    check(store, jobs, texts)


def test_commits_without_rows_are_adopted_not_repeated(store: Store) -> None:
    jobs = store.expect(*(make_job(f"sw{number}") for number in range(3)))
    for job in jobs:
        store.stream.publish(success(job, f"hostname {job.device.name}\n"))
    assert run_and_kill(store, "committed") == -signal.SIGKILL
    before = store.commits()
    assert len(before) == 3
    assert {row.status for row in store.results.get([j.task_identifier for j in jobs]).values()} == {"queued"}
    store.consume()
    assert store.commits() == before
    assert sorted(store.row(job).commit or "" for job in jobs) == sorted(before)


def test_a_lock_file_left_by_a_killed_writer_does_not_stop_the_next(store: Store) -> None:
    first, second = store.expect(make_job("sw1"), make_job("sw2"))
    store.stream.publish(success(first, "hostname sw1\n"))
    store.consume()
    (store.path / "refs/heads/main.lock").write_text("half")
    store.stream.publish(success(second, "hostname sw2\n"))
    store.consume()
    assert store.row(second).status == "success"
