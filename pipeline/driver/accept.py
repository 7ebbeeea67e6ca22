"""A person accepts quarantined configurations, of one device or of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import redis

from pipeline.driver.backups import MANUAL_DEADLINE
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.store import accept as store
from pipeline.store.git.reader import QuarantinedConfig
from pipeline.store.ledger.actions import Word
from pipeline.store.ledger.results import Results
from pipeline.transit.trust import open_trust
from pipeline.values.device import Device
from pipeline.values.identifier import accept_identifier
from pipeline.values.job import Backup, Job


def find_quarantined(
    settings: Settings, devices: Sequence[Device], named: Collection[str]
) -> Mapping[str, QuarantinedConfig]:
    """The quarantined configurations of `devices`, by device.

    Raises UsageError if there are none, or if there is none of a device in `named`. Those are the devices
    that a person has named one by one.
    """
    found: dict[str, QuarantinedConfig] = {}
    for device in devices:
        try:
            found[device.name] = store.find_quarantined(settings.repo_path(device.repo), device.path)
        except UsageError:
            if device.name in named:
                raise
    if not found:
        raise UsageError("nothing is quarantined for any of these devices")
    return found


def accept(
    settings: Settings,
    results: Results,
    client: redis.Redis,
    devices: Sequence[Device],
    found: Mapping[str, QuarantinedConfig],
    inventory_commit: str | None,
    now: datetime,
    word: Word,
) -> list[Job]:
    """Publish what was `found` of `devices` as results, which the consumer commits; returns their jobs.

    The table notes on whose `word`. Where signers are known, the results are signed with this machine's
    operator key. Raises ServiceError if Postgres or Redis is away, and SettingsError if there is no such key.
    """
    trust = open_trust(settings, "operator")
    accepted = [device for device in devices if device.name in found]
    results.actions.note("accept", [device.id for device in accepted], word)
    jobs: list[Job] = []
    for device in accepted:
        backup = Backup(accept_identifier(device.name, now), device, now + MANUAL_DEADLINE)
        config = found[device.name]
        jobs.append(store.accept(config, backup, inventory_commit, results, client, settings.stream, trust))
    return jobs
