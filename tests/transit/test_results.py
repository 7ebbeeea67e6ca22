"""Between worker and consumer, on a real Valkey: nothing unread is lost, nothing unreadable stays."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
import redis

from pipeline.errors import ServiceError
from pipeline.store.consumer import Consumer
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Results
from pipeline.system.embedded import Embedded
from pipeline.transit.connect import connect
from pipeline.transit.device_lock import Lease
from pipeline.transit.protocol import GROUP, Entry, UnreadableEntry
from pipeline.transit.results import ResultStream
from tests.support.bomb import bomb
from tests.support.values import NOW, failure, make_job, success


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with closing(connect(redis_url)) as client:
        yield client


@pytest.fixture
def stream(client: redis.Redis) -> ResultStream:
    return ResultStream(client, "device:results")


def published(stream: ResultStream, count: int = 3) -> list[str]:
    jobs = [make_job(f"sw{number}") for number in range(count)]
    for job in jobs:
        stream.publish(success(job, f"hostname {job.device.name}\n"))
    return [job.task_identifier for job in jobs]


def outcomes_read(stream: ResultStream, count: int = 10) -> list[Entry]:
    entries = stream.read("consumer", count, 1)
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    assert len(readable) == len(entries)
    return readable


def fields_of(client: redis.Redis, key: str) -> list[dict[bytes, bytes]]:
    """The fields of each entry of a stream."""
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(key))
    return [fields for _, fields in entries]


def test_an_outcome_is_read_as_it_was_published(stream: ResultStream, client: redis.Redis) -> None:
    outcome = success(make_job(), "hostname ✓\r\n\tvlan 1\n", facts={"changed_by": "ada"})
    stream.ensure_group()
    entry_id = stream.publish(outcome)
    [entry] = stream.read("consumer", 10, 1)
    assert entry == Entry(entry_id, outcome)
    assert entry.task_identifier == outcome.job.task_identifier
    [fields] = fields_of(client, stream.key)
    assert fields[b"v"] == b"2"
    assert fields[b"task_identifier"] == outcome.job.task_identifier.encode()
    assert set(fields) == {b"v", b"task_identifier", b"outcome", b"config"}


def test_an_entry_of_an_older_worker_has_its_configuration_in_the_outcome(
    stream: ResultStream, client: redis.Redis
) -> None:
    outcome = success(make_job(), "hostname a\n")
    older = {**json.loads(outcome.to_json()), "device_config": outcome.device_config}
    stream.ensure_group()
    client.xadd(stream.key, {"v": "1", "outcome": zlib.compress(json.dumps(older).encode())})
    [entry] = stream.read("consumer", 10, 1)
    assert isinstance(entry, Entry)
    assert entry.outcome == outcome


@pytest.mark.parametrize(("token", "left"), [("ours", None), ("another's", b"ours")])
def test_a_lock_is_released_with_the_outcome_only_by_its_own_token(
    stream: ResultStream, client: redis.Redis, token: str, left: bytes | None
) -> None:
    client.set("lock:device:a", "ours")
    lease = Lease("a", token, 30)
    stream.publish(success(make_job(), "hostname a\n"), lease)
    assert lease.released
    assert client.get("lock:device:a") == left
    assert stream.is_done(make_job().task_identifier)
    assert stream.waiting() == 1


def test_what_waited_before_the_first_consumer_ran_is_read(stream: ResultStream) -> None:
    identifiers = published(stream)
    stream.ensure_group()
    stream.ensure_group()
    assert [entry.task_identifier for entry in stream.read("consumer", 10, 1)] == identifiers


def test_an_entry_lives_until_it_is_acknowledged_and_no_longer(
    stream: ResultStream, client: redis.Redis
) -> None:
    stream.ensure_group()
    published(stream)
    first, *others = outcomes_read(stream)
    assert stream.waiting() == 3
    stream.acknowledge([first])
    assert stream.waiting() == 2
    assert stream.read("consumer", 10, 1) == []
    stream.acknowledge(others)
    stream.acknowledge([])
    assert stream.waiting() == 0
    assert client.xpending(stream.key, GROUP)["pending"] == 0


def test_what_a_crash_left_unacknowledged_is_read_again_by_the_same_name(stream: ResultStream) -> None:
    stream.ensure_group()
    identifiers = published(stream)
    stream.acknowledge(outcomes_read(stream, 1))
    stream.read("consumer", 1, 1)
    assert [entry.task_identifier for entry in stream.unacknowledged("consumer", 10)] == identifiers[1:2]
    assert stream.unacknowledged("another", 10) == []
    assert [entry.task_identifier for entry in stream.read("consumer", 10, 1)] == identifiers[2:]


def test_only_what_another_left_for_long_is_taken_over(stream: ResultStream, client: redis.Redis) -> None:
    stream.ensure_group()
    identifiers = published(stream, 2)
    entries = stream.read("dead", 10, 1)
    assert stream.reclaim("consumer", 60_000, 10) == []
    client.xclaim(stream.key, GROUP, "dead", 0, [entries[0].id], idle=61_000, justid=True)
    assert [entry.task_identifier for entry in stream.reclaim("consumer", 60_000, 10)] == identifiers[:1]
    assert len(stream.unacknowledged("consumer", 10)) == 1


def test_an_entry_that_was_deleted_under_its_reader_is_no_entry_and_an_alarm(
    stream: ResultStream, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """By a person, say: what is gone must not stop what is there."""
    stream.ensure_group()
    published(stream, 2)
    gone, kept = stream.read("dead", 10, 1)
    client.xdel(stream.key, gone.id)
    assert [entry.id for entry in stream.reclaim("consumer", 0, 10)] == [kept.id]
    assert f"gone before it was stored: {gone.id}" in caplog.text


def test_what_cannot_be_read_is_buried_with_its_problem_and_its_content(
    stream: ResultStream, client: redis.Redis
) -> None:
    stream.ensure_group()
    client.xadd(stream.key, {"task_identifier": "a\0\xff", "outcome": b"not zlib", "v": "1"})
    [entry] = stream.read("consumer", 10, 1)
    assert isinstance(entry, UnreadableEntry)
    assert "\0" not in (entry.task_identifier or "")
    stream.bury(entry)
    stream.bury(entry)  # after a lost reply
    assert stream.waiting() == 0
    [fields] = fields_of(client, stream.dead_key)
    assert fields[b"outcome"] == b"not zlib"
    assert fields[b"problem"] == entry.problem.encode()
    assert client.xpending(stream.key, GROUP)["pending"] == 0


@pytest.mark.parametrize(
    "content",
    [
        zlib.compress(success(make_job(), "a\n").to_json().encode())[:-9],
        bomb(300),
        zlib.compress(b"[" * 100_000),
        b"",
    ],
    ids=["cut short", "a bomb", "too deep", "empty"],
)
def test_content_that_would_break_the_reader_is_a_problem(
    stream: ResultStream, client: redis.Redis, content: bytes
) -> None:
    stream.ensure_group()
    client.xadd(stream.key, {"task_identifier": "x", "outcome": content})
    [entry] = stream.read("consumer", 10, 1)
    assert isinstance(entry, UnreadableEntry)
    assert entry.task_identifier == "x"
    assert entry.problem


def test_a_plugins_text_that_utf_8_cannot_hold_does_not_stop_the_outcome(stream: ResultStream) -> None:
    stream.ensure_group()
    entry = {"timestamp": "t", "severity": "error", "source": "s", "message": "half \ud83d"}
    stream.publish(success(make_job(), "hostname a\n", log=(entry,)))
    [read] = stream.read("consumer", 10, 1)
    assert isinstance(read, Entry)
    assert read.outcome.log[0]["message"] == "half ?"


def test_a_published_outcome_is_remembered_after_it_is_gone(stream: ResultStream) -> None:
    stream.ensure_group()
    identifiers = published(stream, 2)
    stream.acknowledge(outcomes_read(stream))
    assert stream.is_done(identifiers[0])
    assert not stream.is_done("another")
    assert stream.done([*identifiers, "another"]) == set(identifiers)
    assert stream.done([]) == set()


def test_a_server_that_forgets_everything_does_not_stop_the_consumer(
    stream: ResultStream, client: redis.Redis, database_url: str, tmp_path: Path
) -> None:
    repos = ConfigsRepos(lambda name: tmp_path / f"{name}.git")
    with Results(database_url) as results, repos:
        results.migrate()
        first, second = results.expect([make_job(), make_job(slot=NOW + timedelta(days=1))])
        consumer = Consumer(stream, repos, results, "consumer")
        consumer.recover()
        stream.publish(success(first, "hostname a\n"))
        assert consumer.run_once(1) == 1
        client.flushall()
        assert consumer.run_once(1) == 0
        stream.publish(failure(second))
        assert consumer.run_once(1000) == 1
        rows = results.get([first.task_identifier, second.task_identifier])
    assert [row.status for row in rows.values()] == ["success", "failure"]


def test_a_reader_that_waits_is_woken_by_the_first_entry(stream: ResultStream, redis_url: str) -> None:
    stream.ensure_group()
    got: list[int] = []

    def wait() -> None:
        with closing(connect(redis_url)) as own:
            got.append(len(ResultStream(own, stream.key).read("consumer", 10, 10_000)))

    reader = threading.Thread(target=wait)
    reader.start()
    published(stream, 1)
    reader.join(60)
    assert got == [1]


def test_every_call_says_that_the_server_is_away(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path / "state", want_postgres=False)
    services = embedded.start()
    with closing(connect(services.redis_url or "")) as client:
        stream = ResultStream(client, "device:results")
        stream.ensure_group()
        published(stream, 1)
        [entry] = stream.read("consumer", 1, 1)
        assert isinstance(entry, Entry)
        unreadable = UnreadableEntry(entry.id, None, "a test")
        embedded.stop()
        outcome = success(make_job(), "a\n")
        for call in (
            lambda: stream.publish(outcome), lambda: stream.is_done("x"), lambda: stream.done(["x"]),
            stream.ensure_group, lambda: stream.read("consumer", 1, 1), stream.waiting,
            lambda: stream.unacknowledged("consumer", 1), lambda: stream.reclaim("consumer", 0, 1),
            lambda: stream.acknowledge([entry]), lambda: stream.bury(unreadable),
        ):  # fmt: skip
            with pytest.raises(ServiceError, match=r"^DEVICEVAULT_REDIS_URL: cannot use Redis"):
                call()


def test_a_full_server_is_a_service_error_and_publishes_nothing(
    stream: ResultStream, client: redis.Redis
) -> None:
    client.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(ServiceError, match=r"DEVICEVAULT_REDIS_URL: .*memory"):
            stream.publish(success(make_job(), "a\n"))
    finally:
        client.config_set("maxmemory", "0")
    assert stream.waiting() == 0
    assert not stream.is_done(make_job().task_identifier)


def test_a_key_that_is_somebody_elses_is_told(stream: ResultStream, client: redis.Redis) -> None:
    client.set(stream.key, "a text")
    with pytest.raises(ServiceError, match="WRONGTYPE"):
        stream.ensure_group()
