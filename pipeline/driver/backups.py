"""What a run of the driver does: read the inventory, enqueue what is asked for or due, wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

from pipeline import inventory as inventories
from pipeline.driver.enqueue import Driver
from pipeline.errors import DeviceVaultError, InventoryError, Problem, UsageError
from pipeline.inventory import Inventory
from pipeline.services import open_redis, open_results
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.transit.broker import make_app
from pipeline.values.checks import from_iso
from pipeline.values.job import Backup, Device, Job
from pipeline.values.schedule import due, manual_identifier

MANUAL_DEADLINE = timedelta(hours=4)
_POLL_S = 0.2
_REST = 9  # times as long as a look took: of 100,000 backups it takes a while


class InventoryReader:
    """Reads the inventory at its Git revision, and again only when the revision has moved.

    `platforms` are the names that devices may refer to. A `ref` of None reads the files as they lie.
    """

    def __init__(self, settings: Settings, platforms: Collection[str], *, worktree: bool = False) -> None:
        self._path = settings.inventory
        self._ref = None if worktree else settings.inventory_ref
        self._platforms = platforms
        self._cache = settings.inventory_cache
        self._good: Inventory | None = None
        self._refused: tuple[str, Sequence[Problem]] | None = None  # the commit, and what is wrong with it

    def current(self) -> Inventory:
        """The inventory as of now. Raises InventoryError with every problem, or UsageError."""
        if self._ref is None:
            self._good = self._load(None)
            return self._good
        commit = inventories.head(self._path, self._ref)
        if self._refused is not None and self._refused[0] == commit:
            raise InventoryError(self._refused[1])
        if self._good is None or self._good.commit != commit:
            try:
                self._good = self._load(commit)
            except InventoryError as error:
                self._refused = (commit, error.problems)
                raise
        return self._good

    def _load(self, ref: str | None) -> Inventory:
        return inventories.load(self._path, ref, platforms=self._platforms, cache=self._cache)

    def in_force(self) -> tuple[Inventory, DeviceVaultError | None]:
        """The newest inventory that could be read, and why that is not the current one, if it is not.

        Raises as `current` does while none could be read yet.
        """
        try:
            return self.current(), None
        except DeviceVaultError as error:
            if self._good is None:
                raise
            return self._good, error


@contextmanager
def open_driver(settings: Settings) -> Iterator[tuple[Driver, Results]]:
    """A driver on the services of `settings`, which `runtime.locate` has filled in."""
    with (
        open_results(settings) as results,
        open_redis(settings) as client,
        closing(make_app(settings)) as app,
    ):
        yield Driver(app, results, client, settings.stream), results


def select(
    inventory: Inventory, names: Collection[str], groups: Collection[str], *, everything: bool
) -> list[Device]:
    """The devices that are asked for, sorted by name; UsageError if one, a group, or any is not there."""
    for group in groups:
        if group not in inventory.groups:
            known = ", ".join(sorted(inventory.groups)) or "none"
            raise UsageError(f"no group '{group}' in {inventory.source}; there are: {known}")
    wanted = {inventory.device(name).name for name in names}
    found = [d for d in inventory.devices if everything or d.name in wanted or d.group in groups]
    if not found:
        raise UsageError(f"no device matches in {inventory.source}")
    return found


def on_demand(devices: Sequence[Device], now: datetime) -> list[Backup]:
    """One manual backup of each device, due within MANUAL_DEADLINE."""
    return [Backup(manual_identifier(device.name, now), device, now + MANUAL_DEADLINE) for device in devices]


def collect_due(
    driver: Driver, results: Results, inventory: Inventory, now: datetime, run_url: str | None = None
) -> list[Job]:
    """Enqueue the latest slot of each scheduled device that has no row yet. Idempotent."""
    backups = due(inventory.devices, inventory.schedules, now, results.recorded)
    return driver.enqueue(backups, inventory.commit, run_url)


def wait_for(
    driver: Driver,
    results: Results,
    jobs: Sequence[Job],
    republish_after_s: float,
    tell: Callable[[Sequence[Row]], None] = lambda _: None,
    timeout_s: float | None = None,
) -> list[Row]:
    """Wait until every job has its outcome, sweeping meanwhile; rows in the order of `jobs`.

    `tell` gets the rows that are finished, at every look. Ends at the latest deadline of the jobs, or
    after `timeout_s` seconds; rows without an outcome are then still "queued" (where the outcome is on the
    stream, the consumer writes it when it comes back).
    """
    rows: dict[str, Row] = {}
    waiting = {job.task_identifier: from_iso(job.deadline) for job in jobs}
    give_up = None if timeout_s is None else time.monotonic() + timeout_s
    sweep_at = time.monotonic() + republish_after_s
    while True:
        asked_at = time.monotonic()
        ended = results.ended(waiting)
        rows |= results.get(ended)
        waiting = {name: deadline for name, deadline in waiting.items() if name not in ended}
        tell(list(rows.values()))
        now = time.monotonic()
        if not waiting or (give_up is not None and now >= give_up):
            break
        over = max(waiting.values()) <= datetime.now(UTC)
        if over or now >= sweep_at:
            driver.sweep(republish_after_s)
            sweep_at = now + republish_after_s
        if over:
            break
        time.sleep(max(_POLL_S, _REST * (now - asked_at)))
    rows |= results.get(waiting)
    return [rows[job.task_identifier] for job in jobs]
