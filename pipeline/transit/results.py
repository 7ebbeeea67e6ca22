"""The stream between worker and consumer: publish, read, acknowledge, dead letter.

An entry lives until the consumer has committed it and written its row; then it is deleted. There is no
MAXLEN: trimming would drop results that nobody has read. `pipeline.transit.protocol` says which keys and
fields these are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import redis

from pipeline.transit.connect import service_errors
from pipeline.transit.device_lock import Lease
from pipeline.transit.protocol import (
    GROUP,
    PUBLISH,
    Entry,
    StreamEntry,
    UnreadableEntry,
    attempts_key,
    dead_key,
    done_key,
    is_oversize,
    publish_call,
    read_entry,
)
from pipeline.transit.trust import NOBODY, Trust
from pipeline.values.outcome import Outcome

log = logging.getLogger("devicevault.stream")

_Fields = dict[bytes, bytes]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 100 * 365 * 86_400_000
_CHUNK = 20
"""Entries that are asked for at once: as they travel, so many of the largest ones fit into memory."""
_MAX_BATCH = 64 * 2**20
"""Bytes at which a batch ends: the next entry, however large, comes with the next one."""
_MAX_KEPT = 64 * 2**10
"""Bytes that a dead letter keeps of each field of an entry that is too large."""
_Streams = Sequence[tuple[bytes, Sequence[tuple[bytes, _Fields]]]]


class ResultStream:
    """The `device:results` stream over one client. Every method raises ServiceError if Redis is away."""

    def __init__(self, client: redis.Redis, key: str, trust: Trust = NOBODY) -> None:
        """With keys in `trust`, outcomes are signed, and only those of trusted signers are read."""
        self._redis = client
        self._trust = trust
        self._publish = client.register_script(PUBLISH)
        self._delivered: list[tuple[bytes, _Fields]] = []
        """Entries that Redis gave out and nobody has read, since those before them filled the memory."""
        self.key = key
        self.dead_key = dead_key(key)

    def publish(self, outcome: Outcome, lease: Lease | None = None) -> str:
        """Append an outcome and remember that it is there; returns the entry's id.

        The lock of `lease` is released in the same step, if its token still has it. Repeating it after a
        lost reply may append the outcome twice; the consumer records the first.
        """
        call = publish_call(
            self.key, outcome, None if lease is None else (lease.key, lease.token), self._trust.key
        )
        with service_errors():
            entry_id = cast("bytes", self._publish(call.keys, call.arguments))
        if lease is not None:
            lease.released = True
        return entry_id.decode()

    def is_done(self, task_identifier: str) -> bool:
        """Whether an outcome of this backup has been published."""
        with service_errors():
            return bool(self._redis.exists(done_key(task_identifier)))

    def done(self, task_identifiers: Sequence[str]) -> set[str]:
        """The backups among `task_identifiers` whose outcome has been published."""
        if not task_identifiers:
            return set()
        with service_errors():
            found = self._redis.mget([done_key(identifier) for identifier in task_identifiers])
        return {
            identifier for identifier, value in zip(task_identifiers, found, strict=True) if value is not None
        }

    def attempts(self, task_identifier: str) -> int:
        """How many attempts at this backup were begun."""
        with service_errors():
            return int(cast("bytes | None", self._redis.get(attempts_key(task_identifier))) or 0)

    def ensure_group(self) -> None:
        """Create the consumer group at the stream's beginning, unless it is there.

        At 0, not at `$`: results may wait from before the first consumer ever ran.
        """
        with service_errors():
            try:
                self._redis.xgroup_create(self.key, GROUP, id="0", mkstream=True)
            except redis.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def read(self, consumer: str, count: int, block_ms: int | None) -> list[StreamEntry]:
        """New entries for `consumer`, waiting up to `block_ms` for the first; None does not wait.

        They are fewer if they are large, so that a batch fits into memory.
        """
        entries = self._within_memory(count)
        return entries or self._read(consumer, ">", count, block_ms)

    def unacknowledged(self, consumer: str, count: int) -> list[StreamEntry]:
        """Entries that `consumer` was given before and has not acknowledged: what a crash left."""
        self._delivered.clear()  # they are among them
        return self._read(consumer, "0", count, None)

    def reclaim(self, consumer: str, idle_ms: int, count: int) -> list[StreamEntry]:
        """Take over entries that another consumer was given at least `idle_ms` ago and never finished."""
        with service_errors():
            _, claimed, *deleted = self._redis.xautoclaim(
                self.key, GROUP, consumer, min_idle_time=idle_ms, start_id="0-0", count=count
            )
        if gone := [entry_id.decode() for entry_id in (deleted[0] if deleted else ())]:
            # Nobody here deletes what was not stored: somebody trimmed the stream, or Redis evicted.
            log.error("%s: gone before it was stored: %s", self.key, ", ".join(gone))
        self._delivered += claimed
        return self._within_memory(count)

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Acknowledge and delete, in one step."""
        if not entries:
            return
        ids = [entry.id for entry in entries]
        with service_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(self.key, GROUP, *ids)
            pipe.xdel(self.key, *ids)
            pipe.execute()

    def bury(self, entry: UnreadableEntry) -> None:
        """Move an unreadable entry to the dead-letter stream, in one step."""
        with service_errors():
            found = cast("Sequence[tuple[bytes, _Fields]]", self._redis.xrange(self.key, entry.id, entry.id))
            with self._redis.pipeline(transaction=True) as pipe:
                for _, fields in found:
                    if is_oversize(fields):
                        fields = {name: content[:_MAX_KEPT] for name, content in fields.items()}
                    fields[b"problem"] = entry.problem.encode(errors="replace")
                    pipe.xadd(self.dead_key, fields)  # type: ignore[arg-type]
                pipe.xack(self.key, GROUP, entry.id)
                pipe.xdel(self.key, entry.id)
                pipe.execute()

    def oldest(self) -> datetime | None:
        """A time at which no entry of the stream is older, by Redis' clock; None if there is no entry.

        It asks how far the consumer has come, and for no entry: a driver must not need to read results.
        """
        with service_errors():
            if not self._redis.xlen(self.key):
                return None
            try:
                pending = self._redis.xpending(self.key, GROUP)
            except redis.ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
                return _EPOCH  # no consumer has been there yet
            groups = cast("Sequence[dict[str, Any]]", self._redis.xinfo_groups(self.key))
        delivered = {group["name"]: group["last-delivered-id"] for group in groups}
        entry_id: bytes = pending["min"] or delivered.get(GROUP.encode(), b"0-0")
        # An id that somebody chose may name no time at all.
        return _EPOCH + timedelta(milliseconds=min(int(entry_id.partition(b"-")[0]), _LAST_MS))

    def waiting(self) -> int:
        """Entries not yet acknowledged."""
        with service_errors():
            return int(self._redis.xlen(self.key))

    def _read(self, consumer: str, start: str, count: int, block_ms: int | None) -> list[StreamEntry]:
        entries: list[StreamEntry] = []
        while len(entries) < count and not self._delivered:
            wanted = min(_CHUNK, count - len(entries))
            chunk = self._next(consumer, start, wanted, None if entries else block_ms)
            self._delivered += chunk
            entries += self._within_memory(wanted, sum(map(_size, entries)))
            if len(chunk) < wanted:
                break
            if start != ">":
                start = chunk[-1][0].decode()
        if start != ">":
            self._delivered.clear()  # they are asked for again
        return entries

    def _next(
        self, consumer: str, start: str, count: int, block_ms: int | None
    ) -> Sequence[tuple[bytes, _Fields]]:
        with service_errors():
            try:
                answer = self._redis.xreadgroup(
                    GROUP, consumer, {self.key: start}, count=count, block=block_ms
                )
            except redis.ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
                self.ensure_group()  # the server came back without its data
                return []
        return [entry for _, entries in cast("_Streams", answer or ()) for entry in entries]

    def _within_memory(self, count: int, size: int = 0) -> list[StreamEntry]:
        """Read up to `count` of the delivered entries, until they and `size` fill what a batch may have."""
        entries: list[StreamEntry] = []
        while self._delivered and len(entries) < count and size < _MAX_BATCH:
            entry_id, fields = self._delivered.pop(0)
            entries.append(read_entry(entry_id, fields, self._trust.verifier))
            size += _size(entries[-1])
        return entries


def _size(entry: StreamEntry) -> int:
    return entry.size if isinstance(entry, Entry) else 0
