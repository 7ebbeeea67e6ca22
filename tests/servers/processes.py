"""What the real servers of the tests have in common: ports, readiness, and an end without leftovers."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pipeline.system.spawn import last_line, stop


def require(program: str, package: str) -> str:
    """The path of a server's program. Without it tests are skipped; where all are required, they fail."""
    found = shutil.which(program)
    return found or missing(f"{program} is not installed (Debian package {package})")


def missing(reason: str) -> NoReturn:
    """Skip, or fail where DEVICEVAULT_REQUIRE_ALL is set: CI must not pass by skipping."""
    if os.environ.get("DEVICEVAULT_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, greeting: bytes = b"") -> bool:
    """Whether something accepts on that loopback port and begins with `greeting`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            return client.recv(64).startswith(greeting) if greeting else True
    except OSError:
        return False


def until_ready(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, within_s: float
) -> None:
    """Wait until `ready`; fail with the log's last line when the process ends or the time is over."""
    deadline = time.monotonic() + within_s
    while not ready():
        assert process.poll() is None, f"{process.args!r} ended: {last_line(log)}"
        assert time.monotonic() < deadline, f"{process.args!r} not ready in {within_s} s: {last_line(log)}"
        time.sleep(0.02)


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process of the test's own, with text in its pipes; it is gone in the end, whatever the test does."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, whatever session it moved to."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(entry.parent.name))
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def mentioning(folder: Path) -> list[str]:
    """The command lines of processes that name `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def stop_tree(
    process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, grace_s: float = 10
) -> None:
    """Stop a server and everything that it started; all of it is gone on return."""
    pidfds = []
    for pid in descendants(process.pid):
        try:
            pidfds.append(os.pidfd_open(pid))
        except ProcessLookupError:
            continue
    stop(process, how, grace_s)
    for fd in pidfds:  # not the id: it may be another's by now
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(fd, signal.SIGKILL)
        assert select.select([fd], [], [], 10)[0], "a killed process does not end"
        os.close(fd)
