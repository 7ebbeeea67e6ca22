"""The contract as a worker sees it: what a collector is asked, and what it answered."""

from __future__ import annotations

from typing import Any

from tests.collectors.asyncssh_server import AsyncsshServer


def config_for(server: AsyncsshServer, **changes: Any) -> dict[str, Any]:
    """The config for a device that `server` plays."""
    return {
        "task_id": "t-1",
        "device": "r1",
        "address": "127.0.0.1",
        "port": server.port,
        "platform": "test",
        "host_keys": list(server.host_keys),
        "username": "admin",
        "password": "right",
        **changes,
    }


def hop(server: AsyncsshServer, **changes: Any) -> dict[str, Any]:
    """An entry of the config's `jump` for a jump host that `server` plays."""
    return {
        "address": "127.0.0.1",
        "port": server.port,
        "username": "admin",
        "password": "hop-word",
        "host_keys": list(server.host_keys),
        **changes,
    }


def message(result: dict[str, Any]) -> str:
    """The last thing that the collector told: why it failed."""
    return str(result["log"][-1]["message"])
