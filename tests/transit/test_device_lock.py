"""One session per device at a time, on a real Valkey: who waits, who is told, who takes over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import redis

from pipeline.errors import ServiceError
from pipeline.system.embedded import Embedded
from pipeline.transit import device_lock
from pipeline.transit.connect import connect
from pipeline.transit.device_lock import Contended, DeviceLocks, DuplicateDelivery, holder_of
from pipeline.transit.holder import Holder, pid_namespace
from pipeline.transit.protocol import lock_key

DEVICE = "core-sw1"
BACKUP = "nightly:1"
DONE = "done:nightly:1"
ATTEMPTS = "attempts:nightly:1"
A_DAY_S = 24 * 3600


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with closing(connect(redis_url)) as client:
        yield client


@pytest.fixture
def dead_pid() -> int:
    """The id of a process of this host that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def hold(
    client: redis.Redis, task: str, pid: int, host: str | None = None, namespace: str | None = None
) -> bytes:
    token = f"{task}|{host or socket.gethostname()}|{pid}|{namespace or pid_namespace()}-f00d".encode()
    client.set(lock_key(DEVICE), token, px=60_000)
    return token


def test_a_device_is_locked_while_it_is_collected_and_free_afterwards(client: redis.Redis) -> None:
    with DeviceLocks(client).hold(DEVICE, "nightly:1", 30) as lease:
        assert holder_of(client, DEVICE) == Holder(
            "nightly:1", socket.gethostname(), os.getpid(), pid_namespace()
        )
        assert 59_000 < client.pttl(lock_key(DEVICE)) <= 60_000
        assert not lease.lost.is_set()
    assert holder_of(client, DEVICE) is None
    assert client.keys() == []


@pytest.mark.parametrize(("held_by", "what"), [("nightly:1", "another backup"), ("probe:sw1:1", "a probe")])
def test_another_task_is_refused_and_told_who_holds_the_device(
    client: redis.Redis, held_by: str, what: str
) -> None:
    message = rf"{DEVICE}: {what} .* \({held_by} on {socket.gethostname()}\), .* nothing is wrong"
    with (
        DeviceLocks(client).hold(DEVICE, held_by, 30),
        pytest.raises(Contended, match=message) as refused,
        DeviceLocks(client).hold(DEVICE, "manual:2", 30),
    ):
        pass
    assert refused.value.reason == "contended"
    assert refused.value.holder is not None


def test_the_same_backup_is_a_duplicate_and_not_contention(client: redis.Redis) -> None:
    with (
        DeviceLocks(client).hold(DEVICE, "nightly:1", 30),
        pytest.raises(DuplicateDelivery, match="nightly:1"),
        DeviceLocks(client).hold(DEVICE, "nightly:1", 30),
    ):
        pass


def test_devices_do_not_wait_for_each_other(client: redis.Redis) -> None:
    with DeviceLocks(client).hold("a", "nightly:a", 30), DeviceLocks(client).hold("b", "nightly:b", 30):
        assert holder_of(client, "a") != holder_of(client, "b")


def test_a_refused_task_leaves_the_holders_lock_alone(client: redis.Redis) -> None:
    token = hold(client, "nightly:1", os.getppid(), "elsewhere")
    with pytest.raises(Contended), DeviceLocks(client).hold(DEVICE, "manual:2", 30):
        pass
    assert client.get(lock_key(DEVICE)) == token


def test_the_lock_is_freed_when_the_collection_raises(client: redis.Redis) -> None:
    with pytest.raises(RuntimeError), DeviceLocks(client).hold(DEVICE, "nightly:1", 30):
        raise RuntimeError
    assert holder_of(client, DEVICE) is None


def test_a_lost_reply_to_the_acquisition_is_not_contention(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py sends again, and the lock is ours already: it is neither refused nor counted twice."""
    locks = DeviceLocks(client)
    claim = locks._claim_script

    def lose_the_reply(keys: Sequence[str], arguments: Sequence[str | int]) -> object:
        assert claim(keys, arguments)
        return claim(keys, arguments)

    monkeypatch.setattr(locks, "_claim_script", lose_the_reply)
    for attempt in (1, 2):
        with locks.claim(DEVICE, BACKUP, 30) as lease:
            assert holder_of(client, DEVICE) is not None
            assert lease.attempt == attempt
        assert holder_of(client, DEVICE) is None


def test_what_is_done_is_neither_locked_nor_counted(client: redis.Redis) -> None:
    client.set(DONE, "success")
    with pytest.raises(DuplicateDelivery, match="outcome"), DeviceLocks(client).claim(DEVICE, BACKUP, 30):
        pass
    assert client.keys() == [DONE.encode()]


def test_what_is_refused_is_not_counted_and_the_count_is_forgotten_in_time(client: redis.Redis) -> None:
    locks = DeviceLocks(client)
    with locks.claim(DEVICE, BACKUP, 30):
        with pytest.raises(Contended), locks.claim(DEVICE, "manual:2", 30):
            pass
        assert client.get(ATTEMPTS) == b"1"
        assert 0 < client.ttl(ATTEMPTS) <= A_DAY_S
        assert client.get("attempts:manual:2") is None


def test_a_lock_that_was_released_along_with_something_else_is_not_released_again(
    client: redis.Redis,
) -> None:
    """Somebody else may have it by then."""
    with DeviceLocks(client).hold(DEVICE, "nightly:1", 30) as lease:
        lease.released = True
        token = hold(client, "manual:2", 1, "elsewhere")
    assert client.get(lock_key(DEVICE)) == token


def test_one_thread_renews_all_locks_and_ends_after_the_last(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one taken last is due first."""
    monkeypatch.setattr(device_lock, "MARGIN_S", 0.0)
    locks, before = DeviceLocks(client), set(threading.enumerate())
    with locks.hold("a", "nightly:1", 8.0) as long, locks.hold("b", "nightly:2", 2.0) as short:
        assert not short.lost.wait(4.0)
        assert not long.lost.is_set()
        assert holder_of(client, "b") is not None
        [beat] = set(threading.enumerate()) - before
    beat.join(30)
    assert not beat.is_alive()


def test_the_heartbeat_keeps_the_lock_past_its_time(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_lock, "MARGIN_S", 0.0)
    # Long enough for a heartbeat in time on a busy machine.
    with DeviceLocks(client).hold(DEVICE, "nightly:1", 4.0) as lease:
        assert not lease.lost.wait(6.0)
        assert holder_of(client, DEVICE) is not None
    assert holder_of(client, DEVICE) is None


def test_a_heartbeat_that_could_not_start_is_made_up_for(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may have too many threads for a moment; the lock that could not be kept is free again."""
    monkeypatch.setattr(device_lock, "MARGIN_S", 0.0)
    locks = DeviceLocks(client)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="thread"), locks.hold("a", "nightly:1", 30):
            pass
    assert holder_of(client, "a") is None
    with locks.hold(DEVICE, "nightly:1", 2.0) as lease:
        assert not lease.lost.wait(4.0)
        assert holder_of(client, DEVICE) is not None


def test_a_lost_lock_is_told_and_not_taken_from_its_new_holder(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_lock, "MARGIN_S", 0.0)
    with DeviceLocks(client).hold(DEVICE, "nightly:1", 0.8) as lease:
        token = hold(client, "manual:2", 1, "elsewhere")
        assert lease.lost.wait(30)
    assert client.get(lock_key(DEVICE)) == token


def test_a_server_that_is_away_for_a_moment_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The append-only file brings the lock back, and the heartbeat finds it."""
    monkeypatch.setattr(device_lock, "MARGIN_S", 10.0)
    embedded = Embedded(tmp_path / "state", want_postgres=False)
    services = embedded.start()
    try:
        with (
            closing(connect(services.redis_url or "")) as client,
            DeviceLocks(client).hold(DEVICE, "nightly:1", 0.1) as lease,
        ):
            embedded.stop()
            with (
                pytest.raises(ServiceError, match="DEVICEVAULT_REDIS_URL"),
                DeviceLocks(client).hold("b", "x", 1),
            ):
                pass
            embedded = Embedded(tmp_path / "state", want_postgres=False)
            embedded.start()
            assert not lease.lost.wait(3.0)
            assert holder_of(client, DEVICE) is not None
    finally:
        embedded.stop()


def test_the_lock_of_a_killed_process_of_this_host_is_taken_over(client: redis.Redis, dead_pid: int) -> None:
    hold(client, "nightly:1", dead_pid)
    began = time.monotonic()
    with DeviceLocks(client).hold(DEVICE, "manual:2", 30):
        holder = holder_of(client, DEVICE)
        assert holder is not None
        assert holder.task_identifier == "manual:2"
    assert time.monotonic() - began < 15


def test_a_second_delivery_takes_over_from_its_own_killed_first(client: redis.Redis, dead_pid: int) -> None:
    hold(client, "nightly:1", dead_pid)
    with DeviceLocks(client).hold(DEVICE, "nightly:1", 30):
        assert holder_of(client, DEVICE) is not None


def test_a_process_of_another_host_is_never_called_dead(client: redis.Redis, dead_pid: int) -> None:
    hold(client, "nightly:1", dead_pid, "elsewhere")
    with pytest.raises(Contended), DeviceLocks(client).hold(DEVICE, "manual:2", 30):
        pass


def test_a_process_of_another_container_on_this_host_is_never_called_dead(
    client: redis.Redis, dead_pid: int
) -> None:
    hold(client, "nightly:1", dead_pid, namespace="pid:[1]")
    with pytest.raises(Contended), DeviceLocks(client).hold(DEVICE, "manual:2", 30):
        pass


def test_of_two_that_take_over_one_gets_the_device(
    client: redis.Redis, redis_url: str, dead_pid: int
) -> None:
    hold(client, "nightly:1", dead_pid)
    together = threading.Barrier(2)
    done = threading.Barrier(2)
    got: list[str] = []

    def collect(task: str) -> None:
        with closing(connect(redis_url)) as own:
            together.wait(60)
            try:
                with DeviceLocks(own).hold(DEVICE, task, 30):
                    got.append(task)
                    done.wait(60)
            except Contended:
                done.wait(60)

    threads = [threading.Thread(target=collect, args=[f"manual:{n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


@pytest.mark.parametrize("token", [None, b"", b"a|b|c", b"a|b|c|d", b"\xff\xfe", b"a|b|-1|d", "b\u00e9"])
def test_a_token_that_is_not_ours_names_no_holder(token: bytes | str | None) -> None:
    assert Holder.parse(token) is None


def test_an_identifier_with_a_separator_in_it_is_read_back() -> None:
    assert Holder.parse("event:a|b|host|17|pid:[1]-f00d") == Holder("event:a|b", "host", 17, "pid:[1]")


@pytest.mark.parametrize(
    "make",
    [
        lambda client, key: client.set(key, "mine"),
        lambda client, key: client.set(key, f"nightly:sw1:x|host|1|pid:[1]-{'a' * 32}"),
        lambda client, key: client.set(key, "mine", ex=10 * 365 * 86400),
        lambda client, key: client.rpush(key, "a list"),
        lambda client, key: client.hset(key, "a", "hash"),
    ],
    ids=["no end", "no end, in our words", "years", "a list", "a hash"],
)
def test_a_lock_that_no_worker_made_keeps_nobody_away(
    client: redis.Redis, make: Callable[[redis.Redis, str], object]
) -> None:
    make(client, lock_key(DEVICE))
    assert holder_of(client, DEVICE) is None
    with DeviceLocks(client).claim(DEVICE, "nightly:sw1:x", 30) as lease:
        assert lease.attempt == 1
        assert holder_of(client, DEVICE) is not None
        assert 0 < client.pttl(lock_key(DEVICE)) <= 60_000
    assert not client.exists(lock_key(DEVICE))


def test_a_count_that_is_none_begins_anew(client: redis.Redis) -> None:
    client.rpush("attempts:nightly:sw1:x", "a list")
    with DeviceLocks(client).claim(DEVICE, "nightly:sw1:x", 30) as lease:
        assert lease.attempt == 1
    client.set("attempts:nightly:sw1:x", "many")
    with DeviceLocks(client).claim(DEVICE, "nightly:sw1:x", 30) as lease:
        assert lease.attempt == 1


def test_a_lock_of_somebody_elses_making_is_contention(client: redis.Redis) -> None:
    client.set(lock_key(DEVICE), "by hand", ex=60)
    with pytest.raises(Contended, match="another task"), DeviceLocks(client).hold(DEVICE, "nightly:1", 30):
        pass
    assert client.get(lock_key(DEVICE)) == b"by hand"
