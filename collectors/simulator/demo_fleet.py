"""The network of the demo, as this repository's inventory/ lists it, and a week in its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.simulator.demo_configs import demo_config
from collectors.simulator.device import SimulatedDevice
from collectors.simulator.fault import Fault
from collectors.simulator.fleet import Fleet
from collectors.simulator.personalities import PERSONALITIES

USERNAME = "backup"
PORT = 10022
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """One device of the demo. `group` is None for the default queue; `enable` makes it ask for a password."""

    name: str
    address: str
    platform: str
    group: str | None
    site: str
    number: int
    router: bool = False
    enable: bool = False


DEMO_DEVICES = (
    DemoDevice("core-sw1", "127.77.0.11", "cisco_ios", "core", "Frankfurt", 1),
    DemoDevice("core-sw2", "127.77.0.12", "cisco_ios", "core", "Frankfurt", 2),
    DemoDevice("core-rtr1", "127.77.0.13", "juniper_junos", "core", "Frankfurt", 13),
    DemoDevice("core-rtr2", "127.77.0.14", "juniper_junos", "core", "Frankfurt", 14),
    DemoDevice("dc-spine1", "127.77.1.31", "cisco_nxos", "dc", "Frankfurt", 31),
    DemoDevice("dc-spine2", "127.77.1.32", "cisco_nxos", "dc", "Frankfurt", 32),
    DemoDevice("dc-leaf1", "127.77.1.41", "arista_eos", "dc", "Frankfurt", 41, router=True),
    DemoDevice("dc-leaf2", "127.77.1.42", "arista_eos", "dc", "Frankfurt", 42, router=True),
    DemoDevice("dc-leaf3", "127.77.1.43", "arista_eos", "dc", "Frankfurt", 43, router=True),
    DemoDevice("dc-rr1", "127.77.1.51", "linux_frr", "dc", "Frankfurt", 51),
    DemoDevice("dc-rr2", "127.77.1.52", "linux_frr", "dc", "Frankfurt", 52),
    DemoDevice("berlin-rtr1", "127.77.2.61", "cisco_ios", "branch", "Berlin", 61, router=True, enable=True),
    DemoDevice("berlin-sw1", "127.77.2.62", "cisco_ios", "branch", "Berlin", 7, enable=True),
    DemoDevice("hamburg-rtr1", "127.77.2.71", "mikrotik_routeros", "branch", "Hamburg", 71),
    DemoDevice("munich-rtr1", "127.77.2.81", "mikrotik_routeros", "branch", "Munich", 81),
    DemoDevice("munich-sw1", "127.77.2.82", "arista_eos", "branch", "Munich", 82, enable=True),
    DemoDevice("lab-frr1", "127.77.9.91", "linux_frr", None, "Lab", 91),
    DemoDevice("oob-rtr1", "127.77.9.92", "mikrotik_routeros", None, "Frankfurt", 92),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one device in the demo's week.

    `fault` is None for a change of its configuration, made by `author`.
    """

    device: str
    summary: str
    author: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Edit:
    """Put `text` after the one occurrence of `after`, or instead of it."""

    change: Change
    after: str
    text: str
    instead: bool = False


_EDITS = (
    _Edit(
        Change("core-sw1", "VLAN 50 for the cameras", "alice"),
        "vlan 40\n name PRINTERS\n!\n",
        "vlan 50\n name CAMERAS\n!\n",
    ),
    _Edit(
        Change("berlin-rtr1", "the provider's monitoring may reach the router", "bob"),
        " permit icmp any any echo-reply\n",
        " permit icmp host 198.51.100.245 any echo\n",
    ),
    _Edit(
        Change("dc-rr1", "a third spine joins the fabric", "carol"),
        " neighbor 10.254.0.32 description dc-spine2\n",
        " neighbor 10.254.0.33 peer-group FABRIC\n neighbor 10.254.0.33 description dc-spine3\n",
    ),
    _Edit(
        Change("core-rtr1", "the transit's new name in a description", "alice"),
        '        description "transit A";\n        mtu',
        '        description "transit A (was: B)";\n        mtu',
        instead=True,
    ),
)
_FAULTS = (
    Change("hamburg-rtr1", "the branch lost its line", fault=Fault.UNREACHABLE),
    Change("dc-leaf2", "its configuration ends in the middle", fault=Fault.CUT_SHORT),
)


def demo_fleet(password: str, enable_password: str) -> Fleet:
    """The demo's devices with their first configurations; not started.

    Everybody logs in as USERNAME with `password`; some devices ask for `enable_password` as well.
    """
    return Fleet(
        SimulatedDevice(
            device.name,
            PERSONALITIES[device.platform],
            demo_config(
                device.name, device.platform, number=device.number, site=device.site, router=device.router
            ),
            username=USERNAME,
            password=password,
            enable_password=enable_password if device.enable else None,
            address=device.address,
            port=PORT,
        )
        for device in DEMO_DEVICES
    )


def apply_changes(fleet: Fleet) -> tuple[Change, ...]:
    """Let a week pass on a demo fleet, once, and return what happened.

    All clocks and counters move on. Four configurations change, one device becomes unreachable, and one cuts
    its answer short. All others stay as they were.
    """
    fleet.advance(WEEK)
    for edit in _EDITS:
        text = edit.text if edit.instead else edit.after + edit.text
        fleet[edit.change.device].edit(edit.after, text, by=edit.change.author)
    for change in _FAULTS:
        fleet[change.device].fault = change.fault
    return tuple(edit.change for edit in _EDITS) + _FAULTS


def recover(fleet: Fleet) -> None:
    """Repair what `apply_changes` broke."""
    for change in _FAULTS:
        fleet[change.device].fault = None
