"""A worker's way to Redis: one client for its backups and its answers, the result stream and the locks."""

from __future__ import annotations

from functools import cached_property

import redis

from pipeline.settings import Settings
from pipeline.transit.connect import client_of
from pipeline.transit.device_lock import DeviceLocks
from pipeline.transit.results import ResultStream
from pipeline.transit.trust import NOBODY, Trust


class Connections:
    """Each is opened on first use, so that a prefork child opens its own after the fork."""

    def __init__(self, settings: Settings, trust: Trust = NOBODY) -> None:
        self._settings = settings
        self.trust = trust

    @cached_property
    def redis(self) -> redis.Redis:
        """The client; it lives as long as the process."""
        return client_of(self._settings)

    @cached_property
    def stream(self) -> ResultStream:
        """The stream that outcomes are published on."""
        return ResultStream(self.redis, self._settings.stream, self.trust)

    @cached_property
    def locks(self) -> DeviceLocks:
        """The devices' locks that this process has."""
        return DeviceLocks(self.redis)
