"""Volatile lines that many systems print alike. A platform takes those that its own answers hold."""

from __future__ import annotations

import re

from collectors.define.rules import drop

HEADING = drop(r"^(?:Building|Current) configuration")
"""What systems modelled on IOS print before the configuration: that they build it, and how large it is."""

UPTIME = drop(
    r"^(?! *(?:description|remark|name|alias)\b)(?:[^\n]{0,60}\b)?(?:[Uu]p ?[Tt]ime|UPTIME)\b"
    r"(?: *[:=]| is\b| +\"?\d+ (?:day|hour|min|sec|week|year))"
)
"""How long a device, a member or a card has been running, as `show version` and similar commands print it."""

CHANGED = drop(
    r"^!? ?(?:Last configuration change|NVRAM config last updated|No configuration change since)\b"
)
"""When the configuration was last changed or saved, as systems modelled on IOS print it at the top."""

WRITTEN_BY_ITSELF = (
    drop(r"^ntp clock-period \d"),  # follows the oscillator's drift
    drop(r"^ *sflow (?:\d+ )?(?:receiver|destination|collector) .*\btimeout \d"),  # counts down
    drop(r"^# ?private-encryption-key="),
    drop(r'^ +set comments? "Error \(.*\) on \w{3} \w{3} +\d'),  # the last try to fetch a licence
    drop(r"^ *<last_(?:rule_upd_time|update)>"),
    drop(r"^ *interface nat-address management set -"),  # a number out of nothing, no address
)
"""What a device writes into its configuration by itself. Left out on every platform."""

_INTERFACES = re.compile(r"^interface Tunnel[^\n]*+\n(?: [^\n]*+\n)++", re.MULTILINE)
_BANDWIDTH = re.compile(r"^ ++tunnel mpls traffic-eng bandwidth (?:[a-z-]++ )?\d++ *+\n", re.MULTILINE)


def without_measured_bandwidth(text: str) -> str:
    """Leave out the bandwidth of tunnels with `auto-bw`: the device writes there what it has measured."""
    if " auto-bw" not in text:
        return text
    return _INTERFACES.sub(
        lambda block: _BANDWIDTH.sub("", block[0]) if " auto-bw" in block[0] else block[0], text
    )
