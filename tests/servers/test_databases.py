"""The servers behind the fixtures are real, and each test gets an empty one."""

from __future__ import annotations

import psycopg
import pytest
import redis
from kombu.connection import Connection


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_gets_an_empty_valkey_that_loses_nothing(redis_url: str, again: int) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.dbsize() == 0
        client.xadd("stream", {"number": again})
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
        assert client.config_get("port") == {"port": "0"}


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_gets_a_database_of_its_own(database_url: str, again: int) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE t (n int)")
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
        for setting, value in (("listen_addresses", ""), ("fsync", "on"), ("server_encoding", "UTF8")):
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)


def test_kombu_delivers_a_message_through_the_broker_url(broker_url: str) -> None:
    with Connection(broker_url) as connection:  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue("hello")
        queue.put({"n": 1})
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.payload == {"n": 1}
