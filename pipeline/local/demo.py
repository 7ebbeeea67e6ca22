"""The whole journey on one machine and a simulated network: collect, let a week pass, collect again.

Only the devices are simulated; Valkey, Postgres, Celery workers, SSH sessions and commits are real.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collectors import registry
from collectors.simulator import Fleet, SimulatorError
from collectors.simulator.demo_fleet import Change, apply_changes, demo_fleet
from pipeline.driver.backups import on_demand
from pipeline.driver.connect import open_driver
from pipeline.driver.driver import Driver
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.driver.wait import wait_for
from pipeline.errors import ServiceError, StateError
from pipeline.inventory import Inventory, in_git
from pipeline.local import up
from pipeline.local.policy import make_local_policy
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.system import embedded
from pipeline.system.supervisor import Supervisor

_MARKER = "devicevault-demo"
_TIMEOUT_S = 120.0

Progress = Callable[[Sequence[Row]], None]
"""Gets the rows that are finished."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo: the network, the inventory that lists it, and everything that backs it up."""

    settings: Settings
    inventory: Inventory
    fleet: Fleet
    driver: Driver
    results: Results
    supervisor: Supervisor

    def collect(self, progress: Progress) -> list[Row]:
        """Back every device up once and return the rows, by device."""
        backups = on_demand(self.inventory.devices, datetime.now(UTC))
        jobs = self.driver.enqueue(backups, self.inventory.commit)

        def look(finished: Sequence[Row]) -> None:
            self.supervisor.watch(0)  # a worker that will not start ends the wait, with its reason
            progress(finished)

        return wait_for(self.driver, self.results, jobs, self.settings.republish_after, look, _TIMEOUT_S)

    def let_a_week_pass(self) -> tuple[Change, ...]:
        """Change the network and break two devices; returns the changes."""
        return apply_changes(self.fleet)


@contextmanager
def stage(settings: Settings) -> Iterator[Stage]:
    """Set everything up in a fresh state directory, and take it down at the end, whatever happens.

    The configs repo stays for a person to look at. Raises StateError if the state directory holds anything
    but an earlier demo, and ServiceError if a simulated device's port is taken or a server does not start.
    """
    _clear(settings.state_dir)
    reader = InventoryReader(settings, registry.KnownNames(), worktree=not in_git(settings.inventory))
    inventory = reader.current()
    passwords = {"DEMO_PASSWORD": secrets.token_urlsafe(12), "DEMO_ENABLE": secrets.token_urlsafe(12)}
    with (
        _network(demo_fleet(passwords["DEMO_PASSWORD"], passwords["DEMO_ENABLE"])) as fleet,
        up.services(settings) as located,
    ):
        (settings.state_dir / _MARKER).touch()
        make_local_policy(settings, inventory)
        log_dir = settings.state_dir / "log"
        environ = {**os.environ, **passwords}
        children = up.children(located, inventory, beat=False, log_dir=log_dir, environ=environ)
        with open_driver(located) as (driver, results), Supervisor(children) as supervisor:
            yield Stage(located, inventory, fleet, driver, results, supervisor)


@contextmanager
def _network(fleet: Fleet) -> Iterator[Fleet]:
    try:
        fleet.start()
    except SimulatorError as error:
        raise ServiceError(f"{error}; is another demo running?") from error
    try:
        yield fleet
    finally:
        fleet.close()


def _clear(state_dir: Path) -> None:
    """Remove an earlier demo. StateError if anything else is there: it is somebody's, and stays."""
    if not state_dir.exists() or not any(state_dir.iterdir()):
        return
    if not (state_dir / _MARKER).exists():
        raise StateError(f"{state_dir} is not a demo's; give an empty or missing directory with --state-dir")
    if running := embedded.running(state_dir):
        raise StateError(f"a demo is running in {state_dir} (process {running.pid}); stop it first")
    shutil.rmtree(state_dir)
