"""One rule of a policy: which secrets, to which networks, over which transports, to servers with which keys.

What no rule can open is here, too: the variables by which DeviceVault itself is set, the kernel's files, and
the token that Kubernetes puts beside the secrets of a pod. Pure, but for links that are followed.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from pipeline.values.showing import Way

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

SAFE_WAYS: frozenset[Way] = frozenset({"ssh", "https"})
ANYWHERE: tuple[Network, ...] = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))
OWN_VARIABLES = "DEVICEVAULT_"

_NEVER = tuple(map(PurePosixPath, ("/proc", "/sys", "/dev", "/run/secrets/kubernetes.io")))
"""What lies there is the kernel's or the cluster's, and no secret for a device."""
_SYSTEM = (PurePosixPath("/etc"),)
"""What lies there is the system's. A rule may name a file or a directory below it, and not all of it."""
_NEVER_WHOLE = tuple(map(PurePosixPath, ("/", "/etc", "/run", "/var", "/var/run", "/root", "/home")))
"""A directory that may not be opened as a whole."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Secrets, and to whom they may be shown. Without `host_keys`: to each server with a pinned key.

    `place` is where the rule stands, for messages.
    """

    secrets: tuple[str, ...]
    networks: tuple[Network, ...] = ANYWHERE
    ways: frozenset[Way] = SAFE_WAYS
    host_keys: frozenset[str] = frozenset()
    place: str = ""

    def names(self, reference: str) -> bool:
        """Whether the rule is about this reference."""
        return any(_matches(pattern, reference) for pattern in self.secrets)

    def reaches(self, address: IpAddress) -> bool:
        """Whether the address is in one of the rule's networks."""
        return any(address in network for network in self.networks)


@lru_cache(maxsize=1024)
def common(one: tuple[Network, ...], other: tuple[Network, ...]) -> tuple[Network, ...]:
    """What lies in both. Two networks are apart, or one holds the other."""
    if one == other or ANYWHERE in (one, other):
        return other if one == ANYWHERE else one
    found = {
        max(a, b, key=lambda net: net.prefixlen)
        for a in one
        for b in other
        if a.version == b.version and a.overlaps(b)
    }
    return tuple(sorted(found, key=lambda net: (net.version, net)))


def never_shown(reference: str) -> str | None:
    """Why a reference is no secret for a device, whatever a rule says; None if a rule may name it."""
    scheme, _, name = reference.partition(":")
    if scheme == "env" and name.startswith(OWN_VARIABLES):
        return f"variables that begin with {OWN_VARIABLES} are the worker's own"
    if scheme == "file" and ((path := real_path(name)) is None or is_below(path, _NEVER)):
        return "the kernel's and the cluster's files are no secrets for devices"
    return None


def is_system_file(reference: str) -> bool:
    """Whether the file of a reference is below /etc, where it is only opened by a rule that names it."""
    path = real_path(reference.removeprefix("file:"))
    return reference.startswith("file:") and (path is None or is_below(path, _SYSTEM))


def pattern_problem(pattern: str) -> str | None:
    """Why a rule cannot name secrets so; None if it can."""
    scheme, _, name = pattern.partition(":")
    if scheme == "env":
        if not name.removesuffix("*").replace("_", "").isalnum() or "*" in name[:-1]:
            return "a variable's name, or its beginning before '*'"
        return f"{OWN_VARIABLES}* are the worker's own" if name.startswith(OWN_VARIABLES) else None
    if scheme == "file":
        path = PurePosixPath(name)
        if not path.is_absolute() or ".." in path.parts or "*" in name:
            return "the whole path of a file, or of a directory with '/' at its end"
        if is_below(os.path.normpath(f"/{name.lstrip('/')}"), _NEVER) or is_whole(name):
            return "there are no secrets for devices"
        return None
    return "begins with env: or file:"


def is_whole(directory: str) -> bool:
    """Whether `directory`, with `/` at its end, is one that holds more than secrets."""
    return directory.endswith("/") and PurePosixPath(os.path.normpath(directory)) in _NEVER_WHOLE


def real_path(path: str) -> str | None:
    """Where a file really is, with every link followed; None for what is no path."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL
        return None


def is_below(path: str, folders: Iterable[PurePosixPath]) -> bool:
    """Whether a path is one of the folders, or is inside one."""
    found = PurePosixPath(path)
    return any(found == folder or folder in found.parents for folder in folders)


def _matches(pattern: str, reference: str) -> bool:
    scheme, _, name = pattern.partition(":")
    if scheme != reference.partition(":")[0]:
        return False
    if scheme == "file":
        # Where the file really is counts: a link may lead out of the directory.
        path, place = real_path(reference.removeprefix("file:")), real_path(name)
        if path is None or place is None:
            return False
        below = name.endswith("/") and is_below(path, (PurePosixPath(place),))
        return below != (path == place)
    wanted = reference.removeprefix("env:")
    return wanted.startswith(name[:-1]) if name.endswith("*") else wanted == name
