"""Reads the table and the configs repos, and compares them with an inventory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.audit.drift import Difference, compare, head_paths
from pipeline.errors import StateError
from pipeline.inventory import Inventory
from pipeline.settings import Settings
from pipeline.store.connect import open_results
from pipeline.store.git.reader import history_problem
from pipeline.values.device import Device
from pipeline.values.names import DEFAULT_REPO


def find_drift(
    settings: Settings, inventory: Inventory, now: datetime, max_age: timedelta | None = None
) -> list[Difference]:
    """Every difference, as `compare` has it. `settings` name the table; see `pipeline.services.locate`.

    Raises ServiceError if Postgres is away, and StateError if a configs repo cannot be read, or does not hold
    what was stored in it.
    """
    with open_results(settings) as results:
        rows = results.last_successes()
        names = {DEFAULT_REPO, *results.rosters.repos(), *(device.repo for device in inventory.devices)}
        for name in sorted(names):
            stored = results.checkpoints.of(name)
            if problem := history_problem(settings.repo_path(name), settings.push_branch, stored):
                raise StateError(problem)
    heads = {name: head_paths(settings.repo_path(name), settings.push_branch) for name in names}
    last_success = {ident: row.timestamp for ident, row in rows.items() if row.timestamp}
    return compare(inventory, last_success, heads, now, max_age)


def of_devices(differences: Sequence[Difference], devices: Sequence[Device]) -> list[Difference]:
    """The differences that concern `devices`. A file of no device concerns none."""
    names = {device.name for device in devices}
    return [difference for difference in differences if difference.device in names]
