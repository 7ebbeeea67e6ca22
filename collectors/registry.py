"""Names → collectors. A platform is found by its file's name, and imported when it is first asked for.

Third parties add theirs by entry points: `devicevault.platforms` names a Platform, `devicevault.collectors` a
Collector. Nobody can take over a built-in name or alias. If netmiko is installed, each of its device types
has a name `netmiko_<device type>`; these names are known, but too many to list.

netmiko also ends names with a protocol, as in `cisco_ios_telnet`. The ending `_ssh` says nothing new. A name
with `_telnet` is no platform: that a password travels in the open must stand in the setting `transport`,
where a reviewer looks.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import cast

from collectors import noop, platforms, plugins
from collectors.contract import Collector
from collectors.define.platform import Platform
from collectors.errors import BadRequest
from collectors.netmiko import types
from collectors.plugins import Plugins

_NETMIKO = "netmiko"
_SSH, _NOT_SSH = "_ssh", ("_telnet", "_serial")
_COLLECTORS = ("noop", _NETMIKO)
"""Those without a platform of their own."""


class KnownNames(Collection[str]):
    """Everything that `platform:` may say: canonical names, aliases, and netmiko's device types.

    It contains the device types but does not list them. A look for a canonical name imports no platform.
    """

    def __contains__(self, name: object) -> bool:
        """Whether `platform:` may say it."""
        if not isinstance(name, str) or name == _NETMIKO:
            return False
        bases = (name, name.removesuffix(_SSH))
        return (
            any(base in names() for base in bases)
            or any(base in _aliases() for base in bases)
            or types.device_type(name) is not None
        )

    def __iter__(self) -> Iterator[str]:
        """What can be listed, sorted."""
        return iter(sorted({*names(), *_aliases()} - {_NETMIKO}))

    def __len__(self) -> int:
        """How many can be listed."""
        return sum(1 for _ in self)

    def advice(self, name: str) -> str:
        """What to do about an unknown name; "" if nothing is known about it either."""
        left_out = _plugins().left_out.get(_plain(name), "")
        return types.advice(name) or left_out or _protocol_advice(name)


@cache
def names() -> tuple[str, ...]:
    """Every platform and collector by its canonical name, sorted."""
    return tuple(sorted({*_built_in(), *_COLLECTORS, *_plugins().platforms, *_plugins().collectors}))


def resolve(name: str) -> str | None:
    """The canonical name for a name or an alias; None if unknown. Capitals and `-` for `_` are allowed."""
    plain = _plain(name)
    if plain in names():
        return plain
    base = plain.removesuffix(_SSH)  # netmiko knows each of its names with this ending, too
    if found := _aliases().get(plain) or (base if base in names() else _aliases().get(base)):
        return found
    return _NETMIKO if types.device_type(plain) else None


def without_telnet(name: str) -> str | None:
    """The name without netmiko's ending for Telnet; None if it has no such ending.

    None also for names of the collector `netmiko`, which uses SSH only.
    """
    plain = _plain(name)
    base = plain.removesuffix("_telnet")
    ours = resolve(plain) is None and not plain.startswith(types.PREFIX)
    return base if ours and base != plain else None


def platform(name: str) -> Platform | None:
    """The definition for a name or an alias; None for an unknown name, and for a collector without one."""
    canonical = resolve(name)
    return None if canonical is None else _platform(canonical)


def has_rules(name: str) -> bool:
    """Whether our rules say what is secret; a third party's collector decides that by itself."""
    canonical = resolve(name)
    return canonical is not None and (_platform(canonical) is not None or canonical in _COLLECTORS)


def collector_for(name: str) -> Collector:
    """The collector for a name or an alias; BadRequest, with the nearest names, if there is none."""
    canonical = resolve(name)
    if canonical is None or (canonical == _NETMIKO and not types.types()):
        raise BadRequest(f"unknown platform '{name}'; {_hint(name)}")
    if definition := _platform(canonical):
        # SSH takes a tenth of a second to import, and a process that only asks for names does not need it.
        from collectors.collect import PlatformCollector

        return PlatformCollector(canonical, definition)
    if canonical == _NETMIKO:
        from collectors.netmiko.collector import NetmikoCollector

        return NetmikoCollector(platform)
    if canonical == "noop":
        return noop.collect
    return plugins.collector(_plugins().collectors[canonical])


def _hint(name: str) -> str:
    if advice := KnownNames().advice(name):
        return advice
    near = difflib.get_close_matches(name.lower(), KnownNames(), n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(names())}"


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _protocol_advice(name: str) -> str:
    """What to do about a platform's name with the ending of another protocol than SSH; "" for other names."""
    plain = _plain(name)
    for ending in _NOT_SSH:
        canonical = resolve(plain.removesuffix(ending)) if plain.endswith(ending) else None
        if canonical is not None and resolve(plain) is None:
            telnet = ending == "_telnet"
            rest = "'transport: telnet'" if telnet else "an address: a serial line is not reached"
            return f"write 'platform: {canonical}' and {rest}"
    return ""


@cache
def _built_in() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(platforms.__path__))


@cache
def _built_in_aliases() -> Mapping[str, str]:
    own = {canonical: _built_in_platform(canonical) for canonical in sorted(_built_in())}
    return {alias: canonical for canonical, definition in own.items() for alias in definition.aliases}


@cache
def _plugins() -> Plugins:
    if not plugins.any_installed():
        return Plugins()  # without importing every platform for its aliases
    return plugins.find({*_built_in(), *_COLLECTORS, *_built_in_aliases()})


@cache
def _aliases() -> Mapping[str, str]:
    return {**_plugins().aliases, **_built_in_aliases()}


def _platform(canonical: str) -> Platform | None:
    if canonical in _built_in():
        return _built_in_platform(canonical)
    return _plugins().platforms.get(canonical)


@cache
def _built_in_platform(name: str) -> Platform:
    return cast(Platform, importlib.import_module(f"collectors.platforms.{name}").PLATFORM)
