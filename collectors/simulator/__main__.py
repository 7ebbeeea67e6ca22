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
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path

from collectors.simulator.demo_fleet import USERNAME, demo_fleet
from collectors.simulator.device import SimulatedDevice, SimulatorError
from collectors.simulator.fleet import Fleet
from collectors.simulator.recording import recorded_device


def main(arguments: list[str] | None = None, *, until: threading.Event | None = None) -> int:
    """Serve until `until` is set or Ctrl-C; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m collectors.simulator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("recordings", nargs="*", type=Path, help="recorded sessions, <platform>/<case>.yaml")
    options = parser.parse_args(arguments)
    password = secrets.token_urlsafe(9)
    try:
        with _fleet(options.recordings, password) as fleet, contextlib.suppress(KeyboardInterrupt):
            for device in fleet:
                where = f"{device.address} -p {device.port}"
                enable = f", enable with {device.enable_password}" if device.enable_password else ""
                print(f"{device.name:14} {device.personality.platform:18} ssh {USERNAME}@{where}{enable}")
            print(f"The password is {password}. Ctrl-C ends the simulation.", flush=True)
            (until or threading.Event()).wait()
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _fleet(recordings: list[Path], password: str) -> Fleet:
    if not recordings:
        return demo_fleet(password, password)
    return Fleet(
        _with_unique_names(recorded_device(path, username=USERNAME, password=password) for path in recordings)
    )


def _with_unique_names(devices: Iterable[SimulatedDevice]) -> Iterator[SimulatedDevice]:
    """The devices. A later one of the same name is `<platform>-<name>`, then with a number."""
    taken: set[str] = set()
    for device in devices:
        longer = f"{device.personality.platform}-{device.name}"
        names = chain((device.name, longer), (f"{longer}-{number}" for number in count(2)))
        device.name = next(name for name in names if name not in taken)
        taken.add(device.name)
        yield device


if __name__ == "__main__":
    sys.exit(main())
