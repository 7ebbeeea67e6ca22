"""A deployment whose processes know each other's keys, as `devicevault up` makes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collectors.simulator import Fleet
from pipeline.local.keys import make_local_keys
from tests.journey.conftest import deployment, on_each_broker
from tests.journey.deployment import Deployment, lab_fleet

__all__ = ["deployment", "on_each_broker"]


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("core-ios", "core-nxos", "edge-frr") as fleet:
        yield fleet


@pytest.fixture
def guarded(on_each_broker: Deployment, fleet: Fleet) -> Deployment:
    """With an inventory of two devices; `edge-frr` is known to nobody: an attacker's own machine."""
    assert make_local_keys(on_each_broker.settings)
    on_each_broker.write_fleet([fleet["core-ios"], fleet["core-nxos"]])
    return on_each_broker
