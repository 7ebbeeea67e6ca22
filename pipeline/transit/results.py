"""The stream between worker and consumer: publish, read, acknowledge, dead letter.

An entry lives until the consumer has committed it and written its row; then it is deleted. There is no
MAXLEN: trimming would drop results that nobody has read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import redis

from pipeline.errors import MessageError
from pipeline.transit.connect import service_errors
from pipeline.values.checks import deflated, inflated
from pipeline.values.outcome import Outcome

log = logging.getLogger("devicevault.stream")

GROUP = "consumer"
# How long a published outcome is remembered, so that a late second delivery of its job ends at once
# and the sweep does not call lost what still waits in the stream.
_DONE_TTL_S = 7 * 24 * 3600

# KEYS: stream, done, lock. ARGV: status, how long it is remembered, the lock's token, fields of the entry.
# One command and one answer: a transaction of four commands costs a client three times as much.
_PUBLISH = """
local id = redis.call('xadd', KEYS[1], '*', unpack(ARGV, 4))
redis.call('set', KEYS[2], ARGV[1], 'ex', ARGV[2])
if KEYS[3] and redis.call('get', KEYS[3]) == ARGV[3] then redis.call('del', KEYS[3]) end
return id
"""

_Fields = dict[bytes, bytes]
_Streams = Sequence[tuple[bytes, Sequence[tuple[bytes, _Fields]]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry. `outcome` is None where it cannot be read; `problem` then says why."""

    id: str
    task_identifier: str | None
    outcome: Outcome | None
    problem: str | None = None


class ResultStream:
    """The `device:results` stream over one client. Every method raises ServiceError if Redis is away."""

    def __init__(self, client: redis.Redis, key: str) -> None:
        self._redis = client
        self._publish = client.register_script(_PUBLISH)
        self.key = key
        self.dead_key = f"{key}:dead"

    def publish(self, outcome: Outcome, unlock: tuple[str, str] | None = None) -> str:
        """Append an outcome and remember that it is there; returns the entry's id.

        `unlock` is a lock's key and token; the lock is released in the same step, if that token still has it.
        Repeating it after a lost reply may append the outcome twice; the consumer records the first.
        """
        locks, token = ([], "") if unlock is None else ([unlock[0]], unlock[1])
        identifier = outcome.job.task_identifier
        fields: list[str | bytes] = ["v", "2", "task_identifier", identifier]
        fields += "outcome", deflated(outcome.to_json())
        if outcome.device_config is not None:
            # By itself: the consumer puts it into the pack as it is.
            fields += "config", outcome.deflated or deflated(outcome.device_config)
        with service_errors():
            entry_id = self._publish(
                [self.key, done_key(identifier), *locks], [outcome.status, _DONE_TTL_S, token, *fields]
            )
        return cast("bytes", entry_id).decode()

    def is_done(self, task_identifier: str) -> bool:
        """Whether an outcome of this backup has been published."""
        with service_errors():
            return bool(self._redis.exists(done_key(task_identifier)))

    def done(self, task_identifiers: Sequence[str]) -> set[str]:
        """Those of `task_identifiers` of which an outcome has been published."""
        if not task_identifiers:
            return set()
        with service_errors():
            found = self._redis.mget([done_key(identifier) for identifier in task_identifiers])
        return {
            identifier for identifier, value in zip(task_identifiers, found, strict=True) if value is not None
        }

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

    def read(self, consumer: str, count: int, block_ms: int | None) -> list[Entry]:
        """New entries for `consumer`, waiting up to `block_ms` for the first; None does not wait."""
        return self._read(consumer, ">", count, block_ms)

    def unacknowledged(self, consumer: str, count: int) -> list[Entry]:
        """Entries that `consumer` was given before and has not acknowledged: what a crash left."""
        return self._read(consumer, "0", count, None)

    def reclaim(self, consumer: str, idle_ms: int, count: int) -> list[Entry]:
        """Take over entries that another consumer was given at least `idle_ms` ago and never finished."""
        with service_errors():
            _, claimed, *deleted = self._redis.xautoclaim(
                self.key, GROUP, consumer, min_idle_time=idle_ms, start_id="0-0", count=count
            )
        if gone := [entry_id.decode() for entry_id in (deleted[0] if deleted else ())]:
            # Nobody here deletes what was not stored: somebody trimmed the stream, or Redis evicted.
            log.error("%s: gone before it was stored: %s", self.key, ", ".join(gone))
        return [_entry(entry_id, fields) for entry_id, fields in claimed]

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Acknowledge and delete, in one step."""
        if not entries:
            return
        ids = [entry.id for entry in entries]
        with service_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(self.key, GROUP, *ids)
            pipe.xdel(self.key, *ids)
            pipe.execute()

    def bury(self, entry: Entry) -> None:
        """Move an unreadable entry to the dead-letter stream, in one step."""
        with service_errors():
            found = cast("Sequence[tuple[bytes, _Fields]]", self._redis.xrange(self.key, entry.id, entry.id))
            with self._redis.pipeline(transaction=True) as pipe:
                for _, fields in found:
                    fields[b"problem"] = (entry.problem or "").encode()
                    pipe.xadd(self.dead_key, fields)  # type: ignore[arg-type]
                pipe.xack(self.key, GROUP, entry.id)
                pipe.xdel(self.key, entry.id)
                pipe.execute()

    def waiting(self) -> int:
        """Entries not yet acknowledged."""
        with service_errors():
            return int(self._redis.xlen(self.key))

    def _read(self, consumer: str, start: str, count: int, block_ms: int | None) -> list[Entry]:
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
        return [_entry(*item) for _, entries in cast("_Streams", answer or ()) for item in entries]


def done_key(task_identifier: str) -> str:
    """The Redis key that remembers that an outcome of this backup has been published."""
    return f"done:{task_identifier}"


def _entry(entry_id: bytes, fields: _Fields | None) -> Entry:
    fields = fields or {}
    # Postgres, which is asked for this identifier's row, has no NUL.
    identifier = fields.get(b"task_identifier", b"").decode(errors="replace").replace("\0", "") or None
    try:
        outcome = Outcome.from_json(inflated(fields.get(b"outcome", b"")), fields.get(b"config"))
    except MessageError as error:
        return Entry(entry_id.decode(), identifier, None, str(error))
    return Entry(entry_id.decode(), identifier, outcome)
