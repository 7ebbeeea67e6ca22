"""Real Valkey and Postgres servers: one of each per run, a fresh database for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest
import redis

from pipeline.system.embedded import Embedded, Services

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with Embedded(tmp_path_factory.mktemp("valkey"), want_postgres=False) as services:
        yield services


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with Embedded(tmp_path_factory.mktemp("postgres"), want_redis=False) as services:
        yield services


@pytest.fixture
def redis_url(valkey: Services) -> str:
    """Valkey as redis-py spells it, with nothing in it."""
    assert valkey.redis_url is not None
    with redis.Redis.from_url(valkey.redis_url) as client:
        client.flushall()
    return valkey.redis_url


@pytest.fixture
def broker_url(valkey: Services, redis_url: str) -> str:
    """The same, empty Valkey as kombu spells it."""
    assert valkey.broker_url is not None
    return valkey.broker_url


@pytest.fixture
def database_url(postgres: Services) -> Iterator[str]:
    """A Postgres database of this test's own, without a table."""
    assert postgres.database_url is not None
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.database_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    yield postgres.database_url.replace("/devicevault?", f"/{name}?")
    with psycopg.connect(postgres.database_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
