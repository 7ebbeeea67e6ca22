"""Read Nornir's SimpleInventory: hosts.yaml, groups.yaml and defaults.yaml.

Source: Nornir's tutorial, "Inventory". A value is the host's, else that of its groups, each with its own
groups before the next one, else the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import SourceError, UsageError
from pipeline.importers.notes import Notes
from pipeline.importers.source_device import Login, Secret, SourceContents, SourceDevice
from pipeline.importers.sources import loose_yaml
from pipeline.importers.sources.files import shown_path
from pipeline.importers.sources.loose_yaml import Map

_HOSTS, _GROUPS, _DEFAULTS = "hosts.yaml", "groups.yaml", "defaults.yaml"
_SESSIONS = ("netmiko", "scrapli", "paramiko")
"""Connections to a command line, as ours are. Their options count before the host's own values."""

# Where each connection keeps the password for the privileged mode.
_SECRETS = (("netmiko", "secret"), ("scrapli", "auth_secondary"), ("napalm", "secret"))


def gather(source: Path, notes: Notes) -> SourceContents:
    """The hosts of a directory with these files, or of a hosts file with the others beside it."""
    if source.is_dir():
        locations = (source / _HOSTS, source / "inventory" / _HOSTS)
        hosts = next((path for path in locations if path.is_file()), None)
        if hosts is None:
            raise SourceError(f"{shown_path(source)} holds no {_HOSTS}")
    elif source.exists():
        hosts = source
    else:
        raise UsageError(f"there is no file or directory {shown_path(source)}")
    groups, defaults = (
        loose_yaml.load(path) if (path := hosts.parent / name).is_file() else Map()
        for name in (_GROUPS, _DEFAULTS)
    )
    entries = loose_yaml.load(hosts)
    label = shown_path(hosts)
    devices = [
        _device(name, f"{label}:{entries.lines[name]}", entries.map(name), groups, defaults, notes)
        for name in entries
    ]
    return SourceContents(f"Nornir's {hosts.name}", tuple(devices))


def _device(name: str, where: str, host: Map, groups: Map, defaults: Map, notes: Notes) -> SourceDevice:
    ancestors = _ancestors(groups, host)
    for group in ancestors:
        if group not in groups:
            notes.add("guessed", where, name, f"its group '{group[:40]}' is not in {_GROUPS}")
    scopes = [host, *(groups.map(group) for group in ancestors), defaults]
    sessions = [_options(scopes, kind) for kind in _SESSIONS]
    layers = [*(option for options in sessions for option in options), *scopes]

    def value(setting: str) -> str | None:
        return next((text for layer in layers if (text := layer.text(setting))), None)

    username, password, enable = value("username"), value("password"), _enable(scopes)
    return SourceDevice(
        key=name,
        name=name,
        where=where,
        address=value("hostname") or name,
        platform=next((text for layer in scopes if (text := layer.text("platform"))), None)
        or value("platform"),
        login=Login(
            username=username,
            password=Secret(password) if password else None,
            enable=Secret(enable) if enable else None,
            label=username or "default",
        ),
        group=next(iter(host.texts("groups")), None),
        port=value("port"),
    )


def _ancestors(groups: Map, entry: Map) -> list[str]:
    """The entry's groups and their groups, each once: depth first, in the order in which they are listed."""
    ancestors: dict[str, None] = {}
    waiting = list(reversed(entry.texts("groups")))
    while waiting:
        name = waiting.pop()
        if name not in ancestors:
            ancestors[name] = None
            waiting += reversed(groups.map(name).texts("groups"))
    return list(ancestors)


def _options(scopes: list[Map], kind: str) -> Iterator[Map]:
    """The connection options of one kind, of each scope that has some."""
    for scope in scopes:
        options = scope.map("connection_options").map(kind)
        if options:
            yield options


def _enable(scopes: list[Map]) -> str | None:
    """The password for the privileged mode, or None."""
    for kind, setting in _SECRETS:
        for options in _options(scopes, kind):
            extras = options.map("extras")
            if secret := extras.text(setting) or extras.map("optional_args").text(setting):
                return secret
    return None
