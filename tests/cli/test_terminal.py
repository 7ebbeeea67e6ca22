"""Pipes that close, Ctrl-C, odd locales and missing streams: never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from pipeline.local.keys import make_local_keys
from pipeline.store.ledger.table import FinalRow
from pipeline.transit.connect import connect
from tests.cli.shell import Shell
from tests.servers.processes import started
from tests.support.values import make_job
from tests.support.waiting import until


@pytest.mark.parametrize("arguments", [["status"], ["status", "--output", "json"]])
def test_a_reader_that_goes_away_ends_the_command_quietly(shell: Shell, arguments: list[str]) -> None:
    shell.store("hostname x\n", "core-sw1")
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        shell.deployment.command(*arguments), env=shell.variables({}), stdout=theirs, stderr=subprocess.PIPE
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", ["status", "platforms"])
def test_without_a_stdout_a_command_still_ends_well(shell: Shell, arguments: str) -> None:
    shell.store("hostname x\n", "core-sw1")
    command = f"exec '{sys.executable}' -m pipeline.cli.main {arguments} >&-"
    done = subprocess.run(["sh", "-c", command], env=shell.variables({}), stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])  # the interpreter buffers differently
def test_a_full_disk_under_stdout_is_one_line(shell: Shell, locale: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            shell.deployment.command("platforms"),
            env=shell.variables({"LC_ALL": locale}),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, done.stderr) == (1, b"error: No space left on device\n")


def test_ctrl_c_ends_the_waiting_and_not_the_backups(shell: Shell) -> None:
    command = shell.deployment.command("collect", "--all")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        started(command, env=shell.variables({}), **pipes) as process,
        shell.deployment.results() as results,
        closing(connect(shell.deployment.settings.redis_url or "")) as client,
    ):
        until(lambda: len(results.latest()) == 2)
        until(lambda: client.llen("collector.group.core") == 2)
        # Noted as published: from here on it waits.
        until(lambda: len(results.silent_since(datetime.now(UTC), datetime.now(UTC))) == 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, "")
        # Between the note and the wait there is an instant in which it does not know the number yet.
        assert re.fullmatch(
            r"interrupted: (2 backups go|what is queued goes) on; see `devicevault status`\n", err
        )
        assert {row.status for row in results.latest()} == {"queued"}
        assert client.llen("collector.group.core") == 2


def test_services_that_go_away_end_the_waiting_and_not_the_backups(shell: Shell) -> None:
    command = shell.deployment.command("collect", "--all")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        started(command, env=shell.variables({}), **pipes) as process,
        closing(connect(shell.deployment.settings.redis_url or "")) as client,
        psycopg.connect(shell.deployment.settings.database_url or "", autocommit=True) as db,
    ):
        until(lambda: client.llen("collector.group.core") == 2)
        until(lambda: db.execute("SELECT count(published_at) FROM device_backup_result").fetchone() == (2,))
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (3, "")
        first, second = err.splitlines()
        assert first.startswith("error: DEVICEVAULT_DATABASE_URL: cannot use Postgres: ")
        assert second == "error: 2 backups are queued and have no outcome yet"


@pytest.mark.parametrize(
    "arguments",
    [["plan", "--worktree"], ["doctor"], ["status"], ["diff", "core-sw1"], ["statsu"]],
    ids=lambda arguments: arguments[0],
)
def test_no_color_is_obeyed_everywhere(shell: Shell, arguments: list[str]) -> None:
    shell.store("hostname x\n", "core-sw1")
    devices = shell.deployment.inventory / "devices" / "core.yaml"
    devices.write_text(devices.read_text() + "core-sw3: {address: 127.0.0.3, group: core}\n")
    status, plain = shell.on_terminal(*arguments, env={"NO_COLOR": "1"})
    assert "\x1b[" not in plain
    coloured = shell.on_terminal(*arguments, env={"NO_COLOR": ""})
    assert coloured[0] == status
    if arguments != ["statsu"]:
        assert "\x1b[" in coloured[1], "the test's terminal shows colours"


@pytest.mark.parametrize(
    ("columns", "header"),
    [
        (120, "DEVICE            GROUP  STATUS   WHAT         COMMIT  WHEN"),
        (80, "DEVICE            GROUP  STATUS   WHAT         COMMIT  WHEN"),
        (70, "DEVICE            GROUP  STATUS   WHAT         WHEN"),
        (50, "DEVICE            GROUP  STATUS   WHAT"),
        (20, "DEVICE            STATUS   WHAT"),
    ],
)
def test_a_narrow_terminal_leaves_columns_out_and_cuts_none(shell: Shell, columns: int, header: str) -> None:
    with shell.deployment.results() as results:
        [job] = results.expect([make_job("core-switch-0001", group="core")])
        results.record([FinalRow(job, "failure", "unreachable", datetime.now(UTC))])
    status, said = shell.on_terminal("status", columns=columns, env={"NO_COLOR": "1"})
    first, row = said.splitlines()
    assert status == 3
    assert first.rstrip() == header
    assert row.startswith("core-switch-0001  ")
    assert "failure  unreachable" in row
    assert "…" not in said


@pytest.mark.parametrize(("encoding", "arrow"), [("ascii", "→"), ("latin-1", "?")])
def test_in_a_locale_without_our_signs_nothing_fails(shell: Shell, encoding: str, arrow: str) -> None:
    """click itself takes an ASCII locale for a missing one, and writes UTF-8."""
    make_local_keys(shell.deployment.settings)
    env = {"PYTHONIOENCODING": encoding, "DEVICEVAULT_BATCHSIZE": "5"}
    answer = shell.process("doctor", env=env)
    assert answer.status == 0
    assert answer.err.startswith("warning: DEVICEVAULT_BATCHSIZE is not a setting")
    assert f"\n         {arrow} correct the variable's name" in answer.out


def test_a_config_is_printed_byte_by_byte_in_any_locale(shell: Shell) -> None:
    text = "hostname Zürich\nbanner ✓\r\nend"
    shell.store(text, "core-sw0")
    done = subprocess.run(
        shell.deployment.command("show", "core-sw0", "--config"),
        env=shell.variables({"PYTHONIOENCODING": "ascii"}), capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, text.encode(), b"")


def test_without_a_home_the_state_directory_has_to_be_set(shell: Shell) -> None:
    """As in a container, for a user id without an entry in passwd."""
    if os.geteuid() != 0:
        pytest.skip("only root can become a user without an entry")
    env = {
        name: value for name, value in shell.variables({}).items() if name not in ("HOME", "XDG_STATE_HOME")
    }
    del env["DEVICEVAULT_STATE_DIR"]
    program = (
        "import os, pwd, sys; from pipeline.cli.commands import status; from pipeline.cli.main import main; "
        "os.setgid(54321); os.setuid(54321); "
        "sys.argv = ['devicevault', 'status']; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: DEVICEVAULT_STATE_DIR: there is no home directory to keep state in; set this variable"
    ]
