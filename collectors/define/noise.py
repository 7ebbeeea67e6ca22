"""Noise that many systems print alike. A platform takes what its own answers hold."""

from __future__ import annotations

from collectors.define.rules import drop

HEADING = drop(r"^(?:Building|Current) configuration")
"""What systems modelled on IOS say before the configuration: that they collect it, and how large it is."""

UPTIME = drop(
    r"^(?! *(?:description|remark|name|alias)\b)(?:[^\n]{0,60}\b)?(?:[Uu]p ?[Tt]ime|UPTIME)\b"
    r"(?: *[:=]| is\b| +\"?\d+ (?:day|hour|min|sec|week|year))"
)
"""How long a device, a member or a card has been running, as `show version` and its like say it."""

CHANGED = drop(
    r"^!? ?(?:Last configuration change|NVRAM config last updated|No configuration change since)\b"
)
"""When the configuration was last changed or saved, as the systems modelled on IOS head it."""
