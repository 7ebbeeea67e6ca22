"""What the import before this one wrote: `.import/<name>.json` in the inventory's directory.

The file is committed with the rest of the inventory. An import compares with it, and so can tell what a
person changed from what the source changed. It holds no secret. The inventory's reader skips hidden folders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import StateError
from pipeline.importers.sources.files import shown_path

FOLDER = ".import"
_MAX_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device as it was imported: its name here, and the settings that the source gave it."""

    name: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LastImport:
    """All that one import owns: devices by their key in the source, groups by the source's word for them."""

    devices: Mapping[str, DeviceRecord] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_text(self) -> str:
        """The file's text, with one device a line, so that Git can merge it."""
        parts: Mapping[str, Mapping[str, object]] = {
            "devices": {
                key: {"name": record.name, "settings": record.settings}
                for key, record in self.devices.items()
            },
            "groups": self.groups,
            "credentials": self.credentials,
        }
        return "{\n" + ",\n".join(f' "{part}": {_to_lines(parts[part])}' for part in sorted(parts)) + "\n}\n"


def path_of(inventory: Path, name: str) -> Path:
    """Where the import `name` keeps its file in an inventory."""
    return inventory / FOLDER / f"{name}.json"


def read(path: Path) -> LastImport:
    """Read the file at `path`. Without a file nothing was imported; StateError if it cannot be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StateError(f"{shown_path(path)} is larger than {_MAX_BYTES >> 20} MiB")
        raw = json.loads(path.read_text(encoding="utf-8"))
        return LastImport(
            {
                key: DeviceRecord(str(device["name"]), _texts(device["settings"]))
                for key, device in raw["devices"].items()
            },
            _texts(raw["groups"]),
            {name: _texts(settings) for name, settings in raw["credentials"].items()},
        )
    except FileNotFoundError:
        return LastImport()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError(
            f"{shown_path(path)} cannot be read: bring it back with git, or remove it to import anew"
        ) from error


def _to_lines(entries: Mapping[str, object]) -> str:
    """A JSON object with one entry a line, sorted."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    return "{\n" + ",\n".join(f"  {text(key)}: {text(entries[key])}" for key in sorted(entries)) + "\n }"


def _texts(raw: Mapping[str, object]) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in raw.items()}
