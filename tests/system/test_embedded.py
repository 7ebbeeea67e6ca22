"""The embedded Valkey and Postgres: private, durable, alone, and gone when their owner is."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis
from kombu.connection import Connection

from pipeline.errors import ServiceError, StateError
from pipeline.system.embedded import LAYOUT, Embedded, Services, running
from pipeline.system.spawn import SELF, Identity, is_alive, plain_identities
from tests.servers.processes import missing
from tests.support.waiting import until

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run Postgres as somebody else")

OWNER = """
import sys, time
from pathlib import Path
from pipeline.system.embedded import Embedded
with Embedded(Path(sys.argv[1])) as services:
    print("ready", flush=True)
    sys.stdin.read()
"""


def processes_in(folder: Path) -> list[int]:
    """Ids of the processes that work in `folder` or below."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where = (entry / "cwd").readlink()
        except OSError:
            continue
        if where.is_relative_to(folder):
            found.append(int(entry.name))
    return found


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the services of `tmp_path/state`."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "state")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that every user can reach, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def keep(services: Services, value: str) -> None:
    assert services.redis_url is not None
    assert services.database_url is not None
    with redis.Redis.from_url(services.redis_url) as client:
        client.xadd("stream", {"value": value})
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def kept(services: Services) -> tuple[list[str], list[str]]:
    assert services.redis_url is not None
    assert services.database_url is not None
    with redis.Redis.from_url(services.redis_url, decode_responses=True) as client:
        entries = [fields["value"] for _, fields in client.xrange("stream")]
    with psycopg.connect(services.database_url) as connection:
        rows = [row[0] for row in connection.execute("SELECT value FROM kept")]
    return entries, rows


def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    with Embedded(tmp_path) as services:
        keep(services, "first")
    with Embedded(tmp_path) as services:
        assert kept(services) == (["first"], ["first"])


def test_what_was_written_is_there_after_the_owner_is_killed(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    found = running(tmp_path / "state")
    assert found is not None
    keep(found, "acknowledged")
    owner.kill()
    owner.wait()
    with Embedded(tmp_path / "state") as services:
        assert kept(services) == (["acknowledged"], ["acknowledged"])


def test_a_killed_owner_leaves_nothing_running(tmp_path: Path, owner: subprocess.Popen[str]) -> None:
    state = tmp_path / "state"
    assert len(processes_in(state)) >= 2
    owner.kill()
    owner.wait()
    until(lambda: not processes_in(state))
    assert running(state) is None


def test_killed_servers_are_recovered_by_the_next_start(tmp_path: Path) -> None:
    with Embedded(tmp_path) as services:
        keep(services, "acknowledged")
        for pid in processes_in(tmp_path):
            with suppress(ProcessLookupError):  # Postgres' own children end with it
                os.kill(pid, signal.SIGKILL)
        until(lambda: running(tmp_path) is None)
    # As if the pid had been given to another process after a reboot.
    pidfile = tmp_path / "postgres" / "data" / "postmaster.pid"
    pidfile.write_text(pidfile.read_text().replace(pidfile.read_text().split()[0], str(os.getpid()), 1))
    with Embedded(tmp_path) as services:
        assert kept(services) == (["acknowledged"], ["acknowledged"])


def test_nothing_but_data_and_logs_is_left_after_stop(tmp_path: Path) -> None:
    with Embedded(tmp_path) as services:
        assert all(Path(path).is_socket() for path in services.sockets)
    assert processes_in(tmp_path) == []
    left = {str(path.relative_to(tmp_path)) for path in (*tmp_path.glob("*"), *tmp_path.glob("*/*"))}
    assert left == {
        *("lock", "version", "log", "log/valkey.log", "log/postgres.log"),
        *("valkey", "valkey/appendonlydir", "postgres", "postgres/data"),
    }


def test_only_the_owner_can_reach_the_servers_and_none_listens_on_tcp(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    with Embedded(state) as services:
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / "services.json").stat().st_mode) == 0o600
        assert {stat.S_IMODE(Path(path).parent.stat().st_mode) for path in services.sockets} == {0o700}
        assert {stat.S_IMODE(Path(path).stat().st_mode) for path in services.sockets} == {0o700}
        assert services.redis_url is not None
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.config_get("port") == {"port": "0"}


def test_an_existing_directory_keeps_its_permissions_and_owner(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    before = tmp_path.stat()
    with Embedded(tmp_path):
        pass
    after = tmp_path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_second_start_is_refused_and_names_the_owner(tmp_path: Path, owner: subprocess.Popen[str]) -> None:
    with pytest.raises(StateError, match=rf"in use by process {owner.pid}: stop it, or .*STATE_DIR"):
        Embedded(tmp_path / "state").start()
    assert running(tmp_path / "state") is not None


def test_another_process_finds_the_running_services(tmp_path: Path, owner: subprocess.Popen[str]) -> None:
    found = running(tmp_path / "state")
    assert found is not None
    assert found.pid == owner.pid
    keep(found, "hello")
    assert kept(found) == (["hello"], ["hello"])


def test_nothing_runs_in_a_directory_that_is_new_or_damaged(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    (tmp_path / "services.json").write_text('{"pid": 1, "sock')
    assert running(tmp_path) is None


def test_another_layout_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("99\n")
    with pytest.raises(
        StateError, match=f"layout '99'.*uses layout '{LAYOUT}': use the version that made it"
    ):
        Embedded(tmp_path).start()


def test_data_of_another_postgres_is_refused_with_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StateError, match="was made by Postgres 9, and this is Postgres"):
        Embedded(tmp_path, want_redis=False).start()


def test_a_state_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file cannot be used"):
        Embedded(tmp_path / "file").start()


@pytest.mark.parametrize("name", ["deep" * 50, "a, b", "50%20 é"])
def test_any_path_works_and_leaves_no_temporary_directory(tmp_path: Path, name: str) -> None:
    with Embedded(tmp_path / name) as services:
        keep(services, "x")
        assert kept(services) == (["x"], ["x"])
        assert services.broker_url is not None
        with Connection(services.broker_url) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, timeout=5)
        folders = [Path(path).parent for path in services.sockets]
        assert all(len(os.fsencode(path)) <= 107 for path in services.sockets)
    assert not any(folder.exists() for folder in folders if not folder.is_relative_to(tmp_path))


def test_the_temporary_directory_of_a_killed_owner_is_removed_by_the_next_start(tmp_path: Path) -> None:
    state = tmp_path / ("deep" * 50)
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        found = running(state)
        process.kill()
    assert found is not None
    folders = [Path(path).parent for path in found.sockets]
    assert all(folder.exists() for folder in folders)
    with Embedded(state):
        assert not any(folder.exists() for folder in folders)


def test_only_what_is_wanted_runs(tmp_path: Path) -> None:
    with Embedded(tmp_path, want_postgres=False) as services:
        assert services.database_url is None
        assert len(services.sockets) == 1
    assert not (tmp_path / "postgres").exists()


def test_a_server_that_dies_at_its_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\necho starting\necho disk on fire >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(
        ServiceError, match=r"Valkey ended with status 3: disk on fire \(all of it in .*log\)"
    ):
        Embedded(tmp_path / "state", valkey=broken).start()
    with Embedded(tmp_path / "state", want_postgres=False) as services:
        assert services.redis_url


def test_a_missing_server_is_told_with_the_setting_to_use_instead(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="or set DEVICEVAULT_REDIS_URL"):
        Embedded(tmp_path, valkey=tmp_path / "none").start()
    with pytest.raises(ServiceError, match="or set DEVICEVAULT_DATABASE_URL"):
        Embedded(tmp_path, want_redis=False, postgres=tmp_path).start()


def test_the_systems_own_postgres_serves_as_well(tmp_path: Path) -> None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        missing("no Postgres in /usr/lib/postgresql (Debian package postgresql)")
    with Embedded(tmp_path, postgres=installed[-1]) as services:
        keep(services, "x")
        assert kept(services) == (["x"], ["x"])


def test_an_interrupted_first_start_is_made_good_by_the_next(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Embedded(tmp_path) as services:
        keep(services, "x")
    assert not half.exists()


def owners_of(pids: Iterable[int]) -> set[int]:
    """Whose these processes are; Postgres ends a worker now and then, and that one has no owner any more."""
    owners = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            owners.add(Path(f"/proc/{pid}").stat().st_uid)
    return owners


@root_only
def test_postgres_of_root_runs_as_nobody_where_user_namespaces_are_forbidden(open_dir: Path) -> None:
    (user,) = (identity for identity in plain_identities() if identity.kind == "user")
    state = open_dir / "state"
    for _ in range(2):
        with Embedded(state, identities=[user]) as services:
            keep(services, "x")
            assert owners_of(processes_in(state / "postgres")) == {user.uid}
    assert state.stat().st_uid == 0
    assert (state / "valkey").stat().st_uid == 0
    # And back: the same data in a user namespace, or for whoever can have one later.
    with Embedded(state) as services:
        assert kept(services) == (["x", "x"], ["x", "x"])


@root_only
def test_postgres_of_root_is_refused_clearly_where_nobody_cannot_reach_the_state(open_dir: Path) -> None:
    open_dir.chmod(0o700)
    (user,) = (identity for identity in plain_identities() if identity.kind == "user")
    with pytest.raises(ServiceError, match=r"as 'nobody' it cannot reach .*set DEVICEVAULT_DATABASE_URL"):
        Embedded(open_dir / "state", identities=[user]).start()
    assert stat.S_IMODE(open_dir.stat().st_mode) == 0o700


@root_only
def test_postgres_of_root_is_refused_clearly_where_nothing_is_permitted(tmp_path: Path) -> None:
    # A user namespace of one user that may make no further ones: a locked-down container.
    script = """
import sys
from pathlib import Path
Path("/proc/sys/user/max_user_namespaces").write_text("0")
from pipeline.system.embedded import Embedded
from pipeline.errors import ServiceError
try:
    Embedded(Path(sys.argv[1])).start()
except ServiceError as error:
    print(error)
"""
    inside = ["unshare", "--user", "--map-root-user", sys.executable, "-c", script, str(tmp_path / "state")]
    answer = subprocess.run(inside, capture_output=True, text=True, timeout=60)
    assert "user namespaces are not permitted here" in answer.stdout, answer.stderr
    assert "run as a normal user" in answer.stdout
    assert "DEVICEVAULT_DATABASE_URL" in answer.stdout
    assert answer.stdout.count("\n") == 1


@root_only
def test_postgres_itself_refuses_to_run_as_root(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="initdb failed"):
        Embedded(tmp_path, identities=[SELF], want_redis=False).start()


def test_an_identity_that_is_not_to_be_had_is_passed_over(tmp_path: Path) -> None:
    impossible = Identity("user", 4_000_000_000 * 2, 0)
    with Embedded(tmp_path, identities=[impossible, *plain_identities()], want_redis=False) as services:
        assert services.database_url


def test_no_process_has_an_id_that_means_a_group() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(0)
    assert not is_alive(-1)
    assert not is_alive(2**40)
