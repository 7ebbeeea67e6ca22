"""What a run of the driver would enqueue: read from the inventory and the table, and written nowhere."""

from __future__ import annotations

from datetime import datetime

from pipeline import services
from pipeline.driver.due import due
from pipeline.errors import SettingsError
from pipeline.inventory import Inventory
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.transit.endpoint import ca_file
from pipeline.values.job import Backup


def with_table(settings: Settings) -> Settings:
    """Settings with the table located. SettingsError says what it is needed for."""
    try:
        return services.locate(settings, redis=False)
    except SettingsError as error:
        raise SettingsError(f"what is due depends on what has been recorded, in Postgres: {error}") from error


def due_backups(settings: Settings, inventory: Inventory, now: datetime) -> list[Backup]:
    """The backups that are due now. The table is read; if it does not exist yet, it is not made.

    `settings` come from `with_table`. Raises ServiceError if Postgres is away.
    """
    assert settings.database_url is not None, "with_table() fills it in"
    with Results(settings.database_url, ca_file(settings)) as results:
        recorded = results.with_row if results.exists() else ()
        return due(inventory.devices, inventory.schedules, now, recorded)
