"""Whoever has the password of one role: what that role does goes on, and nothing else is let through."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu.connection import Connection

from collectors import registry
from collectors.simulator import Fleet
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.local.keys import make_local_keys
from pipeline.local.up import children
from pipeline.system.supervisor import Child, Patience, Supervisor
from pipeline.transit.answers import answers_key, question_key
from pipeline.transit.broker import unacked_keys
from pipeline.transit.protocol import CLAIM, PUBLISH, RELEASE, done_key, lock_key
from pipeline.transit.rights import User, acl_line, users, workers_of
from tests.journey.deployment import Deployment
from tests.servers.with_users import by_role, serve_rabbitmq_with, serve_valkey

STREAM = "device:results"
USERS = users(workers_of(["core", "dmz"]))


@pytest.fixture
def redis_users(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve_valkey(tmp_path, USERS, STREAM) as urls:
        yield urls


@contextmanager
def each_as_its_role(
    deployment: Deployment, redis_urls: dict[str, str], broker_urls: dict[str, str] | None = None
) -> Iterator[None]:
    """The processes of `devicevault up`, each with the login of its own role."""

    def login(name: str) -> dict[str, str]:
        found = {"DEVICEVAULT_REDIS_URL": by_role(redis_urls, name)}
        if broker_urls is not None and name != "consumer":
            found["DEVICEVAULT_BROKER_URL"] = by_role(broker_urls, name)
        return found

    inventory = InventoryReader(deployment.settings, registry.KnownNames()).current()
    every = children(deployment.settings, inventory, log_dir=deployment.logs)
    wanted = [Child(c.name, c.argv, {**deployment.environment, **login(c.name)}, c.log) for c in every]
    deployment.env = login("driver")
    with Supervisor(wanted, Patience(first_delay_s=0.2, grace_s=15)):
        yield


def goes_its_whole_way(deployment: Deployment, fleet: Fleet, operator: dict[str, str]) -> None:
    """Backups of two queues, retries, a probe, a scan, and the release of what was quarantined."""
    device = fleet["core-ios"]
    whole = device.config
    device.config = whole.replace("line vty", "".join(f"vlan {n}\n" for n in range(2, 300)) + "line vty")
    rows = deployment.collect("--all")
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(rows, "success")
    assert json.loads(deployment.cli("probe", "core-ios", "--output", "json"))
    deployment.cli("hostkeys", "verify", "edge-frr", "--via-worker")
    device.config = whole
    assert deployment.collect("core-ios", expect=3)["core-ios"]["reason"] == "shrunk"
    driver, deployment.env = deployment.env, operator
    deployment.cli("accept", "core-ios")
    deployment.env = driver
    device.password = "another"
    assert deployment.collect("core-ios", expect=3)["core-ios"]["reason"] == "authentication"


def test_each_process_works_with_the_rights_of_its_role_on_valkey(
    deployment: Deployment, fleet: Fleet, redis_users: dict[str, str]
) -> None:
    make_local_keys(deployment.settings)
    deployment.write_fleet(list(fleet))
    with each_as_its_role(deployment, redis_users):
        goes_its_whole_way(deployment, fleet, {"DEVICEVAULT_REDIS_URL": redis_users["operator"]})
        deployment.env = {"DEVICEVAULT_REDIS_URL": redis_users["reader"]}
        found = deployment.cli("doctor")
        assert "problem" not in found, found
    with redis.Redis.from_url(redis_users["admin"], decode_responses=True) as admin:
        denied = {(entry["username"], entry["object"]) for entry in admin.acl_log()}
    # redis-py tells its version, which older servers cannot allow by itself.
    assert {each for each in denied if each[1] != "client|setinfo"} == set()


def test_each_process_works_with_the_rights_of_its_role_on_rabbitmq(
    deployment: Deployment, fleet: Fleet, redis_users: dict[str, str], tmp_path: Path
) -> None:
    make_local_keys(deployment.settings)
    deployment.write_fleet(list(fleet))
    (tmp_path / "rabbitmq").mkdir()
    with (
        serve_rabbitmq_with(tmp_path / "rabbitmq", USERS) as broker,
        each_as_its_role(deployment, redis_users, broker),
    ):
        operator = {
            "DEVICEVAULT_REDIS_URL": redis_users["operator"],
            "DEVICEVAULT_BROKER_URL": broker["operator"],
        }
        goes_its_whole_way(deployment, fleet, operator)
        assert "ACCESS_REFUSED" not in deployment.said()
        assert "Failed to" not in deployment.said()
        for queue in ("collector.group.core", "collector.default", "celery"):
            for act in ACTS:
                is_denied_at_rabbitmq(broker["worker-dmz"], queue, act)
                is_denied_at_rabbitmq(broker["reader"], queue, act)


ACTS: list[Callable[[Any, str], object]] = [
    lambda channel, queue: channel.basic_get(queue),
    lambda channel, queue: channel.queue_purge(queue),
    lambda channel, queue: channel.queue_delete(queue),
    lambda channel, queue: channel.queue_declare(queue, durable=True, auto_delete=False),
]


def is_denied_at_rabbitmq(url: str, queue: str, act: Callable[[Any, str], object]) -> None:
    with Connection(url) as connection, connection.channel() as channel:  # type: ignore[no-untyped-call]
        with pytest.raises(connection.channel_errors) as refused:
            act(channel, queue)
        # A worker that may not read does not learn which queues there are.
        assert "ACCESS_REFUSED" in str(refused.value), (queue, str(refused.value))


NOBODY_MAY = [
    ("KEYS", "*"), ("SCAN", "0"), ("FLUSHALL",), ("FLUSHDB",), ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "dir", "/tmp"), ("ACL", "LIST"), ("ACL", "SETUSER", "x", "on"), ("MONITOR",),
    ("SHUTDOWN",), ("REPLICAOF", "192.0.2.1", "6379"), ("MODULE", "LOAD", "/tmp/x.so"),
    ("DEBUG", "SLEEP", "0"),
    ("CLIENT", "LIST"), ("CLIENT", "KILL", "ID", "1"), ("SCRIPT", "FLUSH"), ("FUNCTION", "FLUSH"),
    ("DEL", STREAM), ("RENAME", STREAM, "x"), ("XTRIM", STREAM, "MAXLEN", "0"), ("EXPIRE", STREAM, "1"),
    ("SUBSCRIBE", "x"), ("PSUBSCRIBE", "*"),
    ("GET", "some-other-key"), ("SET", "some-other-key", "1"),
    ("EVAL", "return redis.call('keys', '*')", "0"), ("EVAL", "return redis.call('flushall')", "0"),
    ("EVAL", f"return redis.call('del', '{STREAM}')", "1", STREAM), ("DUMP", STREAM),
    ("MIGRATE", "h", "1", "k", "0", "1"),
    ("SWAPDB", "0", "1"), ("SORT", STREAM), ("OBJECT", "ENCODING", STREAM), ("COPY", STREAM, "x"),
    ("BGREWRITEAOF",), ("SAVE",), ("SLOWLOG", "GET"), ("XGROUP", "DESTROY", STREAM, "consumer"),
    ("XGROUP", "SETID", STREAM, "consumer", "$"),
]  # fmt: skip
HELD, INDEX = (unacked_keys(["collector.group.core"])[key] for key in ("unacked_key", "unacked_index_key"))
ONE_MAY_NOT: dict[str, list[tuple[str, ...]]] = {
    "worker-dmz": [
        ("XREAD", "STREAMS", STREAM, "0"), ("XRANGE", STREAM, "-", "+"), ("XDEL", STREAM, "1-0"),
        ("XREADGROUP", "GROUP", "consumer", "c", "STREAMS", STREAM, ">"), ("XACK", STREAM, "consumer", "1-0"),
        ("EVAL", f"return redis.call('xrange', '{STREAM}', '-', '+')", "1", STREAM),
        ("RPOP", "collector.group.core"), ("BRPOP", "collector.group.core", "collector.group.dmz", "1"),
        ("LPUSH", "collector.group.core", "x"), ("LRANGE", "collector.group.dmz", "0", "-1"),
        ("RPOP", "collector.default"), ("SADD", "_kombu.binding.collector.group.core", "x"),
        ("SMEMBERS", "_kombu.binding.collector.group.core"), ("HGET", HELD, "x"), ("HGETALL", HELD),
        ("ZRANGE", INDEX, "0", "-1"), ("HDEL", HELD, "x"), ("HGET", "unacked", "x"),
        ("BRPOP", answers_key("ab" * 16), "1"), ("DEL", done_key("x")), ("PUBLISH", "/0.celery.pidbox", "x"),
        ("XADD", f"{STREAM}:dead", "*", "a", "b"), ("XRANGE", f"{STREAM}:orders:dead", "-", "+"),
        ("LPUSH", "collector.group.dmz-2", "x"), ("RPOP", "collector.group.dmz\x06\x163"),
    ],
    "driver": [
        ("XADD", STREAM, "*", "a", "b"), ("XRANGE", STREAM, "-", "+"), ("SET", done_key("x"), "success"),
        ("SET", lock_key("core-1"), "x"), ("DEL", lock_key("core-1")), ("RPOP", "collector.group.core"),
        ("EVAL", RELEASE, "1", lock_key("core-1"), "x"), ("HGET", HELD, "x"), ("LPUSH", "other", "x"),
    ],
    "consumer": [
        ("LPUSH", "collector.group.core", "x"), ("RPOP", "collector.group.core"),
        ("XADD", STREAM, "*", "a", "b"), ("SET", done_key("x"), "success"),
        ("SET", lock_key("core-1"), "x"), ("BRPOP", answers_key("x"), "1"),
        ("EVAL", PUBLISH, "2", STREAM, done_key("x"), "success", "9", "", "a", "b"),
        ("SADD", "_kombu.binding.collector.group.core", "x"),
    ],
    "operator": [
        ("XRANGE", STREAM, "-", "+"), ("RPOP", "collector.group.core"), ("DEL", lock_key("core-1")),
        ("EVAL", CLAIM, "1", lock_key("core-1"), "x", "1000"),
    ],
    "reader": [
        ("XRANGE", STREAM, "-", "+"), ("XADD", STREAM, "*", "a", "b"), ("LPUSH", "collector.group.core", "x"),
        ("GET", lock_key("core-1")), ("GET", question_key("x", "y")), ("EVAL", "return 1", "1", STREAM),
        ("DEL", f"{STREAM}:dead"),
    ],
}  # fmt: skip
ONE_MAY: dict[str, list[tuple[str, ...]]] = {
    "worker-dmz": [
        ("LPUSH", "collector.group.dmz", "x"), ("RPOP", "collector.group.dmz"),
        ("XADD", STREAM, "*", "a", "b"),
        ("EVAL", CLAIM, "1", lock_key("dmz-1"), "x", "1000"), ("EVAL", RELEASE, "1", lock_key("dmz-1"), "x"),
    ],
    "driver": [("LPUSH", "collector.group.core", "x"), ("LLEN", "collector.group.core")],
    "consumer": [("XRANGE", STREAM, "-", "+"), ("XLEN", STREAM)],
    "operator": [("EVAL", PUBLISH, "2", STREAM, done_key("x"), "success", "9", "", "a", "b")],
    "reader": [("XLEN", STREAM), ("TIME",), ("INFO", "memory")],
}  # fmt: skip


def test_a_role_is_refused_whatever_is_not_its_own(redis_users: dict[str, str]) -> None:
    with redis.Redis.from_url(redis_users["admin"]) as admin:
        for queue in ("collector.group.core", "collector.group.dmz", "collector.default"):
            admin.lpush(queue, "kept")
        admin.xadd(STREAM, {"a": "b"})
        let_through = []
        for role, own in ONE_MAY_NOT.items():
            with redis.Redis.from_url(redis_users[role]) as client:
                for command in ONE_MAY[role]:
                    assert may(client, command), command
                let_through += [(role, command) for command in (*NOBODY_MAY, *own) if may(client, command)]
        assert let_through == []
        assert [admin.llen(f"collector.{queue}") for queue in ("group.core", "default")] == [2, 1]


def may(client: redis.Redis, command: tuple[str, ...]) -> bool:
    try:
        client.execute_command(*command)  # type: ignore[no-untyped-call]
    except redis.exceptions.NoPermissionError:
        return False
    except redis.ResponseError as error:
        # A script's own refusal is an error of the script.
        return not any(words in str(error) for words in ("ACL failure", "No permissions", "not allowed"))
    return True


def test_without_a_password_nobody_gets_in(redis_users: dict[str, str]) -> None:
    socket = redis_users["admin"].partition("@")[2]
    for url in (f"unix://{socket}", f"unix://devicevault-driver:guess@{socket}"):
        with redis.Redis.from_url(url) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_a_pattern_in_a_name_is_no_pattern() -> None:
    for name in ("*", "a?", "[a]", "~x", "a b", ""):
        with pytest.raises(ValueError, match="use up to 128"):
            users({"w": [name]})
    worker = users({"core": ["core"]})[-1]
    line = acl_line(worker, "pw", "odd:(stream)*")
    assert r"(+xadd ~odd:?stream?\*)" in line
    assert [user.role for user in users({})] == ["driver", "consumer", "operator", "reader"]
    assert User("worker", "devicevault-worker-default", ("collector.default",)) in USERS
