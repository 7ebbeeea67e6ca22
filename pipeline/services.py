"""Where the services of a process are: what the settings name, else what `devicevault up` runs here."""

from __future__ import annotations

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from pipeline.system import embedded


def locate(settings: Settings, *, redis: bool = True, database: bool = True) -> Settings:
    """Fill in the services that the settings leave empty from a running `devicevault up`.

    `redis` and `database` say which the process needs. Raises SettingsError, naming what is missing.
    """
    found = None
    if settings.redis_url is None or settings.database_url is None:
        found = embedded.running(settings.state_dir)
    redis_url = settings.redis_url or (found and found.redis_url)
    database_url = settings.database_url or (found and found.database_url)
    needed = {
        "DEVICEVAULT_REDIS_URL": not redis or redis_url,
        "DEVICEVAULT_DATABASE_URL": not database or database_url,
    }
    if missing := [name for name, provided in needed.items() if not provided]:
        raise SettingsError(
            f"not set: {', '.join(missing)}; and no embedded services run in {settings.state_dir}. "
            "Set them, or start `devicevault up`"
        )
    return settings.model_copy(update={"redis_url": redis_url, "database_url": database_url})
