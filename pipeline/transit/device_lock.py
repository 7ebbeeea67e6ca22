"""One session per device at a time: a Redis lock with its own token and a heartbeat.

The lock is politeness towards the device. Correctness does not rest on it: a restarted Redis can grant
it twice, and the run_seq of the table then keeps the older result from overwriting the newer one.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis

from pipeline.errors import CONTENDED, DeviceVaultError
from pipeline.transit.results import service_errors
from pipeline.values.identifier import kind_of

MARGIN_S = 30.0
"""Seconds that a lock outlives the task's timeout."""

_BEATS = 4  # in a lock's lifetime

# KEYS: lock, and with a claim done, counter. ARGV: token, milliseconds, and the counter's seconds.
# Who has the lock now ("" where all is done) and the count. A lock with this very token is that of a first
# try, whose reply was lost: it has been counted.
_CLAIM = """
if KEYS[2] and redis.call('exists', KEYS[2]) == 1 then return {'', 0} end
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return {holder, 0} end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
if not KEYS[3] then return {ARGV[1], 0} end
if holder then return {holder, tonumber(redis.call('get', KEYS[3]) or 1)} end
local count = redis.call('incr', KEYS[3])
redis.call('expire', KEYS[3], ARGV[3])
return {ARGV[1], count}
"""
_IF_OURS = "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end "
_RENEW_IF = _IF_OURS + "return redis.call('pexpire', KEYS[1], ARGV[2])"
_RELEASE_IF = _IF_OURS + "return redis.call('del', KEYS[1])"


def lock_key(device_id: str) -> str:
    """The Redis key of a device's lock."""
    return f"lock:device:{device_id}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as its token says. `namespace` is that of the pid: containers have their own."""

    task_identifier: str
    host: str
    pid: int
    namespace: str = ""

    @classmethod
    def parse(cls, token: bytes | str | None) -> Holder | None:
        """Read a token; None where there is none or it is not ours."""
        text = token.decode(errors="replace") if isinstance(token, bytes) else token
        parts = (text or "").rsplit("|", 3)
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3].rpartition("-")[0])

    def is_dead_sibling(self) -> bool:
        """Whether the holder was a process of this host that no longer runs (killed in mid-collection)."""
        # Containers on the host's network share its name, and see nothing of each other's processes.
        if (self.host, self.namespace) != (socket.gethostname(), pid_namespace()) or self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def pid_namespace() -> str:
    """What the kernel calls the namespace in which our process ids count; "" where it does not say."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


class Contended(DeviceVaultError):
    """Another task holds the device; whoever reads it as a device's failure is told better."""

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


@dataclass(frozen=True, slots=True)
class Claim:
    """What goes with taking a lock, in the same step on the server.

    Where `done` is a key, nothing is locked and nothing counted. `counter` is counted up, and forgotten
    after `counter_s` seconds without.
    """

    done: str
    counter: str
    counter_s: int


class Held:
    """A lock that is held. `lost` is set once it turns out to be somebody else's; `count` is its claim's.

    Whoever releases it along with something else sets `released`.
    """

    def __init__(self, device_id: str, token: str, ttl_s: float, count: int) -> None:
        self.key = lock_key(device_id)
        self.token = token
        self.ttl_s = ttl_s
        self.count = count
        self.lost = threading.Event()
        self.released = False
        self.beats_at = time.monotonic() + ttl_s / _BEATS


class DeviceLocks:
    """The locks that this process holds, and the one thread that renews them.

    Make it where it is used: threads do not survive a fork.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._claim = client.register_script(_CLAIM)
        self._held: set[Held] = set()
        self._changed = threading.Condition()
        self._heartbeat: threading.Thread | None = None
        self._next_beat = 0.0

    @contextmanager
    def hold(
        self, device_id: str, task_identifier: str, timeout_s: float, claim: Claim | None = None
    ) -> Iterator[Held]:
        """Hold the device's lock.

        `timeout_s` is the task's timeout; the lock lasts MARGIN_S longer and is renewed meanwhile. Raises
        Contended if another task has the device, and DuplicateDelivery if this one is at it or done.
        """
        ttl_s = timeout_s + MARGIN_S
        # An own token tells a lost reply (the lock is ours after all) from contention.
        token = f"{task_identifier}|{socket.gethostname()}|{os.getpid()}|{pid_namespace()}-{uuid.uuid4().hex}"
        with service_errors():
            count = self._acquire(device_id, task_identifier, token, ttl_s, claim)
        held = Held(device_id, token, ttl_s, count)
        try:
            self._keep(held)
            yield held
        finally:
            with self._changed:
                self._held.discard(held)
            if not held.released:
                # If this fails it expires by itself; the outcome is already decided.
                with suppress(redis.RedisError):
                    release_if(self._redis, device_id, token)

    def _acquire(
        self, device_id: str, task_identifier: str, token: str, ttl_s: float, claim: Claim | None
    ) -> int:
        keys = [lock_key(device_id), *((claim.done, claim.counter) if claim else ())]
        arguments = [token, int(1000 * ttl_s), *((claim.counter_s,) if claim else ())]
        for _ in range(2):
            held, count = cast("tuple[bytes, int]", self._claim(keys, arguments))
            if held == token.encode():
                return count
            if not held:
                raise DuplicateDelivery(f"{task_identifier} has its outcome already")
            holder = Holder.parse(held)
            if holder is None or not holder.is_dead_sibling():
                break
            release_if(self._redis, device_id, held)
        if holder is not None and holder.task_identifier == task_identifier:
            raise DuplicateDelivery(f"{task_identifier} is already running on {holder.host}")
        raise Contended(device_id, holder)

    def _keep(self, held: Held) -> None:
        with self._changed:
            self._held.add(held)
            if self._heartbeat is None or not self._heartbeat.is_alive():  # one that could not start, say
                self._heartbeat = threading.Thread(target=self._beat, name="device-locks", daemon=True)
                self._heartbeat.start()
            elif held.beats_at < self._next_beat:
                self._changed.notify()

    def _beat(self) -> None:
        """Renew what is due, until nothing is held."""
        while True:
            with self._changed:
                if not self._held:
                    self._heartbeat = None
                    return
                self._next_beat = min(held.beats_at for held in self._held)
                self._changed.wait(self._next_beat - time.monotonic())
                now = time.monotonic()
                due = [held for held in self._held if held.beats_at <= now]
            self._renew(due)

    def _renew(self, due: Sequence[Held]) -> None:
        for held in due:
            held.beats_at = time.monotonic() + held.ttl_s / _BEATS
        # Away for a moment: the next beat tells whether a lock survived.
        with suppress(redis.RedisError, OSError), self._redis.pipeline(transaction=False) as pipe:
            for held in due:
                pipe.eval(_RENEW_IF, 1, held.key, held.token, int(1000 * held.ttl_s))
            for held, renewed in zip(due, pipe.execute(raise_on_error=False), strict=True):
                if renewed == 0:
                    with self._changed:
                        self._held.discard(held)
                    held.lost.set()


def release_if(client: redis.Redis, device_id: str, token: bytes | str) -> bool:
    """Delete the lock only while `token` holds it."""
    return bool(client.eval(_RELEASE_IF, 1, lock_key(device_id), token))


def holder_of(client: redis.Redis, device_id: str) -> Holder | None:
    """Who holds the device now, if anybody."""
    with service_errors():
        return Holder.parse(client.get(lock_key(device_id)))
