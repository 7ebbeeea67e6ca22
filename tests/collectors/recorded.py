"""A recorded session, served as a real SSH device and collected."""

from __future__ import annotations

from pathlib import Path

from collectors.contract import Collector, CollectorResult
from collectors.simulator import Fleet
from collectors.simulator.recording import recorded_device

PASSWORD = "of-the-recording"


def collect_recording(collector: Collector, path: Path) -> CollectorResult:
    """What `collector` makes of the device that answers as in the recording at `path`."""
    with Fleet([recorded_device(path, username="backup", password=PASSWORD)]) as fleet:
        device = fleet[path.stem]
        config = {
            "task_id": "t-1",
            "device": device.name,
            "address": device.address,
            "port": device.port,
            "platform": path.parent.name,
            "host_keys": [device.known_hosts_line.partition(" ")[2]],
            "username": "backup",
            "password": PASSWORD,
            "enable_password": PASSWORD,
            "options": {"secrets": "hide"},
        }
        return CollectorResult.from_dict(collector(config, 30))
