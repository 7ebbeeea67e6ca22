"""A machine on which `devicevault up` runs, as a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.settings import load_settings
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.system import embedded
from pipeline.system.spawn import is_alive
from tests.journey.deployment import Deployment
from tests.servers.processes import descendants


def make_machine(folder: Path, state: Path) -> Deployment:
    """A machine with an inventory, a state directory and nothing that runs."""
    settings = load_settings(
        state_dir=state, inventory=folder / "network" / "inventory",
        configs_repo=state.parent / "configs.git",
        worker_concurrency=1,
    )  # fmt: skip
    return Deployment(folder, settings)


@contextmanager
def up(machine: Deployment) -> Iterator[subprocess.Popen[bytes]]:
    """A running `devicevault up`; whatever the test does, it is gone in the end."""
    command = machine.command("up", "--inventory", str(machine.inventory))
    with (
        (machine.logs / "up.log").open("ab") as log,
        subprocess.Popen(command, env=machine.environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def rows(state: Path) -> list[Row]:
    found = embedded.running(state)
    assert found is not None
    with Results(found.database_url or "") as results:
        results.migrate()
        return results.latest()


def succeeded(state: Path, *names: str) -> bool:
    return {row.device for row in rows(state) if row.status == "success"} >= set(names)


def child(process: subprocess.Popen[bytes], command: str) -> int | None:
    """The process id of a child by the first word of its arguments (`consume`), if it runs."""
    for pid in descendants(process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[2:4] == ["pipeline.cli.main", command] and is_alive(pid):
            return pid
    return None


def is_up(process: subprocess.Popen[bytes], state: Path) -> bool:
    assert process.poll() is None, "up has ended"
    return child(process, "beat") is not None and embedded.running(state) is not None
