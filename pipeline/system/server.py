"""What the embedded Valkey and Postgres have in common: files, environment, start, wait until ready."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ServiceError
from pipeline.system.private_files import open_log
from pipeline.system.spawn import SELF, Identity, last_line, spawn

# No PG* or LD_* variable of the caller's may change what the servers do.
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
READY_S = 120
"""Seconds that a server may take to answer, loading its data and recovering from a crash included."""

_POLL_S = 0.02

OnStart = Callable[[subprocess.Popen[bytes]], None]
"""Gets a server's process before the server is ready: whoever owns it can stop it from then on."""


@dataclass(frozen=True, slots=True)
class ServerHome:
    """Where one server lives: its own directory, its socket's directory, its log file.

    `lock_fd` is held open by the server too, so that the state's lock is free only once it is gone.
    """

    folder: Path
    sockets: Path
    log: Path
    lock_fd: int

    def start(
        self, argv: Sequence[str | Path], death_signal: signal.Signals, identity: Identity = SELF
    ) -> subprocess.Popen[bytes]:
        """Start a program in the server's directory, with its output in the log. OSError if there is none."""
        with open_log(self.log) as log:
            return spawn(
                argv,
                death_signal=death_signal,
                identity=identity,
                cwd=self.folder,
                env=ENV,
                stdout=log,
                stderr=log,
                pass_fds=[self.lock_fd],
            )


def wheel_folders(package: str) -> Iterator[Path]:
    """The directories of an installed package, which is not imported: its own Python code is not wanted."""
    spec = importlib.util.find_spec(package)
    yield from (Path(home) for home in (spec and spec.submodule_search_locations) or ())


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    """Return once `ready()` is true.

    Raises ServiceError, with the last line of the log, if the server ends before or takes READY_S seconds.
    """
    deadline = time.monotonic() + READY_S
    while not ready():
        # The pause waits for the server's end, so that a server that dies is noticed at once.
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(_POLL_S)
            raise ServiceError(f"{name} ended with status {status}: {last_line(log)} (all of it in {log})")
        if time.monotonic() > deadline:
            raise ServiceError(f"{name} did not answer within {READY_S} s: {last_line(log)} (more in {log})")
