"""One session per device at a time: a Redis lock with a token of its own and a heartbeat.

The lock is politeness towards the device. Correctness does not rest on it: a restarted Redis can grant
it twice, and the run_seq of the table then keeps the older result from overwriting the newer one.
`pipeline.transit.protocol` says which keys and scripts make the lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import assert_never

import redis

from pipeline.errors import CONTENDED, DeviceVaultError
from pipeline.transit.connect import service_errors
from pipeline.transit.holder import Holder, new_token
from pipeline.transit.protocol import (
    CLAIM,
    RELEASE,
    RENEW,
    Call,
    EarlierOutcome,
    Grant,
    OtherToken,
    can_be_ours,
    claim_call,
    lock_key,
    milliseconds,
    read_claim,
)
from pipeline.values.identifier import kind_of

MARGIN_S = 30.0
"""Seconds that a lock outlives the task's timeout."""

_BEATS = 4  # in a lock's lifetime


class Contended(DeviceVaultError):
    """Another task holds the device. `holder` is None if the lock's token is none of ours."""

    reason = CONTENDED

    def __init__(self, device: str, holder: Holder | None) -> None:
        self.holder = holder
        what, by = "another task", ""
        if holder:
            what = "a probe" if kind_of(holder.task_identifier) == "probe" else "another backup"
            by = f" ({holder.task_identifier} on {holder.host})"
        super().__init__(
            f"{device}: {what} of this device was running{by}, so this one was not begun; "
            "nothing is wrong with the device"
        )


class DuplicateDelivery(DeviceVaultError):
    """The same backup is running elsewhere, or has its outcome: its broker delivered it twice."""


class Lease:
    """A device's lock while this process has it. `attempt` is the number of the backup's attempt, else 0.

    The heartbeat sets `lost` if it finds that another token has the lock. Whoever releases the lock together
    with something else sets `released`.
    """

    def __init__(self, device_id: str, token: str, ttl_s: float, attempt: int = 0) -> None:
        self.key = lock_key(device_id)
        self.token = token
        self.ttl_s = ttl_s
        self.attempt = attempt
        self.lost = threading.Event()
        self.released = False
        self.renew_at = time.monotonic() + ttl_s / _BEATS


class DeviceLocks:
    """The locks that this process has, and the one thread that renews them.

    Make it in the process that uses it: threads do not survive a fork.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._claim_script = client.register_script(CLAIM)
        self._leases: set[Lease] = set()
        self._changed = threading.Condition()
        self._heartbeat: threading.Thread | None = None
        self._next_beat = 0.0

    def hold(self, device_id: str, task_identifier: str, timeout_s: float) -> AbstractContextManager[Lease]:
        """Hold the device's lock, as a probe does. It is freed at the end.

        `timeout_s` is the task's timeout; the lock lasts MARGIN_S longer and is renewed meanwhile. Entering
        raises Contended if another task has the device, DuplicateDelivery if this very task has it, and
        ServiceError if Redis is away.
        """
        return self._lease(device_id, task_identifier, timeout_s, None)

    def claim(self, device_id: str, task_identifier: str, timeout_s: float) -> AbstractContextManager[Lease]:
        """Begin an attempt at a backup: hold the device's lock, and count the attempt in the same step.

        Entering raises what `hold` raises, and DuplicateDelivery also if the backup has its outcome already.
        """
        return self._lease(device_id, task_identifier, timeout_s, task_identifier)

    @contextmanager
    def _lease(
        self, device_id: str, task_identifier: str, timeout_s: float, backup: str | None
    ) -> Iterator[Lease]:
        token, ttl_s = new_token(task_identifier), timeout_s + MARGIN_S
        call = claim_call(device_id, token, ttl_s, backup)
        with service_errors():
            grant = self._acquire(device_id, task_identifier, token, call)
        lease = Lease(device_id, token, ttl_s, grant.attempt)
        try:
            self._keep(lease)
            yield lease
        finally:
            with self._changed:
                self._leases.discard(lease)
            if not lease.released:
                # If this fails it expires by itself; the outcome is already decided.
                with suppress(redis.RedisError):
                    self._release(device_id, token)

    def _acquire(self, device_id: str, task_identifier: str, token: str, call: Call) -> Grant:
        answer = self._claim(call, token)
        if isinstance(answer, OtherToken) and _is_abandoned(answer):
            self._release(device_id, answer.token)
            answer = self._claim(call, token)
        match answer:
            case Grant():
                return answer
            case EarlierOutcome():
                raise DuplicateDelivery(f"{task_identifier} has its outcome already")
            case OtherToken():
                holder = Holder.parse(answer.token)
                if holder is not None and holder.task_identifier == task_identifier:
                    raise DuplicateDelivery(f"{task_identifier} is already running on {holder.host}")
                raise Contended(device_id, holder)
            case _:
                assert_never(answer)

    def _claim(self, call: Call, token: str) -> Grant | OtherToken | EarlierOutcome:
        # The token tells a reply that was lost (the lock is ours after all) from contention.
        return read_claim(self._claim_script(call.keys, call.arguments), token)

    def _release(self, device_id: str, token: bytes | str) -> None:
        """Delete the lock only while `token` has it."""
        self._redis.eval(RELEASE, 1, lock_key(device_id), token)

    def _keep(self, lease: Lease) -> None:
        with self._changed:
            self._leases.add(lease)
            # A thread that is there and not alive could not start.
            if self._heartbeat is None or not self._heartbeat.is_alive():
                self._heartbeat = threading.Thread(target=self._beat, name="device-locks", daemon=True)
                self._heartbeat.start()
            elif lease.renew_at < self._next_beat:
                self._changed.notify()

    def _beat(self) -> None:
        """Renew what is due, until this process has no lock."""
        while True:
            with self._changed:
                if not self._leases:
                    self._heartbeat = None
                    return
                self._next_beat = min(lease.renew_at for lease in self._leases)
                self._changed.wait(self._next_beat - time.monotonic())
                now = time.monotonic()
                due = [lease for lease in self._leases if lease.renew_at <= now]
            self._renew(due)

    def _renew(self, due: Sequence[Lease]) -> None:
        for lease in due:
            lease.renew_at = time.monotonic() + lease.ttl_s / _BEATS
        # If Redis is away for a moment, the next beat finds out whether a lock survived.
        with suppress(redis.RedisError, OSError), self._redis.pipeline(transaction=False) as pipe:
            for lease in due:
                pipe.eval(RENEW, 1, lease.key, lease.token, milliseconds(lease.ttl_s))
            for lease, renewed in zip(due, pipe.execute(raise_on_error=False), strict=True):
                if renewed == 0:
                    with self._changed:
                        self._leases.discard(lease)
                    lease.lost.set()


def _is_abandoned(lock: OtherToken) -> bool:
    """Whether the worker that took the lock was killed: the lock would last until it expires."""
    holder = Holder.parse(lock.token)
    return holder is not None and holder.is_dead_sibling()


def holder_of(client: redis.Redis, device_id: str, timeout_s: float = 0.0) -> Holder | None:
    """Who holds the device now; None if nobody does, or somebody whose lock or token is none of ours.

    `timeout_s` is the timeout of the task that asks.
    """
    key = lock_key(device_id)
    with service_errors(), client.pipeline(transaction=False) as pipe:
        pipe.get(key)
        pipe.pttl(key)
        token, left_ms = pipe.execute(raise_on_error=False)
        if isinstance(left_ms, Exception):
            raise left_ms
    if not isinstance(token, bytes) or not can_be_ours(left_ms, timeout_s + MARGIN_S):
        return None
    return Holder.parse(token)
