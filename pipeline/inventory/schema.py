"""Makes the inventory's JSON Schemas (draft-07) for editors, one for each file, of the table of settings.

A schema sees one file at a time, and YAML's own types. Only `devicevault validate` can tell what a reference
names, whether two devices clash, and how a number was spelt. A schema accepts whatever `validate` accepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.inventory import settings_table, value_types
from pipeline.inventory.setting import Schema, Scope
from pipeline.values.identifier import RESERVED_NAMES
from pipeline.values.names import UNGROUPED

_GROUP = "A collection group's settings."

DRAFT = "http://json-schema.org/draft-07/schema#"


def schemas(platforms: Mapping[str, Iterable[str]]) -> dict[str, Schema]:
    """The schemas by file name. `platforms` are the names to offer, each with its other names."""
    known: Mapping[str, Schema] = {"platform": _platform(platforms)}
    return {
        "devicevault.json": _main(known),
        "groups.json": _entries(
            "Collection groups by name; a group's name is its devices' folder in the configs repo.",
            _settings(Scope.GROUP, _GROUP, known),
            kept=(UNGROUPED,),
        ),
        "schedules.json": _entries(
            "When backups are due: schedules by name.",
            _settings(Scope.SCHEDULE, "One schedule.", known),
            kept=sorted(RESERVED_NAMES),
        ),
        "credentials.json": _entries(
            "How workers log in: references to secrets, by name.", _credential(known)
        ),
        "jump_hosts.json": _entries(
            "Hosts through which devices are reached, by name.",
            _settings(Scope.JUMP_HOST, "One jump host.", known),
        ),
        "devices.json": _entries(
            "Devices by name; a device's name is its file in the configs repo.",
            _settings(Scope.DEVICE, "One device.", known),
        ),
    }


def _platform(platforms: Mapping[str, Iterable[str]]) -> Schema:
    """The names that an editor offers. Any other name may be one of netmiko's or of another package."""
    aliases = sorted({alias for others in platforms.values() for alias in others} - set(platforms))
    other = {
        **value_types.TEXT.schema,
        "description": "netmiko_<device_type>, or a platform of another package.",
    }
    return {"anyOf": [{"enum": sorted(platforms)}, {"enum": aliases}, other]}


def _main(known: Mapping[str, Schema]) -> Schema:
    about = "Where an inventory begins: the format's version, and what holds for every device."
    defaults = _settings(Scope.DEFAULTS, _GROUP, known)
    main = _settings(Scope.MAIN, about, {**known, "defaults": defaults})
    return {"$schema": DRAFT, "title": "DeviceVault inventory", **main}


def _credential(known: Mapping[str, Schema]) -> Schema:
    return {
        **_settings(Scope.CREDENTIAL, "References to secrets; only workers look them up.", known),
        "anyOf": [{"required": ["password"]}, {"required": ["private_key"]}],
        "dependencies": {"passphrase": ["private_key"]},
    }


def _entries(about: str, entry: Schema, kept: Iterable[str] = ()) -> Schema:
    """The schema of a file of entries by name. `kept` are names that no entry can have."""
    names: Schema = {"pattern": value_types.name_pattern()}
    if kept:
        names = {"allOf": [names, {"not": {"enum": list(kept)}}]}
    return {
        "$schema": DRAFT,
        "title": "DeviceVault inventory",
        "description": about,
        "type": ["object", "null"],
        "propertyNames": names,
        "additionalProperties": entry,
    }


def _settings(scope: Scope, about: str, known: Mapping[str, Schema]) -> Schema:
    """The schema of one entry, with the schemas of `known` for the settings named there.

    An entry that requires nothing may be empty.
    """
    rows = settings_table.TABLE.within(scope)
    properties = {
        name: {
            "description": row.description
            if name == row.name
            else f"Another name for {row.name}; give one of the two.",
            **(known.get(row.name) or row.takes.schema),
        }
        for row in rows
        for name in row.names
    }
    required = [row.name for row in rows if row.required and not row.is_inherited]
    found: dict[str, Any] = {
        "description": about,
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        found["required"] = required
    # A setting that has two names is given under one of them.
    if twins := [[other, row.name] for row in rows for other in row.other_names]:
        found["not"] = {"type": "object", "anyOf": [{"required": pair} for pair in twins]}
    return found
