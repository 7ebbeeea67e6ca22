"""Settings of a deployment on services that a test has started."""

from __future__ import annotations

from pathlib import Path

from pipeline.settings import Settings, load_settings


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
