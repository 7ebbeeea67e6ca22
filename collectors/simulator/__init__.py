"""Simulated network devices: real SSH servers on loopback that speak like their vendors.

They ship with the product: for its tests, for `devicevault demo`, and for people who try a platform out.
Start with `Fleet` and `SimulatedDevice`. `personalities` holds the operating systems, `Fault` lists what can
go wrong.
"""

from __future__ import annotations

from collectors.simulator.device import SimulatedDevice, SimulatorError
from collectors.simulator.fault import Fault
from collectors.simulator.fleet import Fleet
from collectors.simulator.keys import host_key_line, known_hosts_line
from collectors.simulator.personality import Noise, Pager, Personality

__all__ = [
    "Fault",
    "Fleet",
    "Noise",
    "Pager",
    "Personality",
    "SimulatedDevice",
    "SimulatorError",
    "host_key_line",
    "known_hosts_line",
]
