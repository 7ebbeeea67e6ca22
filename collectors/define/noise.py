"""Volatile lines that many systems print alike. A platform takes those that its own answers hold."""

from __future__ import annotations

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
