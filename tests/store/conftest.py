"""The store side on real servers, for each test of this room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.store.ledger.results import Results
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.support.store import Store


@pytest.fixture
def store(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Store]:
    with Results(database_url) as results, closing(connect(redis_url)) as client:
        results.migrate()
        yield Store(
            redis_url,
            database_url,
            tmp_path / "configs.git",
            client,
            ResultStream(client, "device:results"),
            results,
        )
