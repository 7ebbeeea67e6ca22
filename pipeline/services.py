"""Where a process finds its services: the settings name them, or `devicevault up` runs them here."""

from __future__ import annotations

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from pipeline.system import embedded


def locate(settings: Settings, *, redis: bool = True, database: bool = True) -> Settings:
    """Fill in the URLs that the settings leave empty, from a `devicevault up` that runs here.

    `redis` and `database` say which services the process needs. Raises SettingsError, which names the
    settings that are missing.
    """
    local = None
    if settings.redis_url is None or settings.database_url is None:
        local = embedded.running(settings.state_dir)
    redis_url = settings.redis_url or (local and local.redis_url)
    database_url = settings.database_url or (local and local.database_url)
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
