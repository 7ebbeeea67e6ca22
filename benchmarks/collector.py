"""One session by our collector, as a worker calls it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.fleet import PASSWORD, USERNAME
from collectors import registry


@dataclass(frozen=True, slots=True)
class Target:
    """A device to collect. `host_key` is "<type> <base64>"."""

    port: int
    host_key: str


def devicevault(target: Target) -> str:
    """Our collector, as a worker calls it."""
    result = registry.collector_for("cisco_ios")(
        {
            "task_id": "bench", "device": "sw0", "address": "127.0.0.1", "port": target.port,
            "platform": "cisco_ios", "username": USERNAME, "password": PASSWORD,
            "host_keys": [target.host_key], "options": {"secrets": "hide"},
        },
        30.0,
    )  # fmt: skip
    if result["status"] != "success":
        raise RuntimeError(f"our collector failed: {result['log'][-1]['message']}")
    config: str = result["device_config"]
    return config
