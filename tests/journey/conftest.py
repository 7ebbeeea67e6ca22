"""A deployment per test, on services shared by the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.transit.broker import queue_name
from tests.journey.deployment import Deployment
from tests.servers.rabbitmq import empty_queues
from tests.support.settings import make_settings


@pytest.fixture
def deployment(tmp_path: Path, redis_url: str, database_url: str) -> Deployment:
    return Deployment(tmp_path, make_settings(tmp_path, redis_url, database_url, secret_dir=tmp_path))


@pytest.fixture(params=["valkey", "rabbitmq"])
def on_each_broker(request: pytest.FixtureRequest, deployment: Deployment) -> Deployment:
    """The same deployment with Valkey and with RabbitMQ as its broker."""
    if request.param == "rabbitmq":
        url = request.getfixturevalue("rabbitmq")
        empty_queues(url, map(queue_name, (None, "core", "edge")))
        deployment.settings = deployment.settings.model_copy(update={"broker_url": url})
    return deployment
