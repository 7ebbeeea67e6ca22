"""What devices, groups and configs repos may be called, and where a configuration lies by its name."""

from __future__ import annotations

import re

# What every Git host, file system and shell takes as a file name. dulwich would accept `..` and
# `.git`, and the host's fsck would then refuse every later push.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9_-])?")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|.*\.lock|git~\d+")

CONFIG = ".cfg"
"""The suffix of a configuration's file. Before it stands the device's name."""

DEFAULT_REPO = "configs"
"""The configs repo of every device whose group names no other."""

UNGROUPED = "ungrouped"
"""The folder of devices that are in no collection group."""


def name_problem(name: str) -> str | None:
    """Why `name` cannot name a device or group, or None if it can.

    Names become paths in Git, so they are the names that every platform's checkout accepts.
    """
    if not NAME.fullmatch(name):
        return "use 1 to 63 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit, no '.' at the end"
    if RESERVED.fullmatch(name) or ".." in name:
        return "this name is reserved by Git or by an operating system"
    if name.endswith(CONFIG):
        # `<group>/x.cfg` is the configuration of x, and `<group>/x.cfg/` would hold the artefacts of x.cfg.
        return "'.cfg' is what DeviceVault adds to the name of a device's file"
    return None


def artefact_path(group: str | None, device: str, artefact: str) -> str:
    """`<group>/<device>/<artefact>`: beside the configuration, never in it."""
    return f"{group or UNGROUPED}/{device}/{artefact}"


def config_path(group: str | None, device: str) -> str:
    """`<group>/<device>.cfg`: one stable path per device."""
    return f"{group or UNGROUPED}/{device}{CONFIG}"
