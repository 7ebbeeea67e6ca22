"""Platforms and collectors of other packages, found by entry points in two groups.

The groups are `devicevault.platforms` and `devicevault.collectors`. A broken entry point costs nothing but
itself: it is left out, and one line in the log names it, its package and the cause. Platforms are loaded when
names are first asked for, collectors when they are first used.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from collectors.contract import Collector
from collectors.define.platform import Platform
from collectors.errors import BadRequest

log = logging.getLogger("devicevault.plugins")

_PLATFORMS, _COLLECTORS = "devicevault.platforms", "devicevault.collectors"
_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
_MAX_CAUSE = 200  # characters


@dataclass(slots=True)
class Plugins:
    """Platforms and collectors by name, the platforms' aliases, and for each name left out the cause."""

    platforms: dict[str, Platform] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    collectors: dict[str, EntryPoint] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def leave_out(self, point: EntryPoint, why: str) -> None:
        """Do not use `point`, and say so in the log."""
        line = f"{_describe(point)} is left out: {why}"
        log.warning("%s", line)
        self.left_out.setdefault(point.name, line)


def any_installed() -> bool:
    """Whether any package adds something."""
    return any(entry_points(group=group) for group in (_PLATFORMS, _COLLECTORS))


def find(taken: Collection[str]) -> Plugins:
    """What is installed. No plugin can have a name or an alias that is `taken`."""
    found = Plugins()
    used = set(taken)
    for group in (_PLATFORMS, _COLLECTORS):
        for point in sorted(entry_points(group=group), key=_package):
            if not _NAME.fullmatch(point.name):
                found.leave_out(point, "a name has a-z, 0-9 and _ only, and 63 characters at most")
            elif point.name in used:
                found.leave_out(point, "the name is taken")
            elif group == _COLLECTORS:
                found.collectors[point.name] = point
                used.add(point.name)
            elif definition := _platform(found, point):
                found.platforms[point.name] = definition
                used.add(point.name)
                for alias in set(definition.aliases) & used:
                    log.warning("%s: its alias %r is taken", _describe(point), alias)
                found.aliases |= dict.fromkeys(set(definition.aliases) - used, point.name)
                used.update(definition.aliases)
    return found


def collector(point: EntryPoint) -> Collector:
    """The collector behind an entry point; BadRequest if there is none that could be called."""
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:
        raise BadRequest(f"{_describe(point)} cannot be loaded: {_one_line(error)}") from error
    if not callable(loaded):
        raise BadRequest(f"{_describe(point)} is of type {type(loaded).__name__}, and cannot be called")
    return cast(Collector, loaded)


def _platform(found: Plugins, point: EntryPoint) -> Platform | None:
    try:
        loaded = point.load()
        if not isinstance(loaded, Platform):
            found.leave_out(point, f"it is of type {type(loaded).__name__}, not a Platform")
            return None
        loaded.check()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - another's code, which must not stop ours
        found.leave_out(point, _one_line(error))
        return None
    return loaded


def _describe(point: EntryPoint) -> str:
    name = point.name if point.name.isprintable() else ascii(point.name)
    return f"'{name[:63]}' of {_package(point)} ({point.group})"


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"


def _one_line(error: BaseException) -> str:
    """The error in one line."""
    words = " ".join(str(error).split())
    plain = words if words.isprintable() else ascii(words)
    return f"{type(error).__name__}: {plain}"[:_MAX_CAUSE]
