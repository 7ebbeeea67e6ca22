"""One run of the driver: the inventory is put in force, and what is due or asked for is queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.driver.backups import collect_due, on_demand
from pipeline.driver.driver import Driver
from pipeline.driver.in_force import adopt
from pipeline.inventory import Inventory
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.values.device import Device
from pipeline.values.job import Job


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is to do.

    devices  which to back up on demand; None for what the schedules make due
    follow   whether the configs repos are to follow the inventory: it is not a look at something else
    force    whether they are to follow it although it does not come after the last one
    """

    devices: Sequence[Device] | None
    follow: bool
    force: bool = False


def run(
    driver: Driver,
    results: Results,
    settings: Settings,
    inventory: Inventory,
    request: Request,
    now: datetime,
    warn: Callable[[str], None],
) -> list[Job]:
    """Queue the backups that are asked for, or due, and return their jobs.

    `warn` gets the reason, in one line, if the configs repos do not follow the inventory. Raises ServiceError
    if a service is away.
    """
    driver.check()
    if request.follow or request.force:
        problem = adopt(results, inventory, settings.inventory, force=request.force)
        if problem:
            warn(problem)
    if request.devices is not None:
        return driver.enqueue(on_demand(request.devices, now), inventory.commit, settings.run_url)
    jobs = collect_due(driver, results, inventory, now, settings.run_url)
    driver.sweep(settings.republish_after)
    return jobs
