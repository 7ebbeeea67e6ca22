"""A whole deployment as a person would run it: processes, an inventory repository, the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from collectors import registry
from collectors.simulator import Fleet, SimulatedDevice
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.local.up import children, environment
from pipeline.settings import PREFIX, Settings
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.system.supervisor import Patience, Supervisor
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.support.fleet import NAMES, make_device
from tests.support.git import git

PASSWORD = "canary-pw-5f1e"
ENABLE = "canary-en-77aa"
PATIENT = "version: 1\ndefaults: {credential: lab, timeout: 600}\n"
"""A device that hangs does so until the test has seen what it is about."""


def lab_fleet(*names: str) -> Fleet:
    """The simulated devices of these names, or all; `Deployment` knows their passwords."""
    return Fleet(make_device(name, "backup", PASSWORD, ENABLE) for name in names or NAMES)


@dataclass
class Deployment:
    """One deployment in `folder`; its services are given, its processes start when a test says so.

    `env` goes on top of what its processes have in their environment anyway.
    """

    folder: Path
    settings: Settings
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        return self.settings.inventory

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this deployment runs in. Killed Celery workers leave pymp-* in TMPDIR."""
        secrets = {"LAB_PASSWORD": PASSWORD, "LAB_ENABLE": ENABLE}
        return {**environment(self.settings), **secrets, "TMPDIR": str(self.folder), **self.env}

    def write(self, **files: str) -> str:
        """Write inventory files (`devices/core` → devices/core.yaml), commit, and return the commit."""
        if not (self.inventory.parent / ".git").exists():
            self.inventory.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", "main")
        for name, text in files.items():
            file = "known_hosts" if name == "known_hosts" else f"{name.replace('__', '/')}.yaml"
            (self.inventory / file).parent.mkdir(parents=True, exist_ok=True)
            (self.inventory / file).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "inventory")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Git on the inventory's repository."""
        return git(self.inventory.parent, *arguments)

    def configs(self, *arguments: str) -> str:
        """Git on the configs repo."""
        return git(self.settings.configs_path, *arguments)

    def write_fleet(self, devices: Sequence[SimulatedDevice], **more: str) -> str:
        """An inventory of simulated devices: the group is what the name begins with, `edge` has no queue."""
        lines = [
            f"{d.name}: {{address: {d.address}, port: {d.port}, platform: {d.personality.platform}, "
            f"group: {d.name.split('-')[0]}}}"
            for d in devices
        ]
        files = {
            "devicevault": "version: 1\ndefaults: {credential: lab, timeout: 15}\n",
            "groups": "core: {queue_id: core}\nedge: {}\n",
            "credentials": (
                "lab: {username: backup, password: env:LAB_PASSWORD, enable_password: env:LAB_ENABLE}\n"
            ),
            "devices__all": "\n".join(lines) + "\n",
            "known_hosts": "\n".join(d.known_hosts_line for d in devices) + "\n",
        }
        return self.write(**{**files, **more})

    @contextmanager
    def running(self, *names: str) -> Iterator[Supervisor]:
        """Run the processes that `devicevault up` would, or only those of `names`."""
        inventory = InventoryReader(self.settings, registry.KnownNames()).current()
        every = children(
            self.settings, inventory, beat="beat" in names, log_dir=self.logs, environ=self.environment
        )
        settings = {name: value for name, value in self.env.items() if name.startswith(PREFIX)}
        wanted = [
            replace(child, env={**(child.env or {}), **settings})
            for child in every
            if not names or child.name in names
        ]
        with Supervisor(wanted, Patience(first_delay_s=0.2, grace_s=15)) as supervisor:
            yield supervisor

    @property
    def logs(self) -> Path:
        logs = self.folder / "log"
        logs.mkdir(exist_ok=True)
        return logs

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli.main", *arguments]

    def cli(self, *arguments: str, expect: int = 0, timeout_s: float = 120) -> str:
        """Run a command; returns its stdout, or its stderr where nothing was to be done (status 1 and 2)."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=timeout_s
        )
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr if expect in (1, 2) else done.stdout

    def collect(self, *arguments: str, expect: int = 0) -> dict[str, dict[str, Any]]:
        """`devicevault collect … --output json`, as results by device."""
        report = json.loads(self.cli("collect", *arguments, "--output", "json", expect=expect))
        return {row["device"]: row for row in report["results"]}

    @contextmanager
    def results(self) -> Iterator[Results]:
        assert self.settings.database_url
        with Results(self.settings.database_url) as results:
            results.migrate()
            yield results

    def row(self, task_identifier: str) -> Row:
        with self.results() as results:
            return results.get([task_identifier])[task_identifier]

    def waiting(self) -> int:
        assert self.settings.redis_url
        client = connect(self.settings.redis_url)
        try:
            return ResultStream(client, self.settings.stream).waiting()
        finally:
            client.close()

    def said(self) -> str:
        """Everything that the processes logged."""
        return "".join(path.read_text(errors="replace") for path in self.logs.iterdir())


def prefork_children(pid: int) -> list[int]:
    """The pool processes of a Celery worker."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
