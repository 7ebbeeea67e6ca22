"""A Redis client for the address that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from redis import Redis

from pipeline.settings import Settings
from pipeline.transit.results import connect


@contextmanager
def open_redis(settings: Settings) -> Iterator[Redis]:
    """A Redis client, closed at the end."""
    assert settings.redis_url is not None, "locate() fills it in"
    with closing(connect(settings.redis_url)) as client:
        yield client
