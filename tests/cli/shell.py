"""A deployment and its command line: what is written to it, and what it answers."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from pipeline.local.up import environment
from pipeline.settings import PREFIX
from pipeline.store import process as consume
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.journey.deployment import Deployment
from tests.support.commands import Answer, in_this_process
from tests.support.values import NOW, make_job, success

INVENTORY = {
    "devicevault": "version: 1\ndefaults: {credential: lab, timeout: 15}\n",
    "groups": "core: {queue_id: core, platform: cisco_ios}\nedge: {}\n",
    "credentials": "lab: {username: backup, password: env:LAB_PASSWORD}\n",
    "devices__core": (
        "core-sw1: {address: 127.0.0.1, group: core}\ncore-sw2: {address: 127.0.0.2, group: core}\n"
    ),
}


@dataclass
class Shell:
    """Runs commands on one deployment; `env` goes on top of its settings."""

    deployment: Deployment
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def folder(self) -> Path:
        return self.deployment.folder

    def variables(self, env: Mapping[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        ours = {n: v for n, v in environment(self.deployment.settings).items() if n.startswith(PREFIX)}
        return clean | ours | dict(env)

    def __call__(self, *arguments: str, env: Mapping[str, str] | None = None) -> Answer:
        """Run it in this process: a tenth of the time, and the same function."""
        return in_this_process(arguments, self.variables(env or {}), self.monkeypatch, self.capsys)

    def process(
        self, *arguments: str, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
    ) -> Answer:
        """Run it as a process, for what belongs to one: signals, servers, file descriptors."""
        done = subprocess.run(
            [*prefix, *self.deployment.command(*arguments)],
            env=self.variables(env or {}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def on_terminal(
        self, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run it where all three streams are a terminal of that width: its status, and all that it writes."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        terminal = {"TERM": "xterm-256color", "COLUMNS": "", "NO_COLOR": ""}
        said = b""
        with (
            os.fdopen(ours, "rb", buffering=0) as screen,
            subprocess.Popen(
                self.deployment.command(*arguments),
                env=self.variables(terminal | dict(env or {})), stdin=theirs, stdout=theirs, stderr=theirs,
            ) as process,
        ):  # fmt: skip
            os.close(theirs)
            with suppress(OSError):  # how a terminal says that its last writer has gone
                while read := screen.read(4096):
                    said += read
        return process.returncode, said.decode().replace("\r\n", "\n")

    def store(self, text: str, *devices: str, slot: datetime = NOW) -> None:
        """Back these devices up with this configuration, for that slot."""
        settings = self.deployment.settings
        with self.deployment.results() as results, closing(connect(settings.redis_url or "")) as client:
            for job in results.expect([make_job(device, slot) for device in devices]):
                ResultStream(client, settings.stream).publish(success(job, text))
        consume.run(settings, threading.Event(), until_empty=True)

    def nothing_is_written(self) -> None:
        """No row, nothing in Redis or a queue, no configs repo."""
        settings = self.deployment.settings
        with psycopg.connect(settings.database_url or "") as db:
            for table in ("device_backup_result", "configs_repo_checkpoint"):
                if db.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,):
                    count = db.execute(f"SELECT count(*) FROM {table}").fetchone()
                    assert count == (0,)
        with closing(connect(settings.redis_url or "")) as client:
            assert client.keys() == []
        assert not settings.configs_path.exists()
