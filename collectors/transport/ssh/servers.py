"""What the name of an SSH server says about its operating system (RFC 4253, 4.2). It is only ever a hint.

Only names that belong to one vendor are here: OpenSSH, dropbear or RomSShell run on a hundred systems.
"""

from __future__ import annotations

from collections.abc import Mapping

_BEGINS: Mapping[str, tuple[str, ...]] = {
    "ROSSSH": ("mikrotik_routeros",),
    "Cisco-1.25": ("cisco_ios", "cisco_asa", "cisco_xr", "cisco_wlc"),
    "Cisco-2.0": ("cisco_xr", "cisco_ios"),
    "HUAWEI-": ("huawei_vrp",),
    "VRP-": ("huawei_vrp",),
    "Comware-": ("hp_comware",),
    "H3C-": ("hp_comware",),
    "FortiSSH": ("fortinet",),
    "NetScreen": ("juniper_screenos",),
    "Zyxel SSH": ("zyxel_os",),
}


def looks_like(identification: str) -> tuple[str, ...]:
    """The platforms whose servers have such a name, likeliest first; none if the name says nothing."""
    name = identification.removeprefix("SSH-").partition("-")[2]
    return next((names for begin, names in _BEGINS.items() if name.startswith(begin)), ())


def contradiction(identification: str, platform: str) -> str:
    """The platform that the device looks like; "" if that is `platform`, or if nothing is known."""
    likely = looks_like(identification)
    return "" if platform in likely or not likely else " or ".join(likely[:2])
