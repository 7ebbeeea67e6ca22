"""A deployment per test, on services shared by the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import Settings, load_settings
from tests.journey.deployment import Deployment


def make_settings(folder: Path, redis_url: str, database_url: str, **more: object) -> Settings:
    """Settings with short waits; nothing of the environment of whoever runs the tests."""
    return load_settings(
        state_dir=folder / "state",
        inventory=folder / "network" / "inventory",
        redis_url=redis_url,
        database_url=database_url,
        configs_repo=folder / "configs.git",
        worker_name="w1",
        worker_concurrency=2,
        retry_backoff=0.2,
        republish_after=2.0,
        **more,
    )


@pytest.fixture
def deployment(tmp_path: Path, redis_url: str, database_url: str) -> Deployment:
    return Deployment(tmp_path, make_settings(tmp_path, redis_url, database_url))


@pytest.fixture(params=["valkey", "rabbitmq"])
def on_each_broker(request: pytest.FixtureRequest, deployment: Deployment) -> Deployment:
    """The same deployment with Valkey and with RabbitMQ as its broker."""
    if request.param == "rabbitmq":
        url = request.getfixturevalue("rabbitmq")
        deployment.settings = deployment.settings.model_copy(update={"broker_url": url})
    return deployment
