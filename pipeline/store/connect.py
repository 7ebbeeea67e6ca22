"""The table on the Postgres that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.transit.endpoint import ca_file


@contextmanager
def open_results(settings: Settings) -> Iterator[Results]:
    """The table, its schema brought up to date."""
    assert settings.database_url is not None, "locate() fills it in"
    with Results(settings.database_url, ca_file(settings)) as results:
        results.migrate()
        yield results
