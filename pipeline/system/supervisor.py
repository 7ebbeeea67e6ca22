"""Keeps the processes of one machine running, and ends them together.

A child that dies is started again, after a longer pause each time. A child that never gets going ends all
of them, and the error has the last line of its log. There is no thread: the owner of the Supervisor waits
in `watch` or in `run`.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from pipeline.errors import ServiceError
from pipeline.system.private_files import open_log
from pipeline.system.spawn import kill_group, last_line, spawn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running. `env` None is our environment; with `log` None it writes where we do."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    The first restart comes after `first_delay_s`, and each further one after twice the last pause, up to
    `max_delay_s`. After a run of `healthy_s` the pauses begin anew. A child that ends `attempts` times
    without one such run will not get going. After SIGTERM a child has `grace_s`.
    """

    first_delay_s: float = 1.0
    max_delay_s: float = 30.0
    healthy_s: float = 10.0
    attempts: int = 4
    grace_s: float = 30.0

    def delay_s(self, failures: int) -> float:
        """The pause after the `failures`-th failure in a row."""
        return min(self.max_delay_s, self.first_delay_s * 2.0 ** min(failures - 1, 30))


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    pidfd: int
    since: float


@dataclass(slots=True)
class _Slot:
    child: Child
    running: _Running | None = None
    start_at: float = 0.0
    failures: int = 0
    was_healthy: bool = False


class Supervisor:
    """Starts the children in order and stops them together. Use from the main thread.

    Each child has a session of its own, so that Ctrl-C reaches only us, and gets SIGTERM from the kernel
    when we are killed. What a child leaves behind in its process group is killed with it: a killed
    worker's prefork children would take tasks for ever.
    """

    def __init__(self, children: Sequence[Child], patience: Patience | None = None) -> None:
        self._slots = [_Slot(child) for child in children]
        self._patience = patience or Patience()
        self._stop_requested = False
        self._wake: tuple[int, int] | None = None

    def start(self) -> None:
        """Start every child. ServiceError when a program does not exist; nothing runs then."""
        if self._wake is not None:
            return
        self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            for slot in self._slots:
                self._start(slot)
        except BaseException:
            self.stop()
            raise

    def add(self, children: Sequence[Child]) -> None:
        """Run these too, from the next `watch` on. A child whose name is known already is left out."""
        names = {slot.child.name for slot in self._slots}
        self._slots += [_Slot(child) for child in children if child.name not in names]

    def watch(self, timeout_s: float | None = None) -> bool:
        """Wait for at most `timeout_s` and restart children that died. False after a request to stop.

        Raises ServiceError, with the last line of a child's output, if that child will not get going.
        """
        self.start()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._stop_requested:
            now = time.monotonic()
            for slot in self._slots:
                if slot.running is None and slot.start_at <= now:
                    self._start(slot)
            due = [slot.start_at for slot in self._slots if slot.running is None]
            ended = self._wait(min([*due, *([] if deadline is None else [deadline])], default=None))
            for slot in ended:
                self._restart_later(slot)
            if deadline is not None and time.monotonic() >= deadline:
                break
        return not self._stop_requested

    def run(self, look: Callable[[], object] = lambda: None, every_s: float | None = None) -> None:
        """Start all, restart what dies, stop all at SIGINT, SIGTERM or `request_stop`. Raises like `watch`.

        `look` is called every `every_s` seconds, if that is given; it may `add` children.
        """
        with self._signals():
            try:
                while self.watch(every_s):
                    look()
            finally:
                self.stop()

    def request_stop(self) -> None:
        """Make `run` or `watch` return. From any thread or signal handler."""
        self._stop_requested = True
        if self._wake is not None:
            os.write(self._wake[1], b"x")

    def stop(self) -> None:
        """SIGTERM to every child, SIGKILL to whatever is left after the grace. Idempotent."""
        for slot in self._slots:
            if slot.running:
                os.kill(slot.running.process.pid, signal.SIGTERM)  # a zombie at worst: only _reap reaps
        deadline = time.monotonic() + self._patience.grace_s
        while any(slot.running for slot in self._slots) and time.monotonic() < deadline:
            for slot in self._wait(deadline):
                status = self._reap(slot)
                log.info("%s stopped (%s)", slot.child.name, _ending(status))
        for slot in self._slots:
            if slot.running:
                log.warning(
                    "%s killed: still there %g s after SIGTERM", slot.child.name, self._patience.grace_s
                )
                self._reap(slot)
        if self._wake is not None:
            for fd in self._wake:
                os.close(fd)
            self._wake = None
        self._stop_requested = False

    def pids(self) -> dict[str, int]:
        """The process id of each child that runs now, by name."""
        return {slot.child.name: slot.running.process.pid for slot in self._slots if slot.running}

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, slot: _Slot) -> None:
        child = slot.child
        try:
            with open_log(child.log) if child.log else nullcontext() as output:
                process = spawn(
                    child.argv, death_signal=signal.SIGTERM, env=child.env, stdout=output, stderr=output
                )
        except OSError as error:
            raise ServiceError(f"{child.name} cannot be started: {error}") from error
        slot.running = _Running(process, os.pidfd_open(process.pid), time.monotonic())
        log.info("%s started as process %d", child.name, process.pid)

    def _wait(self, until: float | None) -> list[_Slot]:
        """Sleep until a child ends, a stop is requested, or that time; the slots whose child has ended."""
        poll = select.poll()
        by_fd = {slot.running.pidfd: slot for slot in self._slots if slot.running}
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        if self._wake is not None and not self._stop_requested:
            poll.register(self._wake[0], select.POLLIN)
        timeout_ms = None if until is None else max(0.0, until - time.monotonic()) * 1000 + 1
        return [by_fd[fd] for fd, _ in poll.poll(timeout_ms) if fd in by_fd]

    def _reap(self, slot: _Slot) -> int:
        assert slot.running is not None
        # The group first: until the leader is reaped its id cannot be another process's.
        kill_group(slot.running.process.pid)
        status = slot.running.process.wait()
        os.close(slot.running.pidfd)
        slot.running = None
        return status

    def _restart_later(self, slot: _Slot) -> None:
        assert slot.running is not None
        now = time.monotonic()
        lived_s = now - slot.running.since
        status = self._reap(slot)
        if lived_s >= self._patience.healthy_s:
            slot.was_healthy, slot.failures = True, 0
        slot.failures += 1
        words = (last_line(slot.child.log) or "it said nothing") if slot.child.log else "see its output above"
        if not slot.was_healthy and slot.failures >= self._patience.attempts:
            raise ServiceError(
                f"{slot.child.name} does not get going: it ended {slot.failures} times "
                f"({_ending(status)}): {words}"
            )
        delay_s = self._patience.delay_s(slot.failures)
        slot.start_at = now + delay_s
        log.warning(
            "%s ended after %.1f s (%s), starting it again in %g s: %s",
            *(slot.child.name, lived_s, _ending(status), delay_s, words),
        )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def ask(_number: int, _frame: FrameType | None) -> None:
            self.request_stop()

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _ending(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
