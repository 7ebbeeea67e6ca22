"""netmiko's device types as platforms: `netmiko_<device type>`. netmiko is imported when one is first named.

Some types are left out: those for Telnet or a serial line, because the password would travel in the open, and
those that first have to find out what they talk to.
"""

from __future__ import annotations

import difflib
from functools import cache

PREFIX = "netmiko_"
EXTRA = "devicevault[netmiko]"
_NOT_SSH = ("_telnet", "_serial")
_NO_SYSTEM = ("autodetect", "terminal_server", "generic_termserver", "generic_termserver_ssh")


@cache
def types() -> frozenset[str]:
    """Every device type that can be collected; empty where netmiko is not installed."""
    try:
        from netmiko.ssh_dispatcher import CLASS_MAPPER
    except ModuleNotFoundError:
        return frozenset()
    return frozenset(kind for kind in CLASS_MAPPER if not kind.endswith(_NOT_SSH) and kind not in _NO_SYSTEM)


def device_type(name: str) -> str | None:
    """The device type in a platform's name, which may use `-` and capitals; None if it names none."""
    plain = name.strip().lower().replace("-", "_")
    kind = plain.removeprefix(PREFIX)
    return kind if plain.startswith(PREFIX) and kind in types() else None


def advice(name: str) -> str:
    """What to do about a name that is meant for netmiko and is not known; "" for any other name."""
    plain = name.strip().lower().replace("-", "_")
    if f"{plain}_".startswith(PREFIX) and not types():
        return f"netmiko is not installed here; install {EXTRA}"
    if plain == PREFIX.rstrip("_"):
        return f"write {PREFIX}<device type>, such as {PREFIX}generic"
    if not plain.startswith(PREFIX):
        return ""
    near = difflib.get_close_matches(plain.removeprefix(PREFIX), sorted(types()), n=1)
    return f"did you mean '{PREFIX}{near[0]}'?" if near else "netmiko knows no such device type over SSH"
