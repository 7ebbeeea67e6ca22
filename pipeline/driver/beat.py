"""Celery Beat as the clock: at each tick, what the inventory's schedules make due is enqueued.

Beat's own entries would each be a timer that can be late, lost or doubled. Here a tick computes what is
due from the inventory at its Git revision and the table. So any number of Beats come to the same backups,
whenever they were started. Each tick also sweeps.

A tick survives what is wrong around it. If an inventory cannot be read, the last good one stays in use. If a
service is away, the next tick connects again. Each problem is logged once, and so is its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Any

from celery import beat

from collectors import registry
from pipeline.driver.backups import collect_due
from pipeline.driver.connect import open_driver
from pipeline.driver.driver import Driver
from pipeline.driver.in_force import adopt
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.errors import DeviceVaultError, InventoryError
from pipeline.inventory import Inventory
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.system.signals import exit_at_signals
from pipeline.text.words import counted
from pipeline.transit.broker import make_app
from pipeline.values.schedule import next_slot

log = logging.getLogger("devicevault.beat")

_LONGEST_TICK_S = 5.0
"""The longest time until a merged pull request, a lost job or a passed deadline is noticed."""


class DriverConnection:
    """A driver and its table, connected on first use and again after an outage."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: tuple[Driver, Results] | None = None
        self._closing = ExitStack()

    def open(self) -> tuple[Driver, Results]:
        """Both of them, connected; ServiceError if one is away."""
        if self._opened is None:
            self._opened = self._closing.enter_context(open_driver(self._settings))
        return self._opened

    def close(self) -> None:
        """Close both: a connection that broke does not mend itself. Idempotent."""
        self._opened = None
        self._closing.close()


class InventoryScheduler(beat.Scheduler):  # type: ignore[misc]
    """A Beat scheduler whose schedule is the inventory. Use `scheduler` to make one."""

    def __init__(self, *args: Any, connection: DriverConnection, reader: InventoryReader,
                 settings: Settings, **kwargs: Any) -> None:  # fmt: skip
        self._connection = connection
        self._reader = reader
        self._settings = settings
        self._problems: dict[str, str] = {}  # subject → what was logged last about it, "" if it is fine
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing: the schedule is the inventory, read at each tick."""

    def tick(self, *_: Any, **__: Any) -> float:
        """Enqueue what is due and sweep; returns the seconds until there may be something to do."""
        now = datetime.now(UTC)
        last_good = self._reader.last_good()
        inventory, problem = last_good.inventory, last_good.problem
        self._report(
            "inventory",
            None if problem is None else f"{_in_one_line(problem)}; {inventory.source} stays in force",
        )
        try:
            driver, results = self._connection.open()
            self._report("inventory in force", adopt(results, inventory, self._settings.inventory))
            jobs = collect_due(driver, results, inventory, now)
            if jobs:
                log.info("enqueued %s of inventory commit %s", counted(len(jobs), "backup"), inventory.commit)
            driver.sweep(self._settings.republish_after, now)
        except DeviceVaultError as error:
            self._connection.close()
            self._report("service", _in_one_line(error))
            return _LONGEST_TICK_S
        self._report("service", None)
        return _pause_s(inventory, now)

    def _report(self, subject: str, problem: str | None) -> None:
        """Log a problem when it is new, and log its end."""
        before = self._problems.get(subject, "")
        if problem and problem != before:
            log.error("%s", problem)
        if before and not problem:
            log.info("%s: fine again", subject)
        self._problems[subject] = problem or ""

    @property
    def info(self) -> str:
        """What Beat prints of its scheduler at the start."""
        return f"    . inventory -> {self._settings.inventory} at {self._settings.inventory_ref}"


def scheduler(
    connection: DriverConnection, reader: InventoryReader, settings: Settings
) -> Callable[..., InventoryScheduler]:
    """A scheduler class for Celery's beat Service, bound to what it needs."""

    def make(*args: Any, **kwargs: Any) -> InventoryScheduler:
        kwargs.pop("schedule_filename", None)
        return InventoryScheduler(*args, connection=connection, reader=reader, settings=settings, **kwargs)

    return make


def run(settings: Settings, *, worktree: bool = False) -> None:
    """Tick until SIGINT or SIGTERM. Raises if the inventory or a service is unfit at the start."""
    reader = InventoryReader(settings, registry.KnownNames(), worktree=worktree)
    reader.current()
    with closing(DriverConnection(settings)) as connection, closing(make_app(settings)) as app:
        connection.open()
        make = scheduler(connection, reader, settings)
        service = beat.Service(app, max_interval=_LONGEST_TICK_S, scheduler_cls=make)
        exit_at_signals()
        service.start()


def _pause_s(inventory: Inventory, now: datetime) -> float:
    """Seconds until the next slot after `now`, at most _LONGEST_TICK_S."""
    slots = [next_slot(schedule, now) for schedule in inventory.schedules.values()]
    soonest = min((slot for slot in slots if slot is not None), default=None)
    if soonest is None:
        return _LONGEST_TICK_S
    return min(_LONGEST_TICK_S, max(0.0, (soonest - datetime.now(UTC)).total_seconds()))


def _in_one_line(error: DeviceVaultError) -> str:
    first = str(error).splitlines()[0]
    more = len(error.problems) - 1 if isinstance(error, InventoryError) else 0
    return first + (f" (and {more} more)" if more else "")
