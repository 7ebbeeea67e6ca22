"""Try it out: `python -m collectors.simulator` runs the demo's network, or the recordings it is given.

    python -m collectors.simulator
    python -m collectors.simulator tests/collectors/recordings/cisco_ios/paged_switch.yaml

It prints how to log in, and runs until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
import threading
from pathlib import Path

from collectors.simulator.demo_fleet import USERNAME, demo_fleet
from collectors.simulator.device import SimulatorError
from collectors.simulator.fleet import Fleet
from collectors.simulator.recording import recorded_device


def main(arguments: list[str] | None = None, *, until: threading.Event | None = None) -> int:
    """Serve until `until` is set or Ctrl-C; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m collectors.simulator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("recordings", nargs="*", type=Path, help="recorded sessions, <platform>/<case>.yaml")
    given = parser.parse_args(arguments)
    password = secrets.token_urlsafe(9)
    try:
        with _fleet(given.recordings, password) as fleet, contextlib.suppress(KeyboardInterrupt):
            for device in fleet:
                where = f"{device.address} -p {device.port}"
                print(f"{device.name:14} {device.personality.platform:18} ssh {USERNAME}@{where}")
            print(f"The password, also for enable, is {password}. Ctrl-C ends the simulation.", flush=True)
            (until or threading.Event()).wait()
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _fleet(recordings: list[Path], password: str) -> Fleet:
    if not recordings:
        return demo_fleet(password, password)
    return Fleet(recorded_device(path, username=USERNAME, password=password) for path in recordings)


if __name__ == "__main__":
    sys.exit(main())
