"""One session per device at a time: a Redis lock with its own token and a heartbeat.

The lock is politeness towards the device. Correctness does not rest on it: a restarted Redis can grant
it twice, and the run_seq of the table then keeps the older result from overwriting the newer one.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis
from redis.exceptions import LockError
from redis.lock import Lock

from pipeline.errors import CONTENDED, DeviceVaultError
from pipeline.stream import service_errors

MARGIN_S = 30.0
"""Seconds that a lock outlives the task's timeout."""


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
            what = "a probe" if holder.task_identifier.startswith("probe:") else "another backup"
            by = f" ({holder.task_identifier} on {holder.host})"
        super().__init__(
            f"{device}: {what} of this device was running{by}, so this one was not begun; "
            "nothing is wrong with the device"
        )


class DuplicateDelivery(DeviceVaultError):
    """The same backup is running elsewhere: its broker delivered it twice."""


@contextmanager
def device_lock(
    client: redis.Redis,
    device_id: str,
    task_identifier: str,
    timeout_s: float,
    on_lost: Callable[[], None] = lambda: None,
) -> Iterator[threading.Event]:
    """Hold the device's lock; yields an event that is set if the lock was lost.

    `timeout_s` is the task's timeout; the lock lasts MARGIN_S longer and is renewed meanwhile. `on_lost`
    is called from the heartbeat's thread. Raises Contended or DuplicateDelivery if somebody has it.
    """
    ttl = timeout_s + MARGIN_S
    # An own token tells a lost reply (the lock is ours after all) from contention.
    token = f"{task_identifier}|{socket.gethostname()}|{os.getpid()}|{pid_namespace()}-{uuid.uuid4().hex}"
    # thread_local=False: the heartbeat's thread needs the token too.
    lock = Lock(client, lock_key(device_id), timeout=ttl, blocking=False, thread_local=False)
    with service_errors():
        _acquire(client, lock, token, device_id, task_identifier)
    lost = threading.Event()
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(ttl / 4):
            try:
                lock.reacquire()
            except LockError:
                lost.set()
                on_lost()
                return
            except redis.RedisError:
                continue  # away for a moment; the next beat tells whether the lock survived

    heartbeat = threading.Thread(target=beat, name=f"lock-{device_id}", daemon=True)
    heartbeat.start()
    try:
        yield lost
    finally:
        stop.set()
        heartbeat.join()
        # If this fails it expires by itself; the outcome is already decided.
        with suppress(LockError, redis.RedisError):
            lock.release()


def _acquire(client: redis.Redis, lock: Lock, token: str, device_id: str, task_identifier: str) -> None:
    for _ in range(2):
        if lock.acquire(token=token):
            return
        held = cast("bytes | None", client.get(lock_key(device_id)))
        if held == token.encode():
            lock.local.token = held
            return
        holder = Holder.parse(held)
        if held is None:
            continue  # released in between
        if holder is None or not holder.is_dead_sibling():
            break
        release_if(client, device_id, held)
    if holder is not None and holder.task_identifier == task_identifier:
        raise DuplicateDelivery(f"{task_identifier} is already running on {holder.host}")
    raise Contended(device_id, holder)


_RELEASE_IF = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
)


def release_if(client: redis.Redis, device_id: str, token: bytes) -> bool:
    """Delete the lock only while `token` holds it: for a holder known to be dead."""
    return bool(client.eval(_RELEASE_IF, 1, lock_key(device_id), token))


def holder_of(client: redis.Redis, device_id: str) -> Holder | None:
    """Who holds the device now, if anybody."""
    with service_errors():
        return Holder.parse(client.get(lock_key(device_id)))
