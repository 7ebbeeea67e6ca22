"""Opens the way by which host keys are looked at: from this machine, or by the devices' workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline import services
from pipeline.live.asking import OnProgress, open_asker
from pipeline.live.host_keys import ByWorkers, FromHere, Way
from pipeline.settings import Settings


@contextmanager
def open_way(
    settings: Settings, timeout_s: float, on_progress: OnProgress, *, via_worker: bool
) -> Iterator[Way]:
    """A way that gives each device `timeout_s` seconds; only workers need services.

    Raises SettingsError if the services are not known, ServiceError if one is away.
    """
    if not via_worker:
        yield FromHere(timeout_s, on_progress)
        return
    with open_asker(services.locate(settings, database=False)) as asker:
        asker.check()
        yield ByWorkers(timeout_s, asker, on_progress)
