"""A driver on the services that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipeline.driver.driver import Driver
from pipeline.settings import Settings
from pipeline.store.connect import open_results
from pipeline.store.ledger.results import Results
from pipeline.transit.broker import make_app
from pipeline.transit.connect import open_redis
from pipeline.transit.trust import open_trust


@contextmanager
def open_driver(settings: Settings) -> Iterator[tuple[Driver, Results]]:
    """A driver on the services of `settings`, which `services.locate` has filled in, and its table."""
    key = open_trust(settings, "driver").key
    with (
        open_results(settings) as results,
        open_redis(settings) as client,
        closing(make_app(settings, key)) as app,
    ):
        yield Driver(app, results, client, settings.stream), results
