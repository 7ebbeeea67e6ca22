"""From the stream to a commit and a row: what is stored, and what is never stored."""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest

from pipeline.store.consumer import Consumer
from pipeline.store.git import repo as configs_repo
from pipeline.store.git.changes import Change
from pipeline.store.git.repack import pack_count
from pipeline.store.git.repo import ConfigsRepo
from pipeline.transit.protocol import GROUP
from pipeline.values import compression
from pipeline.values.times import iso
from tests.support.git import git
from tests.support.store import Store
from tests.support.values import NOW, failure, make_job, success

CONFIG = "hostname core-sw1\nvlan 10\n name users\nend\n"


def test_a_success_names_a_commit_that_holds_exactly_its_content(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, CONFIG))
    store.consume()
    row = store.row(job)
    assert (row.status, row.changed, row.path, row.size) == (
        "success",
        True,
        "core/core-sw1.cfg",
        len(CONFIG),
    )
    assert store.git("show", f"{row.commit}:core/core-sw1.cfg") == CONFIG
    assert store.stream.waiting() == 0


def test_the_trailers_lead_from_a_commit_to_its_task_and_inventory(store: Store) -> None:
    [job] = store.expect(make_job(run_url="https://ci.example/runs/7"))
    outcome = success(job, CONFIG, facts={"changed_by": "alice\nTask-Identifier: forged"})
    store.stream.publish(outcome)
    store.consume()
    subject, _, body = store.git("log", "-1", "--format=%B").partition("\n\n")
    assert subject == "core-sw1: first backup, 4 lines"
    assert body.strip().splitlines() == [
        f"Task-Identifier: {job.task_identifier}",
        f"Task-Id: {job.task_id}",
        "Device: core-sw1",
        "Collection-Group: core",
        "Schedule: nightly",
        f"Collected-At: {iso(outcome.collected_at)}",
        f"Inventory-Commit: {'a' * 40}",
        "Changed-By: alice Task-Identifier: forged",
        "Worker: w1",
        "Run-URL: https://ci.example/runs/7",
    ]
    authored = int(store.git("log", "-1", "--format=%at"))
    assert authored == int(outcome.collected_at.timestamp())


def test_an_unchanged_config_makes_no_commit_and_points_at_the_one_that_holds_it(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text in zip(jobs, (CONFIG, CONFIG + "!\n", CONFIG + "!\n"), strict=True):
        store.stream.publish(success(job, text))
        store.consume()
    first, second, third = (store.row(job) for job in jobs)
    assert store.commits() == [first.commit, second.commit]
    assert (third.status, third.changed, third.commit) == ("success", False, second.commit)


def test_unchanged_within_one_batch_points_at_the_commit_of_that_batch(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text in zip(jobs, (CONFIG, CONFIG, CONFIG + "!\n"), strict=True):
        store.stream.publish(success(job, text))
    store.consume()
    first, second, third = (store.row(job) for job in jobs)
    assert store.commits() == [first.commit, third.commit]
    assert (second.changed, second.commit) == (False, first.commit)


def test_unchanged_is_found_in_git_when_the_table_is_new(store: Store) -> None:
    with ConfigsRepo(store.path) as repo:
        [held] = repo.store([Change("core/core-sw1.cfg", CONFIG, "core-sw1", NOW, {})])
        repo.store([Change("core/other.cfg", CONFIG, "other", NOW, {})])
    [job] = store.expect(make_job())
    store.stream.publish(success(job, CONFIG))
    store.consume()
    assert (store.row(job).changed, store.row(job).commit) == (False, held.commit)


def test_a_failure_is_recorded_and_never_touches_the_config(store: Store) -> None:
    good, bad = store.expect(make_job(), make_job(slot=NOW + timedelta(days=1)))
    store.stream.publish(success(good, CONFIG))
    store.stream.publish(failure(bad, "truncated"))
    store.consume()
    row = store.row(bad)
    assert (row.status, row.reason, row.commit, row.attempts) == ("failure", "truncated", None, 3)
    assert store.git("show", "main:core/core-sw1.cfg") == CONFIG


def test_an_older_run_never_overwrites_a_newer_one(store: Store) -> None:
    older, newer = store.expect(make_job(), make_job(slot=NOW + timedelta(days=1)))
    store.stream.publish(success(newer, "new\n"))
    store.consume()
    store.stream.publish(success(older, "old\n"))
    store.consume()
    assert (store.row(older).status, store.row(older).reason) == ("failure", "superseded")
    assert newer.task_identifier in store.row(older).log[-1]["message"]
    assert store.git("show", "main:core/core-sw1.cfg") == "new\n"


def test_the_first_outcome_of_a_backup_is_the_only_one(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, CONFIG))
    store.stream.publish(success(job, "another answer\n"))
    store.consume()
    store.stream.publish(failure(job))
    store.consume()
    assert store.row(job).status == "success"
    assert store.git("show", "main:core/core-sw1.cfg") == CONFIG
    assert len(store.commits()) == 1
    assert store.stream.waiting() == 0


def test_what_comes_after_the_outcome_makes_no_commit(store: Store) -> None:
    """The row says failure; a commit of that backup would say otherwise."""
    [job] = store.expect(make_job())
    store.results.fail(job.task_identifier, "lost", NOW)
    store.stream.publish(success(job, CONFIG))
    store.consume()
    assert (store.row(job).status, store.row(job).reason) == ("failure", "lost")
    assert store.git("rev-list", "--all") == ""
    assert store.stream.waiting() == 0


def test_an_outcome_that_no_row_expects_is_a_dead_letter_and_writes_nothing(store: Store) -> None:
    job = make_job(run_seq=17)
    store.stream.publish(success(job, CONFIG))
    store.consume()
    assert store.results.get([job.task_identifier]) == {}
    assert store.client.xlen(store.stream.dead_key) == 1
    assert not git(store.path, "for-each-ref")


def test_an_outcome_of_another_job_than_the_rows_ends_nothing(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(replace(job, device=replace(job.device, group="edge")), CONFIG))
    store.consume()
    assert store.row(job).status == "queued"
    store.stream.publish(success(job, CONFIG))
    store.consume()
    assert store.row(job).status == "success"


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": b"not zlib"},
        {"outcome": zlib.compress(b"not json")},
        {"outcome": zlib.compress(b'{"job": {"device": "../x"}}')},
        {"outcome": compression.deflate(success(make_job(), CONFIG).to_json()), "config": b"not zlib"},
        {"nothing": b"at all"},
    ],
)
def test_poison_goes_to_the_dead_letters_and_its_row_fails(store: Store, fields: dict[str, bytes]) -> None:
    poisoned, good = store.expect(make_job(), make_job("core-sw2"))
    entry: dict[Any, Any] = {"task_identifier": poisoned.task_identifier, **fields}
    store.client.xadd(store.stream.key, entry)
    store.stream.publish(success(good, CONFIG))
    store.consume()
    assert (store.row(poisoned).status, store.row(poisoned).reason) == ("failure", "malformed")
    assert store.row(good).status == "success"
    assert store.stream.waiting() == 0
    assert store.client.xlen(store.stream.dead_key) == 1


def test_results_that_trickle_in_share_a_batch(store: Store) -> None:
    first, second = store.expect(make_job(), make_job("core-sw2"))
    with store.repos() as repos:
        consumer = Consumer(store.stream, repos, store.results, "consumer", gather_s=0.5)
        consumer.recover()
        store.stream.publish(success(first, CONFIG))
        late = threading.Timer(0.1, store.stream.publish, [success(second, CONFIG)])
        late.start()
        try:
            assert consumer.run_once(block_ms=1) == 2
        finally:
            late.join()
    assert pack_count(store.path) == 1


def test_packs_are_put_together_when_nothing_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configs_repo, "MANY_PACKS", 3)
    jobs = store.expect(*(make_job(f"sw{number}") for number in range(6)))
    with store.repos() as repos:
        consumer = Consumer(store.stream, repos, store.results, "consumer", batch_size=1)
        consumer.recover()
        for job in jobs:
            store.stream.publish(success(job, CONFIG))
            assert consumer.run_once(block_ms=1) == 1
        assert pack_count(store.path) == 6
        assert consumer.run_once(block_ms=1) == 0
    assert pack_count(store.path) <= 3
    git(store.path, "fsck", "--strict", "--full")


def test_what_a_dead_consumer_of_another_name_held_is_taken_over(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, CONFIG))
    store.stream.ensure_group()
    assert len(store.stream.read("dead", 10, 1)) == 1
    [(held, _)] = cast("list[tuple[bytes, object]]", store.client.xrange(store.stream.key))
    store.client.xclaim(store.stream.key, GROUP, "dead", 0, [held], idle=120_000, justid=True)
    store.consume()
    assert store.row(job).status == "success"


def test_nul_in_a_log_is_no_reason_to_stop(store: Store) -> None:
    [job] = store.expect(make_job())
    entry = {"timestamp": "t", "severity": "error", "source": "s", "message": "a\0b"}
    store.stream.publish(success(job, CONFIG, log=(entry,)))
    store.consume()
    assert store.row(job).log[0]["message"] == "ab"


def test_the_table_holds_no_config_and_refuses_a_success_without_a_commit(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, "hostname canary-7f3a\n"))
    store.consume()
    with psycopg.connect(store.database_url) as db:
        dump = str(db.execute("SELECT r::text FROM device_backup_result r").fetchall())
        assert "canary-7f3a" not in dump
        assert job.task_identifier in dump
        with pytest.raises(psycopg.errors.CheckViolation, match="success_names_its_commit"):
            db.execute('UPDATE device_backup_result SET "commit" = NULL')


def test_a_thousand_results_end_in_a_clean_repository(store: Store) -> None:
    jobs = store.expect(*(make_job(f"sw{number}", group=f"site-{number % 7}") for number in range(1000)))
    for job in jobs:
        store.stream.publish(success(job, f"hostname {job.device.name}\n"))
    assert store.consume() == 1000
    assert len(store.commits()) == 1000
    store.git("fsck", "--strict", "--full")
    assert len(store.git("ls-tree", "-r", "--name-only", "main").splitlines()) == 1000


def test_after_a_batch_every_commit_is_known_to_have_its_row(store: Store) -> None:
    jobs = store.expect(make_job("sw1"), make_job("sw2"))
    for job in jobs:
        store.stream.publish(success(job, CONFIG))
    store.consume()
    assert store.results.checkpoints.of("configs") == store.commits()[-1]


def test_what_the_config_says_of_its_device_is_kept_as_metadata(store: Store) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, CONFIG, facts={"os_version": "15.2", "changed_by": "alice"}))
    store.consume()
    assert store.row(job).facts == {"os_version": "15.2", "changed_by": "alice"}
